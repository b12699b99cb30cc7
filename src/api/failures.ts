import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import type { Logger } from 'pino';
import { isDatabaseAway } from '../store/away';
import { Problem } from './problems';

/** gRPC: cancelled by a bound, deadline exceeded, resource exhausted, unavailable. */
const TEMPORAL_AWAY: readonly number[] = [1, 4, 8, 14];

/** What a request that ended in an error is answered with. What nobody foresaw is logged and becomes `internal`. */
export const problemOf = (error: unknown, log: Logger): Problem => {
  if (error instanceof Problem) return error;
  if (isTemporalAway(error)) return unavailable('temporal_unavailable', 'Temporal', error, log);
  if (isDatabaseAway(error)) return unavailable('database_unavailable', 'The database', error, log);
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

const isTemporalAway = (error: unknown): boolean =>
  error instanceof Error &&
  ((isGrpcServiceError(error) && TEMPORAL_AWAY.includes(error.code)) ||
    (error instanceof ServiceError && error.cause === undefined) ||
    isTemporalAway(error.cause));
