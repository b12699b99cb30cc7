import { and, asc, eq, getTableColumns, inArray, isNull, ne, sql } from 'drizzle-orm';
import type { OrderRef, Stage } from '../domain/order';
import { RAKUTEN_STATUS } from '../domain/order';
import type { Queryable, Transaction } from './database';
import { orders, timeline } from './schema';
import { addLines, insertLines, type NewLine } from './timeline';

const { sealedSnapshot: _sealed, ...columns } = getTableColumns(orders);

/** The columns of an `OrderRow`. */
export const plain = columns;

/** An order as it is stored, without Rakuten's whole answer, which is large and sealed (`readSnapshot`). */
export type OrderRow = Omit<typeof orders.$inferSelect, 'sealedSnapshot'>;

/** The row of one order. */
export const is = (ref: OrderRef) =>
  and(eq(orders.shopId, ref.shopId), eq(orders.orderNumber, ref.orderNumber));

/** One order. */
export const findOrder = async (db: Queryable, ref: OrderRef): Promise<OrderRow | undefined> => {
  const [row] = await db.select(plain).from(orders).where(is(ref));
  return row;
};

/** When work on an order is due, where it is known. */
export const dueAtOf = async (db: Queryable, ref: OrderRef): Promise<Date | undefined> => {
  const [row] = await db.select({ dueAt: orders.dueAt }).from(orders).where(is(ref));
  return row?.dueAt ?? undefined;
};

/** One order, locked until the transaction ends: whoever changes an order does it behind this lock. */
export const lockOrder = async (tx: Transaction, ref: OrderRef): Promise<OrderRow | undefined> => {
  const [row] = await tx.select(plain).from(orders).where(is(ref)).for('update');
  return row;
};

/** Makes sure that an order exists, read or not. @returns whether it is new */
export const ensureOrder = async (db: Queryable, ref: OrderRef): Promise<boolean> => {
  const made = await db
    .insert(orders)
    .values({ ...ref, stage: 'imported' })
    .onConflictDoNothing()
    .returning({ orderNumber: orders.orderNumber });
  return made.length > 0;
};

/** Notes that a person asked for a fulfilment order. */
export const setInstructByHand = async (db: Queryable, ref: OrderRef): Promise<void> => {
  await db.update(orders).set({ instructByHand: true }).where(is(ref));
};

/** What an assessment says of an order; what it does not name stays. */
export type Standing = Partial<
  Pick<OrderRow, 'stage' | 'finishedAt' | 'parked' | 'workflowRunId' | 'deadlineAt' | 'deadlineCode'>
>;

/** Stores where an order stands and what its timeline says of that, in one statement; none when nothing is new. */
export const saveStanding = async (
  db: Queryable,
  ref: OrderRef,
  standing: Standing,
  lines: readonly NewLine[] = [],
): Promise<void> => {
  if (Object.keys(standing).length === 0) return addLines(db, ref, lines);
  if (lines.length === 0) {
    await db.update(orders).set(standing).where(is(ref));
    return;
  }
  const told = db.$with('told').as(insertLines(db, ref, lines).returning({ lineId: timeline.lineId }));
  await db.with(told).update(orders).set(standing).where(is(ref));
};

/** Stores the stage of an order; a final stage also stores when it was reached. */
export const setStage = async (
  db: Queryable,
  ref: OrderRef,
  stage: Stage,
  finishedAt: Date | null,
): Promise<void> => {
  await db.update(orders).set({ stage, finishedAt }).where(is(ref));
};

/** Notes why an order stands still for reasons outside of it, or that it goes on. */
export const setParked = async (db: Queryable, ref: OrderRef, cause: string | null): Promise<void> => {
  await db.update(orders).set({ parked: cause }).where(is(ref));
};

/** Stores the run of the workflow that carries an order. */
export const setRun = async (db: Queryable, ref: OrderRef, workflowRunId: string): Promise<void> => {
  await db.update(orders).set({ workflowRunId }).where(is(ref));
};

/** What we last saw of an order. */
export interface KnownOrder {
  readonly rakutenStatus: number;
  readonly stage: Stage;
  /** Whether Rakuten's order was ever read. */
  readonly read: boolean;
  readonly finished: boolean;
}

/**
 * What we last saw of these orders: one query for a whole page of numbers. Unknown numbers are absent; one that
 * Rakuten did not know when it was asked for is not finished, since here it is after all.
 */
