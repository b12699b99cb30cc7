import type { CodeTable } from './row';

export const ITEM_CODES: CodeTable = {};
