import { and, asc, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { OrderRef } from '../domain/order';
import type { Database, Queryable, Transaction } from './database';
import { is } from './orders';
import { orders } from './schema';
import { shipFroms, shops } from './shop-schema';

/** Where parcels are sent from (発送元). */
export type ShipFrom = Omit<typeof shipFroms.$inferSelect, 'createdAt'>;

/** A ship-from that is named does not exist. */
export class UnknownShipFromError extends Error {
  override readonly name = 'UnknownShipFromError';
  constructor(shipFromId: string) {
    super(`There is no ship-from ${shipFromId}: put it first (PUT /v1/ship-froms).`);
  }
}

const columns = {
  shipFromId: shipFroms.shipFromId,
  name: shipFroms.name,
  zipCode: shipFroms.zipCode,
  prefecture: shipFroms.prefecture,
  city: shipFroms.city,
  subAddress: shipFroms.subAddress,
  phoneNumber: shipFroms.phoneNumber,
};

/** Makes ship-froms or changes them, by key, all or none. */
export const putShipFroms = (db: Database, records: readonly ShipFrom[]): Promise<void> =>
  db.transaction(async (tx) => {
    // In one order, so that two who put the same records wait for each other rather than both for ever.
    const sorted = [...records].sort((a, b) => (a.shipFromId < b.shipFromId ? -1 : 1));
    for (const record of sorted)
      await tx
        .insert(shipFroms)
        .values(record)
        .onConflictDoUpdate({ target: shipFroms.shipFromId, set: record });
  });

/** All ship-froms. */
export const listShipFroms = (db: Queryable): Promise<ShipFrom[]> => db.select(columns).from(shipFroms);

/** One ship-from. */
export const findShipFrom = async (db: Queryable, shipFromId: string): Promise<ShipFrom | undefined> => {
  const [row] = await db.select(columns).from(shipFroms).where(eq(shipFroms.shipFromId, shipFromId));
  return row;
};

/** Makes sure that a ship-from stays until the transaction ends, for what is about to name it. @throws UnknownShipFromError */
export const keepShipFrom = async (tx: Transaction, shipFromId: string): Promise<void> => {
  const [row] = await tx
    .select({ shipFromId: shipFroms.shipFromId })
    .from(shipFroms)
    .where(eq(shipFroms.shipFromId, shipFromId))
    .for('key share');
  if (row === undefined) throw new UnknownShipFromError(shipFromId);
};

/** Who keeps a ship-from from being deleted: shops that name it, and how many open orders do. */
interface InUse {
  readonly shopIds: readonly string[];
  readonly orders: number;
}

/**
 * Deletes a ship-from that no shop and no open order names; finished orders let go of it.
 * @returns who still names it, or undefined when it is gone or never was
 */
export const deleteShipFrom = (db: Database, shipFromId: string): Promise<InUse | undefined> =>
  db.transaction(async (tx) => {
    await tx
      .select({ shipFromId: shipFroms.shipFromId })
      .from(shipFroms)
      .where(eq(shipFroms.shipFromId, shipFromId))
      .for('update');
    const naming = await tx
      .select({ shopId: shops.shopId })
      .from(shops)
      .where(sql`${shops.settings} ->> 'defaultShipFromId' = ${shipFromId}`)
      .orderBy(asc(shops.shopId));
    const named = eq(orders.shipFromId, shipFromId);
    const open = await tx.$count(orders, and(named, isNull(orders.finishedAt)));
    if (naming.length > 0 || open > 0) return { shopIds: naming.map(({ shopId }) => shopId), orders: open };
    await tx
      .update(orders)
      .set({ shipFromId: null })
      .where(and(named, isNotNull(orders.finishedAt)));
    await tx.delete(shipFroms).where(eq(shipFroms.shipFromId, shipFromId));
    return undefined;
  });

/** Notes where one order is sent from; null: as its shop says. Expects the order to be locked. @throws UnknownShipFromError */
export const setShipFrom = async (
  tx: Transaction,
  ref: OrderRef,
  shipFromId: string | null,
): Promise<void> => {
  if (shipFromId !== null) await keepShipFrom(tx, shipFromId);
  await tx.update(orders).set({ shipFromId }).where(is(ref));
};
