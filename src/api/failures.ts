import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import type { Logger } from 'pino';
import { Problem } from './problems';

/** System and SQL states in which PostgreSQL is away, starting, stopping, full, or slower than its bound. */
const DATABASE_AWAY: ReadonlySet<string> = new Set([
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
const DATABASE_AWAY_TEXT = /connection terminated|timeout exceeded when trying to connect|connection error/i;

/** gRPC: cancelled by a bound, deadline exceeded, resource exhausted, unavailable. */
const TEMPORAL_AWAY: readonly number[] = [1, 4, 8, 14];

/** What a request that ended in an error is answered with. What nobody foresaw is logged and becomes `internal`. */
export const problemOf = (error: unknown, log: Logger): Problem => {
  if (error instanceof Problem) return error;
  const chain = causes(error);
  if (chain.some(isTemporalAway)) return unavailable('temporal_unavailable', 'Temporal', error, log);
  if (chain.some(isDatabaseAway)) return unavailable('database_unavailable', 'The database', error, log);
  log.error({ err: error }, 'a request failed unexpectedly');
  return new Problem(
    'internal',
    'Something failed on our side. It was logged; try again, and report it if it stays.',
  );
};

const unavailable = (
  code: 'temporal_unavailable' | 'database_unavailable',
  what: string,
  error: unknown,
  log: Logger,
): Problem => {
  log.warn({ err: error }, `${code} while answering a request`);
  return new Problem(code, `${what} does not answer at the moment. Try again in a few seconds.`, {
    cause: error,
  });
};

const causes = (error: unknown): Error[] => (error instanceof Error ? [error, ...causes(error.cause)] : []);

const isTemporalAway = (error: Error): boolean =>
  (isGrpcServiceError(error) && TEMPORAL_AWAY.includes(error.code)) ||
  (error instanceof ServiceError && error.cause === undefined);

const isDatabaseAway = (error: Error): boolean =>
  ('code' in error && typeof error.code === 'string' && DATABASE_AWAY.has(error.code)) ||
  DATABASE_AWAY_TEXT.test(error.message);
