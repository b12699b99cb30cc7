import { isDeepStrictEqual } from 'node:util';
import { and, asc, eq, inArray, isNull, lt, ne, or, sql } from 'drizzle-orm';
import type { OrderFacts, OrderRef } from '../domain/order';
import { linesOf, workDueAt } from '../domain/order';
import type { Queryable, Transaction } from './database';
import type { OrderRow } from './orders';
import { is, plain } from './orders';
import { snapshotPlace } from './places';
import { orderLines, orderLookups, orders, shipments } from './schema';
import type { Vault } from './vault';

/** Rakuten's order as it was read, split into what decisions need and what stays sealed. */
export interface Reading {
  readonly facts: OrderFacts;
  /** The whole answer of Rakuten about this order, as JSON text. Personal data: sealed before it is stored. */
  readonly snapshot: string;
  /** Keyed hashes by which the buyer's order can be looked up. */
  readonly lookups: readonly string[];
}

// Named in full: columns of the one table of a statement are given without it, and would be the lookups' own here.
const knownLookups = sql<string[]>`array(select l.hash from ${orderLookups} l
  where l.shop_id = orders.shop_id and l.order_number = orders.order_number)`;

/**
 * Stores what Rakuten says of an order, over what was known. Expects the order to exist and its row to be locked.
 * @param before the row as it was locked: lines that it had already are not written again
 * @returns the order as it is stored now
 */
export const saveReading = async (
  tx: Transaction,
  vault: Vault,
  ref: OrderRef,
  { facts, snapshot, lookups }: Reading,
  before?: Pick<OrderRow, 'facts' | 'readAt'>,
): Promise<OrderRow> => {
  const [stored] = await tx
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
    .returning({ ...plain, known: knownLookups });
  if (stored === undefined) throw new Error(`Order ${ref.orderNumber} vanished while it was locked`);
  const { known: hashes, ...row } = stored;
  const lines = linesOf(facts);
  const known = before?.facts ?? null;
  if (known === null || !isDeepStrictEqual(lines, linesOf(known))) {
    const firstReading = before !== undefined && before.readAt === null;
    if (!firstReading)
      await tx
        .delete(orderLines)
        .where(and(eq(orderLines.shopId, ref.shopId), eq(orderLines.orderNumber, ref.orderNumber)));
    if (lines.length > 0) await tx.insert(orderLines).values(lines.map((line) => ({ ...ref, ...line })));
  }
  const added = lookups.filter((hash) => !hashes.includes(hash));
  if (added.length > 0)
    await tx
      .insert(orderLookups)
      .values(added.map((hash) => ({ ...ref, hash })))
      .onConflictDoNothing();
  return row;
};

/**
 * Notes what a search showed of an order that was read before: its status.
 * @param from where it has to stand for that; anywhere, when it is not given
 * @returns the order as it is stored and locked now; undefined when it stands elsewhere
 */
export const saveStatus = async (
  db: Queryable,
  ref: OrderRef,
  rakutenStatus: number,
  from?: number,
): Promise<OrderRow | undefined> => {
  const [row] = await db
    .update(orders)
    .set(statusOf(rakutenStatus))
    .where(and(is(ref), from === undefined ? undefined : eq(orders.rakutenStatus, from)))
    .returning(plain);
  return row;
};

const statusOf = (rakutenStatus: number) => ({
  rakutenStatus,
  facts: sql`jsonb_set(${orders.facts}, '{rakutenStatus}', to_jsonb(${rakutenStatus}::int))`,
});

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
  const moved = before.map(({ orderNumber }) => orderNumber);
  if (moved.length > 0)
    await tx
      .update(orders)
      .set(statusOf(rakutenStatus))
      .where(and(eq(orders.shopId, shopId), inArray(orders.orderNumber, moved)));
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

/** Lets what Rakuten has now of one field group count as checked, because it was waited for. @returns what is checked then */
export const acceptGroup = async (
  db: Queryable,
  ref: OrderRef,
  group: string,
): Promise<OrderRow['checked']> => {
  const [row] = await db
    .update(orders)
    .set({
      checked: sql`jsonb_set(${orders.checked}, ${`{${group}}`}, ${orders.facts} -> 'fingerprints' -> ${group}::text)`,
    })
    .where(is(ref))
    .returning({ checked: orders.checked });
  return row?.checked ?? null;
};

/** Notes that Rakuten refused the confirmation for good, with its code. */
export const setConfirmRefused = async (db: Queryable, ref: OrderRef, code: string): Promise<void> => {
  await db.update(orders).set({ confirmRefused: code }).where(is(ref));
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
