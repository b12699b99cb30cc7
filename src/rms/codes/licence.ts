import type { CodeTable } from './row';

export const LICENCE_CODES: CodeTable = {};