export const knownOrders = async (
  db: Queryable,
  shopId: string,
  orderNumbers: readonly string[],
): Promise<Map<string, KnownOrder>> => {
  if (orderNumbers.length === 0) return new Map();
  const rows = await db
    .select({
      orderNumber: orders.orderNumber,
      rakutenStatus: orders.rakutenStatus,
      stage: orders.stage,
      readAt: orders.readAt,
      finishedAt: orders.finishedAt,
      missing: orders.missing,
    })
    .from(orders)
    .where(and(eq(orders.shopId, shopId), inArray(orders.orderNumber, [...orderNumbers])));
  return new Map(
    rows.map(({ orderNumber, rakutenStatus, stage, readAt, finishedAt, missing }) => [
      orderNumber,
      { rakutenStatus, stage, read: readAt !== null, finished: finishedAt !== null && !missing },
    ]),
  );
};

/** When the oldest open order of a shop was placed: searches for its news start there. */
export const oldestOpenOrder = async (db: Queryable, shopId: string): Promise<Date | undefined> => {
  const [row] = await db
    .select({ orderedAt: orders.orderedAt })
    .from(orders)
    .where(and(eq(orders.shopId, shopId), isNull(orders.finishedAt), sql`${orders.orderedAt} is not null`))
    .orderBy(asc(orders.orderedAt))
    .limit(1);
  return row?.orderedAt ?? undefined;
};

/** Open orders of a shop, or of all, a page at a time by shop and number. */
export const openOrders = (
  db: Queryable,
  shopId: string | undefined,
  after: OrderRef | undefined,
  limit: number,
): Promise<OrderRef[]> =>
  db
    .select({ shopId: orders.shopId, orderNumber: orders.orderNumber })
    .from(orders)
    .where(
      and(
        isNull(orders.finishedAt),
        shopId === undefined ? undefined : eq(orders.shopId, shopId),
        after === undefined
          ? undefined
          : sql`(${orders.shopId}, ${orders.orderNumber}) > (${after.shopId}, ${after.orderNumber})`,
      ),
    )
    .orderBy(asc(orders.shopId), asc(orders.orderNumber))
    .limit(limit);

/** Which of these orders are finished: their workflows must not be started again. */
export const finishedAmong = async (db: Queryable, refs: readonly OrderRef[]): Promise<Set<string>> => {
  if (refs.length === 0) return new Set();
  const rows = await db
    .select({ shopId: orders.shopId, orderNumber: orders.orderNumber })
    .from(orders)
    .where(
      and(
        inArray(orders.orderNumber, [...new Set(refs.map((ref) => ref.orderNumber))]),
        sql`${orders.finishedAt} is not null`,
      ),
    );
  return new Set(rows.map((row) => `${row.shopId}/${row.orderNumber}`));
};

/** How many orders stand in each stage, for metrics and lists. */
export const countByStage = async (
  db: Queryable,
): Promise<{ shopId: string; stage: Stage; count: number }[]> =>
  db
    .select({ shopId: orders.shopId, stage: orders.stage, count: sql<number>`count(*)::int` })
    .from(orders)
    .groupBy(orders.shopId, orders.stage);

/**
 * Opens an order again that Rakuten did not know, so that it is asked for once more, with its people: it may have to be
 * shipped. @returns whether it was one
 */
export const reopenMissing = async (db: Queryable, ref: OrderRef): Promise<boolean> => {
  const reopened = await db
    .update(orders)
    .set({ stage: 'imported', missing: false, finishedAt: null, erasedAt: null })
    .where(and(is(ref), eq(orders.stage, 'not_found')))
    .returning({ orderNumber: orders.orderNumber });
  return reopened.length > 0;
};

/** Orders that were completed and that were not seen as cancelled since. */
export const completedAmong = async (
  db: Queryable,
  shopId: string,
  orderNumbers: readonly string[],
): Promise<Map<string, number>> => {
  if (orderNumbers.length === 0) return new Map();
  const rows = await db
    .select({ orderNumber: orders.orderNumber, rakutenStatus: orders.rakutenStatus })
    .from(orders)
    .where(
      and(
        eq(orders.shopId, shopId),
        inArray(orders.orderNumber, [...orderNumbers]),
        eq(orders.stage, 'completed'),
        ne(orders.rakutenStatus, RAKUTEN_STATUS.cancelled),
      ),
    );
  return new Map(rows.map(({ orderNumber, rakutenStatus }) => [orderNumber, rakutenStatus]));
};
