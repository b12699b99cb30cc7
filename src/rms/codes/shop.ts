import type { CodeTable } from './row';

export const SHOP_CODES: CodeTable = {};
