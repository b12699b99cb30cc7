import { and, arrayContains, desc, eq, getTableColumns, inArray, lt, sql } from 'drizzle-orm';
import type { OrderRef } from '../domain/order';
import { addToTotals, type CallTotals, totalsOf } from './call-totals';
import type { Database, Queryable } from './database';
import { rmsCalls } from './schema';

/** A request as it stands in the log. `callId` grows with the time of writing down, `at` is when it was sent. */
export type CallLine = typeof rmsCalls.$inferSelect;

/** A request to write down. Bodies and codes must be free of personal data: here they are taken as they are. */
export type CallRecord = Omit<CallLine, 'callId'>;

/**
 * Writes requests down and adds them to the sums that metrics show: both, or neither.
 * @param unlogged sums over further requests of which no line is kept
 */
export const appendCalls = (
  db: Database,
  calls: readonly CallRecord[],
  unlogged: readonly CallTotals[] = [],
): Promise<void> =>
  db.transaction(async (tx) => {
    if (calls.length > 0) await tx.execute(insertOf(calls));
    // Last, since whoever adds to the same sums waits from here to the commit.
    await addToTotals(tx, [...calls.map(totalsOf), ...unlogged]);
  });

/** One parameter for all: as 14 parameters each, hundreds of lines keep the process from all else for 100 ms. */
const insertOf = (calls: readonly CallRecord[]) => sql`
  insert into rms_calls (shop_id, at, operation, outcome, http_status, codes, order_numbers, batch_size, batch_limit,
    waited_ms, duration_ms, request, response)
  select * from jsonb_to_recordset(${JSON.stringify(calls)}::jsonb) as call ("shopId" text, "at" timestamptz,
    "operation" text, "outcome" text, "httpStatus" integer, "codes" text[], "orderNumbers" text[], "batchSize" integer,
    "batchLimit" integer, "waitedMs" integer, "durationMs" integer, "request" jsonb, "response" jsonb)`;

/** What a list of requests can be narrowed by. */
export interface CallFilter {
  readonly shopId?: string | undefined;
  /** Of these shops alone. */
  readonly shopIds?: readonly string[] | undefined;
  readonly operation?: string | undefined;
  readonly outcome?: string | undefined;
  readonly orderNumber?: string | undefined;
}

const matches = ({ shopId, shopIds, operation, outcome, orderNumber }: CallFilter) =>
  and(
    shopId === undefined ? undefined : eq(rmsCalls.shopId, shopId),
    shopIds === undefined ? undefined : inArray(rmsCalls.shopId, [...shopIds]),
    operation === undefined ? undefined : eq(rmsCalls.operation, operation),
    outcome === undefined ? undefined : eq(rmsCalls.outcome, outcome),
    orderNumber === undefined ? undefined : arrayContains(rmsCalls.orderNumbers, [orderNumber]),
  );

/** Requests that match, written down last first, a page at a time. */
export const listCalls = (
  db: Queryable,
  filter: CallFilter,
  before: number | undefined,
  limit: number,
): Promise<CallLine[]> =>
  db
    .select()
    .from(rmsCalls)
    .where(and(matches(filter), before === undefined ? undefined : lt(rmsCalls.callId, before)))
    .orderBy(desc(rmsCalls.callId))
    .limit(limit);

/** The newest requests that were about an order, oldest of them first. Their bodies stay where they are. */
export const callsOfOrder = async (
  db: Queryable,
  ref: OrderRef,
  limit: number,
): Promise<Omit<CallLine, 'request' | 'response'>[]> => {
  const { request: _, response: __, ...columns } = getTableColumns(rmsCalls);
  const newest = await db
    .select(columns)
    .from(rmsCalls)
    .where(matches(ref))
    .orderBy(desc(rmsCalls.at), desc(rmsCalls.callId))
    .limit(limit);
  return newest.reverse();
};

const KEPT_DAYS = 30;
const FORGOTTEN_AT_ONCE = 5_000;

/**
 * Deletes the lines of requests that were sent more than so many days ago, a few thousand at a time so that nobody
 * waits; the sums stay. @returns how many there were
 */
export const forgetOldCalls = async (db: Queryable, olderThanDays = KEPT_DAYS): Promise<number> => {
  const old = sql`${rmsCalls.at} < now() - ${olderThanDays}::float8 * interval '1 day'`;
  let forgotten = 0;
  let deleted: number;
  do {
    // What another worker is deleting is left to it.
    const { rowCount } = await db.execute(sql`
      delete from rms_calls where call_id in (
        select call_id from rms_calls where ${old} order by at limit ${FORGOTTEN_AT_ONCE} for update skip locked)`);
    deleted = rowCount ?? 0;
    forgotten += deleted;
  } while (deleted === FORGOTTEN_AT_ONCE);
  return forgotten;
};

/** Whether there are lines of requests that should have been deleted: older than so many days. */
export const keepsOldCalls = async (db: Queryable, days: number): Promise<boolean> => {
  const { rows } = await db.execute(
    sql`select 1 from rms_calls where at < now() - ${days}::float8 * interval '1 day' limit 1`,
  );
  return rows.length > 0;
};
