import type { CodeTable } from './row';

export const ORDER_CODES: CodeTable = {};
