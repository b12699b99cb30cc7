import { RmsError } from './errors';

/**
 * For a call whose refusal with this code is to be expected: gives `value` in its place. Use as
 * `call.catch(asOutcome('GE0014', undefined))`.
 * @throws whatever else the call failed with
 */
export const asOutcome =
  <const Value>(code: string, value: Value) =>
  (error: unknown): Value => {
    const refused = error instanceof RmsError && error.kind === 'refused';
    if (refused && error.codes.some((one) => one.code === code)) return value;
    throw error;
  };
