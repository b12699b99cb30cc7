import type { SQL } from 'drizzle-orm';
import { and, asc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import { HOLD_KINDS } from '../domain/holds';
import { withoutPeople } from '../domain/kept-fields';
import type { OrderRef } from '../domain/order';
import type { Database, Queryable, Transaction } from './database';
import { is, plain } from './orders';
import { snapshotPlace } from './places';
import type { Reading } from './readings';
import { readSnapshot } from './readings';
import { holds, orderChanges, orderLookups, orders, timeline } from './schema';
import { addLines } from './timeline';
import type { Vault } from './vault';

/**
 * Stands among the look-ups of an open order whose buyer asked to be erased: the erasure finds it there once the order
 * is finished, and takes it away with the others. No keyed hash looks like it.
 */
const ERASE_WHEN_FINISHED = 'erase-when-finished';

/** What an erasure took away, in rows. */
export interface Erased {
  readonly lookups: number;
  readonly changes: number;
}

/** A reading of an order whose people were erased: nothing of it names them or could be compared with them. */
export const withoutReadPeople = ({ facts, snapshot }: Reading): Reading => ({
  facts: { ...facts, fingerprints: {} },
  snapshot: JSON.stringify(withoutPeople(JSON.parse(snapshot))),
  lookups: [],
});

/**
 * Takes the people out of a finished order, in the caller's transaction: out of Rakuten's answer, its look-ups, hashes
 * and former values, and whatever people wrote into holds by hand. Amounts, lines, dates and parcels stay.
 * @returns undefined when there is nothing to do: the order is open, erased already, or somebody is at it just now
 * @throws VaultError when the stored answer does not open
 */
export const eraseOrder = async (
  tx: Transaction,
  vault: Vault,
  ref: OrderRef,
  { at, actor }: { readonly at: Date; readonly actor: string },
): Promise<Erased | undefined> => {
  const [row] = await tx
    .select(plain)
    .from(orders)
    .where(and(is(ref), isNotNull(orders.finishedAt), isNull(orders.erasedAt)))
    .for('update', { skipLocked: true });
  if (row === undefined) return undefined;
  const snapshot = await readSnapshot(tx, vault, ref);
  const stripped = snapshot === undefined ? null : JSON.stringify(withoutPeople(JSON.parse(snapshot)));
  await tx
    .update(orders)
    .set({
      sealedSnapshot: stripped === null ? null : vault.seal(snapshotPlace(ref), stripped),
      facts: sql`jsonb_set(${orders.facts}, '{fingerprints}', '{}')`,
      checked: null,
      erasedAt: at,
    })
    .where(is(ref));
  const lookups = await tx
    .delete(orderLookups)
    .where(of(orderLookups, ref))
    .returning({ hash: orderLookups.hash });
  const changes = await tx
    .update(orderChanges)
    .set({ sealedBefore: null, sealedAfter: null })
    .where(of(orderChanges, ref))
    .returning({ changeId: orderChanges.changeId });
  await eraseWritten(tx, ref);
  await addLines(tx, ref, [{ code: 'personal_data.erased', actor }]);
  return { lookups: lookups.length, changes: changes.length };
};

const of = (
  table: typeof orderLookups | typeof orderChanges | typeof holds | typeof timeline,
  ref: OrderRef,
): SQL | undefined => and(eq(table.shopId, ref.shopId), eq(table.orderNumber, ref.orderNumber));

/** Stands where a text was that a person wrote. */
const GONE = '–';

/** Holds that people opened carry a text of theirs, which may name the buyer although it should not. */
const eraseWritten = async (tx: Transaction, ref: OrderRef): Promise<void> => {
  await tx
    .update(holds)
    .set({ text: GONE, cause: GONE })
    .where(and(of(holds, ref), holds.manual));
  const automatic = Object.keys(HOLD_KINDS);
  await tx
    .update(timeline)
    .set({ params: sql`jsonb_set(${timeline.params}, '{cause}', to_jsonb(${GONE}::text))` })
    .where(
      and(
        of(timeline, ref),
        eq(timeline.code, 'hold.opened'),
        sql`not ${timeline.params} ->> 'hold' = any(${sql.param(automatic)}::text[])`,
      ),
    );
};

/** Finished orders of a shop whose personal data is due to go, the longest finished first, after one of them. */
export const ordersToErase = async (
  db: Queryable,
  shopId: string,
  finishedBefore: Date,
  after: { readonly finishedAt: Date; readonly orderNumber: string } | undefined,
  limit: number,
): Promise<{ orderNumber: string; finishedAt: Date }[]> => {
  const rows = await db
    .select({ orderNumber: orders.orderNumber, finishedAt: orders.finishedAt })
    .from(orders)
    .where(
      and(
        eq(orders.shopId, shopId),
        isNull(orders.erasedAt),
        sql`${orders.finishedAt} < ${finishedBefore.toISOString()}::timestamptz`,
        after === undefined
          ? undefined
          : sql`(${orders.finishedAt}, ${orders.orderNumber}) > (${after.finishedAt.toISOString()}::timestamptz, ${after.orderNumber})`,
      ),
    )
    .orderBy(asc(orders.finishedAt), asc(orders.orderNumber))
    .limit(limit);
  return rows.flatMap(({ orderNumber, finishedAt }) =>
    finishedAt === null ? [] : [{ orderNumber, finishedAt }],
  );
};

/** Finished orders whose buyers asked for their erasure while they were open. */
export const askedToErase = (db: Queryable, limit: number): Promise<OrderRef[]> =>
  db
    .select({ shopId: orders.shopId, orderNumber: orders.orderNumber })
    .from(orderLookups)
    .innerJoin(
      orders,
      and(eq(orders.shopId, orderLookups.shopId), eq(orders.orderNumber, orderLookups.orderNumber)),
    )
    .where(and(eq(orderLookups.hash, ERASE_WHEN_FINISHED), isNotNull(orders.finishedAt)))
    .orderBy(asc(orders.shopId), asc(orders.orderNumber))
    .limit(limit);

/** Notes that an open order is to be erased once it is finished. Asking again changes nothing. */
export const askToErase = async (tx: Transaction, ref: OrderRef, actor: string): Promise<void> => {
  const asked = await tx
    .insert(orderLookups)
    .values({ ...ref, hash: ERASE_WHEN_FINISHED })
    .onConflictDoNothing()
    .returning();
  if (asked.length > 0) await addLines(tx, ref, [{ code: 'personal_data.erasure_asked', actor }]);
};

/** An order that carries a name, phone number or mail address. */
export interface FoundOrder extends OrderRef {
  readonly finished: boolean;
}

/**
 * Orders by the keyed hash of a name, phone number or mail address.
 * @param shopIds the shops to look in; null: all
 */
export const ordersOfBuyer = async (
  db: Database,
  hash: string,
  shopIds: readonly string[] | null,
): Promise<FoundOrder[]> =>
  db
    .select({
      shopId: orders.shopId,
      orderNumber: orders.orderNumber,
      finished: sql<boolean>`${orders.finishedAt} is not null`,
    })
    .from(orderLookups)
    .innerJoin(
      orders,
      and(eq(orders.shopId, orderLookups.shopId), eq(orders.orderNumber, orderLookups.orderNumber)),
    )
    .where(
      and(
        eq(orderLookups.hash, hash),
        shopIds === null ? undefined : inArray(orderLookups.shopId, [...shopIds]),
      ),
    )
    .orderBy(asc(orders.shopId), asc(orders.orderNumber));
