import { sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { Queryable } from './database';
import { rateLimits, rmsCallTotals } from './schema';

/**
 * Upper bounds of the histograms' buckets in milliseconds, smallest first: the wait for a turn, and the time from sending
 * to the last byte. Rows that were counted by other bounds do not fit in: a change of them needs a migration.
 */
export const WAITED_BOUNDS_MS = [100, 1_000, 5_000, 15_000, 60_000, 300_000, 900_000] as const;
export const DURATION_BOUNDS_MS = [100, 300, 1_000, 3_000, 10_000, 30_000] as const;

/** Sums over requests of a shop and function that ended alike. Buckets count every request within their bound. */
export type CallTotals = typeof rmsCallTotals.$inferSelect;

/** What the sums need to know of a request. */
interface Countable {
  readonly shopId: string;
  readonly operation: string;
  readonly outcome: string;
  readonly batchSize: number;
  readonly batchLimit: number;
  readonly waitedMs: number;
  readonly durationMs: number;
}

const within = (bounds: readonly number[], ms: number): number[] =>
  bounds.map((bound) => (ms <= bound ? 1 : 0));

/** One request as a row of sums. */
export const totalsOf = (call: Countable): CallTotals => ({
  shopId: call.shopId,
  operation: call.operation,
  outcome: call.outcome,
  calls: 1,
  items: call.batchSize,
  capacity: call.batchLimit,
  waitedMs: call.waitedMs,
  durationMs: call.durationMs,
  waitedBuckets: within(WAITED_BOUNDS_MS, call.waitedMs),
  durationBuckets: within(DURATION_BOUNDS_MS, call.durationMs),
});

const added = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((count, index) => count + (b[index] ?? 0));

const plus = (a: CallTotals, b: CallTotals): CallTotals => ({
  ...a,
  calls: a.calls + b.calls,
  items: a.items + b.items,
  capacity: a.capacity + b.capacity,
  waitedMs: a.waitedMs + b.waitedMs,
  durationMs: a.durationMs + b.durationMs,
  waitedBuckets: added(a.waitedBuckets, b.waitedBuckets),
  durationBuckets: added(a.durationBuckets, b.durationBuckets),
});

/** Rows of one shop, function and outcome added up into one, in the order of these: the order in which they are locked. */
export const addUp = (rows: readonly CallTotals[]): CallTotals[] => {
  const sums = new Map<string, CallTotals>();
  for (const row of rows) {
    const key = JSON.stringify([row.shopId, row.operation, row.outcome]);
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? row : plus(sum, row));
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
};

const grown = (column: AnyPgColumn) => sql`${column} + excluded.${sql.identifier(column.name)}`;
const grownEach = (column: AnyPgColumn) => sql`(
  select array_agg(coalesce(old, 0) + coalesce(new, 0) order by place)
  from unnest(${column}, excluded.${sql.identifier(column.name)}) with ordinality as bucket (old, new, place))`;

/** Adds to the sums that are stored. Workers that do so at once add up, and wait for each other in one order. */
export const addToTotals = async (db: Queryable, rows: readonly CallTotals[]): Promise<void> => {
  if (rows.length === 0) return;
  const totals = rmsCallTotals;
  await db
    .insert(totals)
    .values(addUp(rows))
    .onConflictDoUpdate({
      target: [totals.shopId, totals.operation, totals.outcome],
      set: {
        calls: grown(totals.calls),
        items: grown(totals.items),
        capacity: grown(totals.capacity),
        waitedMs: grown(totals.waitedMs),
        durationMs: grown(totals.durationMs),
        waitedBuckets: grownEach(totals.waitedBuckets),
        durationBuckets: grownEach(totals.durationBuckets),
      },
    });
};

/** The sums of all shops since they were registered, by shop, function and outcome. */
export const callTotals = (db: Queryable): Promise<CallTotals[]> =>
  db
    .select()
    .from(rmsCallTotals)
    .orderBy(rmsCallTotals.shopId, rmsCallTotals.operation, rmsCallTotals.outcome);

/** How many times its usual interval each shop and API family keeps at present, where something was ever called. */
export const slownesses = (db: Queryable): Promise<{ shopId: string; family: string; slowness: number }[]> =>
  db
    .select({ shopId: rateLimits.shopId, family: rateLimits.family, slowness: rateLimits.slowness })
    .from(rateLimits)
    .orderBy(rateLimits.shopId, rateLimits.family);
