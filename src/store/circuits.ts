import { eq, sql } from 'drizzle-orm';
import type { Database, Queryable, Transaction } from './database';
import { wakeParkedOrders } from './outbox';
import type { CircuitCause } from './schema';
import { circuits } from './schema';

/** A shop that is parked: nothing but probes is sent for it. */
export type Circuit = typeof circuits.$inferSelect;

/** Probes begin this much after the shop was parked, and double up to the longest: a shop is back within a minute. */
const FIRST_PROBE_S = 5;
const LONGEST_PROBE_S = 60;

/** The circuit of a shop while it is open. */
export const findCircuit = async (db: Queryable, shopId: string): Promise<Circuit | undefined> => {
  const [row] = await db.select().from(circuits).where(eq(circuits.shopId, shopId));
  return row;
};

/** All shops that are parked, by slug. */
export const openCircuits = (db: Queryable): Promise<Circuit[]> =>
  db.select().from(circuits).orderBy(circuits.shopId);

/** Parks a shop. One that is parked keeps its time; its cause follows what was found out last. */
export const openCircuit = async (db: Queryable, shopId: string, cause: CircuitCause): Promise<void> => {
  await db
    .insert(circuits)
    .values({ shopId, cause, probeAt: sql`now() + ${FIRST_PROBE_S} * interval '1 second'` })
    .onConflictDoUpdate({ target: circuits.shopId, set: { cause } });
};

/** Takes the probes that are due; whoever takes one makes it. A process that dies with it leaves it to the next turn. */
export const takeDueProbes = async (db: Queryable): Promise<Circuit[]> =>
  db
    .update(circuits)
    .set({
      probes: sql`${circuits.probes} + 1`,
      probeAt: sql`now() + least(${FIRST_PROBE_S} * power(2, least(${circuits.probes} + 1, 10)), ${LONGEST_PROBE_S}) * interval '1 second'`,
    })
    .where(sql`${circuits.probeAt} <= now()`)
    .returning();

/**
 * Lets calls of a shop go out again and wakes what waited, most urgent first and at a pace.
 * @returns how many orders are woken; undefined when the shop was not parked
 */
export const closeCircuit = (db: Database, shopId: string): Promise<number | undefined> =>
  db.transaction(async (tx) => {
    const closed = await tx.delete(circuits).where(eq(circuits.shopId, shopId)).returning();
    // In this order: who parks an order from now on finds the circuit closed and wakes it himself.
    return closed.length === 0 ? undefined : wakeParkedOrders(tx, shopId);
  });

/** Whether a shop is parked, and stays so until this transaction ends. */
export const holdsCircuit = async (tx: Transaction, shopId: string): Promise<boolean> => {
  const rows = await tx
    .select({ shopId: circuits.shopId })
    .from(circuits)
    .where(eq(circuits.shopId, shopId))
    .for('share');
  return rows.length > 0;
};
