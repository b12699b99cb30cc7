import type { CodeTable } from './row';

export const INVENTORY_CODES: CodeTable = {};
