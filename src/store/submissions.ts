import { randomUUID } from 'node:crypto';
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { OrderRef } from '../domain/order';
import type { Queryable } from './database';
import { shippingSubmissions } from './schema';

/** An order whose shipping rows went out by the asynchronous call and are not read back yet. */
export type Submission = typeof shippingSubmissions.$inferSelect;

const is = (ref: OrderRef) =>
  and(eq(shippingSubmissions.shopId, ref.shopId), eq(shippingSubmissions.orderNumber, ref.orderNumber));

/** Notes, before the request leaves, that the rows of these orders are under way. @returns the submission's id */
export const beginSubmission = async (
  db: Queryable,
  shopId: string,
  orderNumbers: readonly string[],
): Promise<string> => {
  const submissionId = randomUUID();
  const fresh = { submissionId, submittedAt: sql`now()`, requestId: null, looks: 0 };
  await db
    .insert(shippingSubmissions)
    .values(orderNumbers.map((orderNumber) => ({ shopId, orderNumber, ...fresh })))
    .onConflictDoUpdate({
      target: [shippingSubmissions.shopId, shippingSubmissions.orderNumber],
      set: fresh,
    });
  return submissionId;
};

/** Notes under which id Rakuten took the rows of these orders in. */
export const acceptSubmission = async (
  db: Queryable,
  submissionId: string,
  requestId: string,
  orderNumbers: readonly string[],
): Promise<void> => {
  await db.update(shippingSubmissions).set({ requestId }).where(among(submissionId, orderNumbers));
};

/** Forgets orders of a submission whose rows Rakuten surely did not take in. */
export const dropFromSubmission = async (
  db: Queryable,
  submissionId: string,
  orderNumbers: readonly string[],
): Promise<void> => {
  await db.delete(shippingSubmissions).where(among(submissionId, orderNumbers));
};

const among = (submissionId: string, orderNumbers: readonly string[]) =>
  and(
    eq(shippingSubmissions.submissionId, submissionId),
    inArray(shippingSubmissions.orderNumber, [...orderNumbers]),
  );

/** The submission of an order that is still to be read back. */
export const findSubmission = async (db: Queryable, ref: OrderRef): Promise<Submission | undefined> => {
  const [row] = await db.select().from(shippingSubmissions).where(is(ref));
  return row;
};

/** Notes that the order was read without its rows being there. */
export const noteLook = async (db: Queryable, ref: OrderRef, looks: number): Promise<void> => {
  await db.update(shippingSubmissions).set({ looks }).where(is(ref));
};

/** The rows of an order are there, or are surely not coming: nothing is under way any more. */
export const endSubmission = async (db: Queryable, ref: OrderRef): Promise<void> => {
  await db.delete(shippingSubmissions).where(is(ref));
};
