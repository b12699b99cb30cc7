import type { OrderRef } from '../domain/order';
import { RAKUTEN_STATUS } from '../domain/order';
import { nextLook, type Settling } from '../domain/settling';
import type { RowChange } from '../domain/shipping';
import { doubleRows, planShippingRows, toParcel } from '../domain/shipping';
import { RmsError } from '../rms/errors';
import type { ShippingAnswer, ShippingRow } from '../rms/shipping';
import type { Transaction } from '../store/database';
import type { OrderRow } from '../store/orders';
import { lockOrder } from '../store/orders';
import type { Shipment } from '../store/shipments';
import { endSubmission, findSubmission, noteLook, type Submission } from '../store/submissions';
import type { NewLine } from '../store/timeline';
import { addLines } from '../store/timeline';
import type { Assessment } from './assess';
import { assess } from './assess';
import type { ActivityContext } from './context';
import type { NotVisibleYet } from './failures';
import { readAndAssess, readWithFile, urgencyOf } from './read-order';
import { type BasketPlan, deletedRows, removedLines, settleRefused, settleShown } from './settle-shipping';

/**
 * Pushes the parcels of an order to Rakuten, each once: read the rows, compare, write only what is missing, read back.
 * A write without an answer is not repeated: the next attempt reads first and finds the rows or not. What went out in
 * an asynchronous report is looked for at set times, and goes out again only when the last of them did not show it.
 * @throws RmsError, NotVisibleYet
 */
export const reportShipping = async (context: ActivityContext, ref: OrderRef): Promise<Assessment> => {
  const { row: before, file } = await readWithFile(context, ref);
  if (wasCancelled(before) || file.stop !== undefined) return assess(context, ref);
  const plan = planFor(before, file.parcels);
  const { submission } = file;
  const readBack = file.shop.settings.shippingReadBackSeconds;
  if (
    plan.length > 0 &&
    submission !== undefined &&
    (await settles(context, ref, submission, plan, readBack))
  )
    return assess(context, ref);
  if (plan.length > 0) {
    const report = await send(context, ref, before, plan);
    if (report === 'under_way') return assess(context, ref);
    await settleRefused(context, ref, plan, report);
  }
  let unseen: NotVisibleYet | undefined;
  const settle = async (tx: Transaction, row: OrderRow): Promise<readonly NewLine[]> => {
    if (submission !== undefined) await endSubmission(tx, ref);
    const { missing, lines } = await settleShown(tx, ref, row, plan);
    // What a cancelled order does not show will not appear: it has left, and people are told.
    unseen = wasCancelled(row) ? undefined : missing;
    return lines;
  };
  const { assessment } =
    plan.length > 0
      ? await readAndAssess(context, ref, { dueAt: before.dueAt, before: settle })
      : await settleStored(context, ref, before, settle);
  if (unseen !== undefined) throw unseen;
  return assessment;
};

/** Settles against what is stored, where nothing had to be sent. */
const settleStored = async (
  context: ActivityContext,
  ref: OrderRef,
  before: OrderRow,
  settle: (tx: Transaction, row: OrderRow) => Promise<readonly NewLine[]>,
): Promise<{ readonly assessment: Assessment }> => ({
  assessment: await assess(context, ref, async (tx) => {
    const row = await lockOrder(tx, ref);
    return { row, lines: await settle(tx, row ?? before) };
  }),
});

/** Whether an order is cancelled at Rakuten, or about to be. */
const wasCancelled = ({ rakutenStatus }: OrderRow): boolean => rakutenStatus >= RAKUTEN_STATUS.cancelPending;

/** What is missing of parcels that are to be reported, and what is too much of those that were. */
const planFor = (row: OrderRow, parcels: readonly Shipment[]): BasketPlan[] => {
  const pending = parcels.filter((parcel) => parcel.reportedAt === null).map(toParcel);
  return (row.facts?.baskets ?? [])
    .map((basket) => ({
      basketId: basket.basketId,
      changes: [...planShippingRows(basket, pending), ...doubleRows(basket, parcels)],
    }))
    .filter(({ changes }) => changes.length > 0);
};

/** Sends what is missing. `under_way`: in an asynchronous report, whose rows appear later if they do. */
const send = async (
  context: ActivityContext,
  ref: OrderRef,
  row: OrderRow,
  plan: readonly BasketPlan[],
): Promise<ShippingAnswer | 'under_way'> => {
  const update = { orderNumber: ref.orderNumber, baskets: plan.map(toUpdate) };
  const report = await context
    .gateway(ref.shopId)
    .reportShipping(update, urgencyOf(row))
    .catch((error: unknown) => lostAnswer(context, ref, error));
  if (report === 'lost') {
    await addLines(context.db, ref, [{ code: 'shipment.settling' }]);
    return 'under_way';
  }
  if (report.kind !== 'submitted') return report;
  const { requestId } = report;
  await addLines(context.db, ref, [
    { code: 'shipment.submitted', params: { requestId } },
    ...removedLines(deletedRows(plan)),
  ]);
  return 'under_way';
};

/** An asynchronous report without an answer settles; what else went wrong is thrown. */
const lostAnswer = async (context: ActivityContext, ref: OrderRef, error: unknown): Promise<'lost'> => {
  const unknown = error instanceof RmsError && error.kind === 'unknown_outcome';
  if (unknown && (await findSubmission(context.db, ref)) !== undefined) return 'lost';
  throw error;
};

/**
 * What is to be done about a report that is under way and does not show: whether it is waited for. Rakuten is asked
 * for its result where it can be, and what it refused is settled.
 */
const settles = async (
  context: ActivityContext,
  ref: OrderRef,
  submission: Submission,
  plan: readonly BasketPlan[],
  readBack: readonly number[],
): Promise<boolean> => {
  const due = nextLook(submission, readBack);
  if (due !== undefined && due > context.now()) return true;
  const result = await resultOf(context, ref, submission);
  if (result !== undefined && result.kind !== 'reported') {
    await endSubmission(context.db, ref);
    await settleRefused(context, ref, plan, result);
    return true;
  }
  const looked: Settling = { ...submission, looks: submission.looks + 1 };
  if (nextLook(looked, readBack) !== undefined) {
    await noteLook(context.db, ref, looked.looks);
    return true;
  }
  await context.db.transaction(async (tx) => {
    await endSubmission(tx, ref);
    await addLines(tx, ref, [{ code: 'shipment.report_again' }]);
  });
  return false;
};

/** What Rakuten made of an order's part of an asynchronous report; undefined where it cannot or does not say. */
const resultOf = async (
  context: ActivityContext,
  ref: OrderRef,
  { requestId }: Submission,
): Promise<ShippingAnswer | undefined> => {
  if (requestId === null) return undefined;
  const result = await context.gateway(ref.shopId).getShippingResult(requestId);
  return result.kind === 'done' ? result.answers.get(ref.orderNumber) : undefined;
};

const toUpdate = ({ basketId, changes }: BasketPlan) => ({
  basketId: Number(basketId),
  rows: changes.map(toRow),
});

const toRow = (change: RowChange): ShippingRow => {
  if (change.op === 'delete') return { shippingDetailId: Number(change.shippingDetailId), delete: true };
  const { carrier, trackingNumber, shippedOn } = change.parcel;
  return {
    ...(change.op === 'update' ? { shippingDetailId: Number(change.shippingDetailId) } : {}),
    deliveryCompany: carrier,
    shippingNumber: trackingNumber,
    shippingDate: shippedOn,
  };
};
