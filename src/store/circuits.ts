import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { lockKeys, noteKeyInUse } from './credentials';
import type { Database, Queryable, Transaction } from './database';
import { tellOfKeys } from './key-news';
import { askForSync, wakeParkedOrders } from './outbox';
import { orders } from './schema';
import type { CircuitCause } from './shop-schema';
import { circuits } from './shop-schema';

/** A shop that is parked: nothing but probes is sent for it. */
export type Circuit = typeof circuits.$inferSelect;

/** Probes begin this much after the shop was parked, and double up to the longest: a shop is back within 20 seconds of its Rakuten. */
const FIRST_PROBE_S = 5;
const LONGEST_PROBE_S = { rakuten_down: 20, key_refused: 60 } as const satisfies Record<CircuitCause, number>;

/** The circuit of a shop while it is open. */
export const findCircuit = async (db: Queryable, shopId: string): Promise<Circuit | undefined> => {
  const [row] = await db.select().from(circuits).where(eq(circuits.shopId, shopId));
  return row;
};

/** All shops that are parked, by slug. */
export const openCircuits = (db: Queryable): Promise<Circuit[]> =>
  db.select().from(circuits).orderBy(circuits.shopId);

/**
 * Parks a shop. One that is parked keeps its time; its cause follows what was found out last. When it is for the key,
 * the key in use counts as refused, and people are told.
 */
export const openCircuit = (db: Database, shopId: string, cause: CircuitCause): Promise<void> =>
  db.transaction(async (tx) => {
    if (cause === 'key_refused') await noteRefusal(tx, shopId);
    await tx
      .insert(circuits)
      .values({ shopId, cause, probeAt: sql`now() + ${FIRST_PROBE_S} * interval '1 second'` })
      .onConflictDoUpdate({ target: circuits.shopId, set: { cause } });
  });

const noteRefusal = async (tx: Transaction, shopId: string): Promise<void> => {
  await lockKeys(tx, shopId);
  const refused = await noteKeyInUse(tx, shopId, 'refused');
  if (refused === undefined) return;
  const waiting = await tx.$count(orders, and(eq(orders.shopId, shopId), isNull(orders.finishedAt)));
  const params = { last4: refused.licenseKeyLast4, orders: waiting };
  await tellOfKeys(tx, shopId, { code: 'shop.parked_for_key', params });
};

/** A dead key does not come alive by itself, and whoever brings a new one tries it at once. */
const longest = sql`case ${circuits.cause} when 'rakuten_down' then ${LONGEST_PROBE_S.rakuten_down}::int else ${LONGEST_PROBE_S.key_refused}::int end`;

/** Takes the probes that are due; whoever takes one makes it. A process that dies with it leaves it to the next turn. */
export const takeDueProbes = async (db: Queryable): Promise<Circuit[]> =>
  db
    .update(circuits)
    .set({
      probes: sql`${circuits.probes} + 1`,
      probeAt: sql`now() + least(${FIRST_PROBE_S} * power(2, least(${circuits.probes} + 1, 10)), ${longest}) * interval '1 second'`,
    })
    .where(sql`${circuits.probeAt} <= now()`)
    .returning();

/**
 * Lets calls of a shop go out again and wakes what waited, most urgent first and at a pace. Its key in use counts as live.
 * @returns how many orders are woken; undefined when the shop was not parked
 */
export const closeCircuit = (db: Database, shopId: string): Promise<number | undefined> =>
  db.transaction(async (tx) => {
    await lockKeys(tx, shopId);
    return closeCircuitOf(tx, shopId, ['key_refused', 'rakuten_down']);
  });

/** The same in a transaction that has locked the shop's keys, for a shop that is parked for one of these causes. */
export const closeCircuitOf = async (
  tx: Transaction,
  shopId: string,
  causes: readonly CircuitCause[],
): Promise<number | undefined> => {
  const parked = and(eq(circuits.shopId, shopId), inArray(circuits.cause, [...causes]));
  const [closed] = await tx.delete(circuits).where(parked).returning();
  if (closed === undefined) return undefined;
  const accepted = await noteKeyInUse(tx, shopId, 'live');
  // In this order: who parks an order from now on finds the circuit closed and wakes it himself.
  const woken = await wakeParkedOrders(tx, shopId);
  // What buyers ordered meanwhile is as late as what waited.
  await askForSync(tx, shopId);
  if (accepted !== undefined || closed.cause === 'key_refused')
    await tellOfKeys(tx, shopId, { code: 'shop.goes_on', params: { orders: woken } });
  return woken;
};

/** Whether a shop is parked, and stays so until this transaction ends. */
export const holdsCircuit = async (tx: Transaction, shopId: string): Promise<boolean> => {
  const rows = await tx
    .select({ shopId: circuits.shopId })
    .from(circuits)
    .where(eq(circuits.shopId, shopId))
    .for('share');
  return rows.length > 0;
};
