import { isDeepStrictEqual } from 'node:util';
import { and, asc, eq, getTableColumns, inArray, isNull, lt, ne, or, sql } from 'drizzle-orm';
import type { OrderFacts, OrderRef, Stage } from '../domain/order';
import { linesOf, RAKUTEN_STATUS, workDueAt } from '../domain/order';
import type { Queryable, Transaction } from './database';
import { orderLines, orderLookups, orders, shipments } from './schema';
import type { Vault } from './vault';

const { sealedSnapshot: _sealed, ...plain } = getTableColumns(orders);

/** An order as it is stored, without Rakuten's whole answer, which is large and sealed (`readSnapshot`). */
export type OrderRow = Omit<typeof orders.$inferSelect, 'sealedSnapshot'>;

const is = (ref: OrderRef) => and(eq(orders.shopId, ref.shopId), eq(orders.orderNumber, ref.orderNumber));
const snapshotPlace = (ref: OrderRef): string => `order/${ref.shopId}/${ref.orderNumber}`;

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

/** Rakuten's order as it was read, split into what decisions need and what stays sealed. */
export interface Reading {
  readonly facts: OrderFacts;
  /** The whole answer of Rakuten about this order, as JSON text. Personal data: sealed before it is stored. */
  readonly snapshot: string;
  /** Keyed hashes by which the buyer's order can be looked up. */
  readonly lookups: readonly string[];
}

/**
 * Stores what Rakuten says of an order, over what was known. Expects the order to exist and its row to be locked.
 * @param known the lines as they were stored before, which are not written again when they are the same
 * @returns the order as it is stored now
 */
export const saveReading = async (
  tx: Transaction,
  vault: Vault,
  ref: OrderRef,
  { facts, snapshot, lookups }: Reading,
  known: OrderFacts | null = null,
): Promise<OrderRow> => {
  const [row] = await tx
    .update(orders)
    .set({
      facts,
      rakutenStatus: facts.rakutenStatus,
      missing: false,
      orderedAt: new Date(facts.orderedAt),
      dueAt: workDueAt(facts),
      readAt: new Date(),
      sealedSnapshot: vault.seal(snapshotPlace(ref), snapshot),
      checked: sql`coalesce(${orders.checked}, ${JSON.stringify(facts.fingerprints)}::jsonb)`,
    })
    .where(is(ref))
    .returning(plain);
  if (row === undefined) throw new Error(`Order ${ref.orderNumber} vanished while it was locked`);
  const lines = linesOf(facts);
  if (known === null || !isDeepStrictEqual(lines, linesOf(known))) {
    await tx
      .delete(orderLines)
      .where(and(eq(orderLines.shopId, ref.shopId), eq(orderLines.orderNumber, ref.orderNumber)));
    if (lines.length > 0) await tx.insert(orderLines).values(lines.map((line) => ({ ...ref, ...line })));
  }
  if (lookups.length > 0)
    await tx
      .insert(orderLookups)
      .values(lookups.map((hash) => ({ ...ref, hash })))
      .onConflictDoNothing();
  return row;
};

/** Notes what a search showed of an order that was read before: its status. Expects its row to be locked. */
export const saveStatus = async (db: Queryable, ref: OrderRef, rakutenStatus: number): Promise<void> => {
  await db
    .update(orders)
    .set({
      rakutenStatus,
      facts: sql`jsonb_set(${orders.facts}, '{rakutenStatus}', to_jsonb(${rakutenStatus}::int))`,
    })
    .where(is(ref));
};

/**
 * Notes what a search showed of orders that were read before: that they all stand at this status. Orders that are
 * finished, or stand there already, are left alone. @returns those that moved, and from where
 */
export const saveStatuses = async (
  tx: Transaction,
  shopId: string,
  orderNumbers: readonly string[],
  rakutenStatus: number,
): Promise<{ orderNumber: string; from: number }[]> => {
  const before = await tx
    .select({ orderNumber: orders.orderNumber, from: orders.rakutenStatus })
    .from(orders)
    .where(
      and(
        eq(orders.shopId, shopId),
        inArray(orders.orderNumber, [...orderNumbers]),
        isNull(orders.finishedAt),
        ne(orders.rakutenStatus, rakutenStatus),
      ),
    )
    .orderBy(asc(orders.orderNumber))
    .for('update');
  for (const { orderNumber } of before) await saveStatus(tx, { shopId, orderNumber }, rakutenStatus);
  return before;
};

/** The whole order as Rakuten last gave it, as JSON text. Personal data: for the warehouse, never for a log. */
export const readSnapshot = async (
  db: Queryable,
  vault: Vault,
  ref: OrderRef,
): Promise<string | undefined> => {
  const [row] = await db.select({ sealed: orders.sealedSnapshot }).from(orders).where(is(ref));
  return row?.sealed ? vault.open(snapshotPlace(ref), row.sealed) : undefined;
};

