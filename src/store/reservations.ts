import { and, eq } from 'drizzle-orm';
import type { OrderRef } from '../domain/order';
import type { Queryable, Transaction } from './database';
import { MAIN_LOCATION } from './ledger';
import { settleStock } from './order-stock';
import { findOrder, lockOrder, setStage } from './orders';
import { wakeOrders } from './outbox';
import { alerts, holds, orderAliases, orderChanges, orders, shipments, timeline } from './schema';
import { stockMovements } from './stock-schema';
import { addLines } from './timeline';

/** The order that a reservation number (予約) became, if it did. */
export const orderOfReservation = async (
  db: Queryable,
  { shopId, orderNumber }: OrderRef,
): Promise<OrderRef | undefined> => {
  const [row] = await db
    .select()
    .from(orderAliases)
    .where(and(eq(orderAliases.shopId, shopId), eq(orderAliases.alias, orderNumber)));
  return row === undefined ? undefined : { shopId, orderNumber: row.orderNumber };
};

/**
 * Makes a reservation and the order that it became one order, under the order's number: holds, parcels, stock, and
 * timeline of what was known under the reservation number go along. Doing it again changes nothing. Expects the order
 * to be locked. @returns whether the reservation was known here
 */
export const adoptReservation = async (
  tx: Transaction,
  ref: OrderRef,
  reserveNumber: string,
): Promise<boolean> => {
  if (reserveNumber === ref.orderNumber) return false;
  const { shopId, orderNumber } = ref;
  await tx.insert(orderAliases).values({ shopId, alias: reserveNumber, orderNumber }).onConflictDoNothing();
  await tx.update(orders).set({ reserveNumber }).where(is(ref));
  const reserved = { shopId, orderNumber: reserveNumber };
  if ((await lockOrder(tx, reserved)) === undefined) return false;
  const read = (await findOrder(tx, ref))?.facts !== null;
  if (read) await endReserved(tx, reserved);
  else await rename(tx, reserved, ref, reserveNumber);
  await addLines(tx, ref, [{ code: 'order.reserved_as', params: { reserveNumber, orderNumber } }]);
  // Its former workflow looks, finds that the number is taken over, and ends.
  await wakeOrders(tx, [reserved]);
  return true;
};

const is = ({ shopId, orderNumber }: OrderRef) =>
  and(eq(orders.shopId, shopId), eq(orders.orderNumber, orderNumber));

/** Both were carried before it showed that they are one: the order goes on, its reservation gives everything back. */
const endReserved = async (tx: Transaction, reserved: OrderRef): Promise<void> => {
  await settleStock(tx, reserved, [], { location: MAIN_LOCATION });
  await setStage(tx, reserved, 'cancelled', new Date());
};

/** Rows that name an order and do not follow its number by themselves, or stand in its way under the new one. */
const FOLLOWING = [stockMovements, alerts] as const;
const OF_STUB = [timeline, holds, shipments] as const;

/**
 * Gives the reservation's row the order's number; the row that was just made under that number gives way. What was
 * sealed for the former number is dropped with it: the reading that is being stored replaces it.
 */
const rename = async (
  tx: Transaction,
  from: OrderRef,
  to: OrderRef,
  reserveNumber: string,
): Promise<void> => {
  const { orderNumber } = to;
  for (const table of OF_STUB)
    await tx
      .update(table)
      .set({ orderNumber: from.orderNumber })
      .where(and(eq(table.shopId, to.shopId), eq(table.orderNumber, orderNumber)));
  await tx.delete(orders).where(is(to));
  await tx
    .delete(orderChanges)
    .where(and(eq(orderChanges.shopId, from.shopId), eq(orderChanges.orderNumber, from.orderNumber)));
  await tx
    .update(orders)
    .set({
      orderNumber,
      reserveNumber,
      sealedSnapshot: null,
      checked: null,
      missing: false,
      stage: 'imported',
      finishedAt: null,
      erasedAt: null,
    })
    .where(is(from));
  for (const table of FOLLOWING)
    await tx
      .update(table)
      .set({ orderNumber })
      .where(and(eq(table.shopId, from.shopId), eq(table.orderNumber, from.orderNumber)));
};
