import { types } from 'node:util';

/** System and SQL states in which PostgreSQL is away, starting, stopping, full, or slower than its bound. */
const STATES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  '08000',
  '08003',
  '08006',
  '53300',
  '57014',
  '57P01',
  '57P02',
  '57P03',
]);
/** node-postgres gives these no code. */
const TEXT = /connection terminated|timeout exceeded when trying to connect|connection error/i;

/** Whether an error, or what it came of, says that PostgreSQL does not answer: later it will, and nothing else is wrong. */
export const isDatabaseAway = (error: unknown): boolean =>
  types.isNativeError(error) &&
  (('code' in error && typeof error.code === 'string' && STATES.has(error.code)) ||
    TEXT.test(error.message) ||
    isDatabaseAway(error.cause));
