import { getTableName } from 'drizzle-orm';
import type { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { attempts } from './access-schema';

/** So many attempts in so many seconds, counted in PostgreSQL: for all processes together, and over restarts. */
export interface AttemptLimit {
  /** Counts an attempt. @returns undefined when it is within the limit, else in how many seconds there is another */
  count(key: string): Promise<number | undefined>;
  /** Takes an attempt back: it turned out to be none. */
  giveBack(key: string): Promise<void>;
  /** Forgets the attempts of a key. */
  forget(key: string): Promise<void>;
}

/** A limit of attempts. `name` keeps its keys apart from those of other limits. */
export const attemptLimit = (
  pool: Pool,
  { name, points, seconds }: { name: string; points: number; seconds: number },
): AttemptLimit => {
  const limiter = new RateLimiterPostgres({
    storeClient: pool,
    storeType: 'pool',
    tableName: getTableName(attempts),
    tableCreated: true,
    keyPrefix: name,
    points,
    duration: seconds,
  });
  return {
    count: async (key) => {
      try {
        await limiter.consume(key);
        return undefined;
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return secondsOf(refusal);
        throw refusal;
      }
    },
    giveBack: async (key) => {
      await limiter.reward(key);
    },
    forget: async (key) => {
      await limiter.delete(key);
    },
  };
};

const secondsOf = ({ msBeforeNext }: RateLimiterRes): number => Math.max(1, Math.ceil(msBeforeNext / 1000));
