import { and, desc, eq, inArray, isNotNull } from 'drizzle-orm';
import type { OrderRef } from '../domain/order';
import type { Queryable } from './database';
import type { CancellationState } from './schema';
import { cancellations, orders } from './schema';

/** A cancellation that was asked for here, as it is stored. */
export type Cancellation = typeof cancellations.$inferSelect;

const OPEN: readonly CancellationState[] = ['requested', 'applied'];
const ofOrder = ({ shopId, orderNumber }: OrderRef) =>
  and(eq(cancellations.shopId, shopId), eq(cancellations.orderNumber, orderNumber));

/** Whether a cancellation is still under way. */
export const isOpen = ({ state }: Cancellation): boolean => OPEN.includes(state);

/** The last cancellation that was asked for, whatever became of it. */
export const lastCancellation = async (db: Queryable, ref: OrderRef): Promise<Cancellation | undefined> => {
  const [row] = await db
    .select()
    .from(cancellations)
    .where(ofOrder(ref))
    .orderBy(desc(cancellations.requestedAt))
    .limit(1);
  return row;
};

/** Finished orders whose cancellation after shipping is still to be made. */
export const cancelledAfterEnd = (db: Queryable): Promise<OrderRef[]> =>
  db
    .select({ shopId: orders.shopId, orderNumber: orders.orderNumber })
    .from(cancellations)
    .innerJoin(
      orders,
      and(eq(orders.shopId, cancellations.shopId), eq(orders.orderNumber, cancellations.orderNumber)),
    )
    .where(and(inArray(cancellations.state, [...OPEN]), isNotNull(orders.finishedAt)));

/** Writes down that somebody asks for a cancellation. Expects the order's row to be locked and none to be open. */
export const requestCancellation = async (
  db: Queryable,
  ref: OrderRef,
  request: { reason: number; restoreInventory: boolean; requestedBy: string },
): Promise<Cancellation> => {
  const [row] = await db
    .insert(cancellations)
    .values({ ...ref, ...request, state: 'requested' })
    .returning();
  if (row === undefined) throw new Error(`The cancellation of ${ref.orderNumber} vanished after it was made`);
  return row;
};

/** Moves the open cancellation of an order on. @returns whether there was one */
export const settleCancellation = async (
  db: Queryable,
  ref: OrderRef,
  state: Exclude<CancellationState, 'requested'>,
  refusedCode: string | null = null,
): Promise<boolean> => {
  const settled = state === 'applied' ? {} : { settledAt: new Date() };
  const rows = await db
    .update(cancellations)
    .set({ state, refusedCode, ...settled })
    .where(and(ofOrder(ref), inArray(cancellations.state, [...OPEN])))
    .returning({ id: cancellations.cancellationId });
  return rows.length > 0;
};

/**
 * Takes back a cancellation that is under way or was refused, as long as Rakuten shows neither 800 nor 900: the caller
 * looks. @returns whether there was one
 */
export const withdrawCancellation = async (db: Queryable, ref: OrderRef): Promise<boolean> => {
  const rows = await db
    .update(cancellations)
    .set({ state: 'withdrawn', settledAt: new Date() })
    .where(and(ofOrder(ref), inArray(cancellations.state, [...OPEN, 'refused'])))
    .returning({ id: cancellations.cancellationId });
  return rows.length > 0;
};

/** Asks again for what Rakuten refused. @returns whether there was something to ask again */
export const reopenRefused = async (db: Queryable, ref: OrderRef): Promise<boolean> => {
  const last = await lastCancellation(db, ref);
  if (last?.state !== 'refused') return false;
  await db
    .update(cancellations)
    .set({ state: 'requested', refusedCode: null, settledAt: null })
    .where(eq(cancellations.cancellationId, last.cancellationId));
  return true;
};
