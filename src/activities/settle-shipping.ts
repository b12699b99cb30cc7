import type { Basket, OrderRef } from '../domain/order';
import { planShippingRows, type RowChange, toParcel } from '../domain/shipping';
import type { ShippingAnswer } from '../rms/shipping';
import type { Queryable, Transaction } from '../store/database';
import type { OrderRow } from '../store/orders';
import type { Shipment } from '../store/shipments';
import { listShipments, settleShipment } from '../store/shipments';
import type { NewLine } from '../store/timeline';
import { addLines } from '../store/timeline';
import type { ActivityContext } from './context';
import { NotVisibleYet } from './failures';

/** In the place of Rakuten's code: the destination was taken out of the order, so that nothing can be reported for it. */
const BASKET_GONE = 'basket_gone';

/** What is to be changed of the shipping rows of one destination. */
export interface BasketPlan {
  readonly basketId: string;
  readonly changes: readonly RowChange[];
}

const pendingOf = async (db: Queryable, ref: OrderRef): Promise<Shipment[]> =>
  (await listShipments(db, ref)).filter((parcel) => parcel.reportedAt === null);

/**
 * Rows that Rakuten refuses for good are settled with its code and open a hold; the others are read back. That the order
 * is cancelled refuses no row: the parcel has left all the same.
 */
export const settleRefused = async (
  context: ActivityContext,
  ref: OrderRef,
  plan: readonly BasketPlan[],
  answer: ShippingAnswer,
): Promise<void> => {
  if (answer.kind !== 'refused') return;
  const pending = await pendingOf(context.db, ref);
  const sent = plan.flatMap(({ changes }) => changes);
  const errors = answer.rows.filter((row) => row.type === 'ERROR');
  for (const [index, change] of sent.entries()) {
    if (change.op === 'delete') continue;
    const error =
      errors.find((row) => row.dataNumber === index + 1) ?? errors.find((row) => row.dataNumber === null);
    const parcel = pending.find(
      (own) => own.basketId === change.parcel.basketId && own.trackingNumber === change.parcel.trackingNumber,
    );
    if (error === undefined || parcel === undefined) continue;
    await context.db.transaction(async (tx) => {
      await settleShipment(tx, parcel.shipmentId, error.code);
      await addLines(tx, ref, [
        { code: 'shipment.refused', params: { code: error.code, trackingNumber: parcel.trackingNumber } },
      ]);
    });
  }
};

/**
 * Parcels that Rakuten shows exactly once are settled.
 * @returns `missing`: what one that it does not show yet, or a row that it still shows although it was deleted, is to be
 * thrown as once the others are stored: it is looked at again; `lines`: what the timeline is to say
 */
export const settleShown = async (
  tx: Transaction,
  ref: OrderRef,
  row: OrderRow,
  plan: readonly BasketPlan[],
): Promise<{ readonly missing: NotVisibleYet | undefined; readonly lines: readonly NewLine[] }> => {
  const pending = await pendingOf(tx, ref);
  const baskets = new Map((row.facts?.baskets ?? []).map((basket) => [basket.basketId, basket]));
  const shown = pending.filter((parcel) => isShown(baskets.get(parcel.basketId), parcel));
  const homeless = pending.filter((parcel) => !baskets.has(parcel.basketId));
  const { gone, left } = deletionsOf(plan, row);
  for (const parcel of shown) await settleShipment(tx, parcel.shipmentId, null);
  for (const parcel of homeless) await settleShipment(tx, parcel.shipmentId, BASKET_GONE);
  const lines = [
    ...removedLines(gone),
    ...homeless.map(
      ({ trackingNumber }) =>
        ({ code: 'shipment.refused', params: { code: BASKET_GONE, trackingNumber } }) as const,
    ),
    ...shown.map(
      ({ trackingNumber }) => ({ code: 'shipment.reported', params: { trackingNumber } }) as const,
    ),
  ];
  const unseen =
    shown.length + homeless.length < pending.length
      ? `Rakuten does not show all parcels of order ${ref.orderNumber} yet`
      : left.length > 0
        ? `Rakuten still shows a shipping row of order ${ref.orderNumber} that was deleted`
        : undefined;
  return { missing: unseen === undefined ? undefined : new NotVisibleYet(unseen), lines };
};

/** The ids of the rows that a plan deletes. */
export const deletedRows = (plan: readonly BasketPlan[]): string[] =>
  plan.flatMap(({ changes }) =>
    changes.flatMap((change) => (change.op === 'delete' ? [change.shippingDetailId] : [])),
  );

/** Which of the rows that were to be deleted are gone, and which Rakuten still shows. */
const deletionsOf = (plan: readonly BasketPlan[], row: OrderRow) => {
  const shown = new Set(
    (row.facts?.baskets ?? []).flatMap(({ shippingRows }) => shippingRows.map((own) => own.shippingDetailId)),
  );
  const ids = deletedRows(plan);
  return { gone: ids.filter((id) => !shown.has(id)), left: ids.filter((id) => shown.has(id)) };
};

/** What the timeline says of rows that were too many. */
export const removedLines = (shippingDetailIds: readonly string[]): NewLine[] =>
  shippingDetailIds.map(
    (shippingDetailId) => ({ code: 'shipment.duplicate_removed', params: { shippingDetailId } }) as const,
  );

const isShown = (basket: Basket | undefined, parcel: Shipment): boolean =>
  basket !== undefined && planShippingRows(basket, [toParcel(parcel)]).length === 0;
