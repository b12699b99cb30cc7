import type { CodeTable } from './row';

export const GATEWAY_CODES: CodeTable = {
  'ES04-01': { kind: 'forbidden_function', http: 400, text: { ja: '', en: '' } },
};