/** Notes that Rakuten does not know this number. */
export const markMissing = async (db: Queryable, ref: OrderRef): Promise<void> => {
  await db.update(orders).set({ missing: true }).where(is(ref));
};

/** Holds whose release changes what is stored of an order. */
type Accepted = 'outside_change' | 'confirm_refused' | 'shipping_refused';

/**
 * What the release of an accepting hold does (domain/holds RELEASE_ACCEPTS): what Rakuten has now counts as checked, or
 * a write that was refused is tried again.
 */
export const acceptReading = async (db: Queryable, ref: OrderRef, hold: Accepted): Promise<void> => {
  if (hold === 'outside_change')
    await db
      .update(orders)
      .set({ checked: sql`${orders.facts} -> 'fingerprints'` })
      .where(is(ref));
  else if (hold === 'confirm_refused') await db.update(orders).set({ confirmRefused: null }).where(is(ref));
  else
    await db
      .update(shipments)
      .set({ reportedAt: null, refusedCode: null })
      .where(
        and(
          eq(shipments.shopId, ref.shopId),
          eq(shipments.orderNumber, ref.orderNumber),
          sql`${shipments.refusedCode} is not null`,
        ),
      );
};

/** Lets what Rakuten has now of one field group count as checked, because it was waited for. */
export const acceptGroup = async (db: Queryable, ref: OrderRef, group: string): Promise<void> => {
  await db
    .update(orders)
    .set({
      checked: sql`jsonb_set(${orders.checked}, ${`{${group}}`}, ${orders.facts} -> 'fingerprints' -> ${group}::text)`,
    })
    .where(is(ref));
};

/** Notes that Rakuten refused the confirmation for good, with its code. */
export const setConfirmRefused = async (db: Queryable, ref: OrderRef, code: string): Promise<void> => {
  await db.update(orders).set({ confirmRefused: code }).where(is(ref));
};

/** Notes that a person asked for a fulfilment order. */
export const setInstructByHand = async (db: Queryable, ref: OrderRef): Promise<void> => {
  await db.update(orders).set({ instructByHand: true }).where(is(ref));
};

/** What an assessment says of an order; what it does not name stays. */
export type Standing = Partial<
  Pick<OrderRow, 'stage' | 'finishedAt' | 'parked' | 'workflowRunId' | 'deadlineAt' | 'deadlineCode'>
>;

/** Stores where an order stands, in one statement; none when nothing is new. */
export const saveStanding = async (db: Queryable, ref: OrderRef, standing: Standing): Promise<void> => {
  if (Object.keys(standing).length > 0) await db.update(orders).set(standing).where(is(ref));
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

/** Opens an order again that Rakuten did not know, so that it is asked for once more. @returns whether it was one */
export const reopenMissing = async (db: Queryable, ref: OrderRef): Promise<boolean> => {
  const reopened = await db
    .update(orders)
    .set({ stage: 'imported', missing: false, finishedAt: null })
    .where(and(is(ref), eq(orders.stage, 'not_found')))
    .returning({ orderNumber: orders.orderNumber });
  return reopened.length > 0;
};

/**
 * Open orders of a shop that were read once and are to be read again, the longest unread first: any that was last read
 * before `due.any`, and those with the warehouse that were before `due.withWarehouse`.
 */
export const ordersToRead = async (
  db: Queryable,
  shopId: string,
  due: { readonly any: Date; readonly withWarehouse: Date },
  limit: number,
): Promise<string[]> => {
  const rows = await db
    .select({ orderNumber: orders.orderNumber })
    .from(orders)
    .where(
      and(
        eq(orders.shopId, shopId),
        isNull(orders.finishedAt),
        lt(orders.readAt, due.withWarehouse),
        or(
          lt(orders.readAt, due.any),
          sql`${orders.stage} = 'instructed' and exists (
                select 1 from fulfilment_orders f
                where f.shop_id = ${orders.shopId} and f.order_number = ${orders.orderNumber} and f.state = 'open')`,
        ),
      ),
    )
    .orderBy(asc(orders.readAt))
    .limit(limit);
  return rows.map(({ orderNumber }) => orderNumber);
};

/** Notes that Rakuten was asked for these orders, whatever it said; their reading counts as of then. */
export const noteAsked = async (
  db: Queryable,
  shopId: string,
  orderNumbers: readonly string[],
  at: Date,
): Promise<void> => {
  await db
    .update(orders)
    .set({ readAt: at })
    .where(
      and(eq(orders.shopId, shopId), inArray(orders.orderNumber, [...orderNumbers]), lt(orders.readAt, at)),
    );
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
