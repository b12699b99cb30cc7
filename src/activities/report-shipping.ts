import type { Basket, OrderRef } from '../domain/order';
import type { Parcel, RowChange } from '../domain/shipping';
import { planShippingRows } from '../domain/shipping';
import type { ShippingAnswer, ShippingRow } from '../rms/shipping';
import type { OrderRow } from '../store/orders';
import type { Shipment } from '../store/shipments';
import { listShipments, settleShipment } from '../store/shipments';
import type { NewLine } from '../store/timeline';
import { addLines } from '../store/timeline';
import type { Assessment } from './assess';
import { assess } from './assess';
import type { ActivityContext } from './context';
import { NotVisibleYet } from './failures';
import { readOrder, urgencyOf } from './read-order';

/** In the place of Rakuten's code: the destination was taken out of the order, so that nothing can be reported for it. */
const BASKET_GONE = 'basket_gone';

interface BasketPlan {
  readonly basketId: string;
  readonly changes: readonly RowChange[];
}

/**
 * Pushes the parcels of an order to Rakuten, each once: read the rows, compare, write only what is missing, read back.
 * A write without an answer is not repeated: the next attempt reads first and finds the rows or not.
 * @throws RmsError, NotVisibleYet
 */
export const reportShipping = async (context: ActivityContext, ref: OrderRef): Promise<Assessment> => {
  const before = await readOrder(context, ref);
  const pending = (await listShipments(context.db, ref)).filter((parcel) => parcel.reportedAt === null);
  const plan = planFor(before, pending);
  if (plan.length > 0) {
    const answer = await context
      .gateway(ref.shopId)
      .updateOrderShipping({ orderNumber: ref.orderNumber, baskets: plan.map(toUpdate) }, urgencyOf(before));
    await settleRefused(context, ref, pending, plan, answer);
  }
  const after = plan.length > 0 ? await readOrder(context, ref) : before;
  await settleShown(context, ref, after, plan);
  return assess(context, ref);
};

const planFor = (row: OrderRow, parcels: readonly Shipment[]): BasketPlan[] =>
  (row.facts?.baskets ?? [])
    .map((basket) => ({
      basketId: basket.basketId,
      changes: planShippingRows(basket, parcels.map(toParcel)),
    }))
    .filter((plan) => plan.changes.length > 0);

const toParcel = ({ basketId, carrier, trackingNumber, shippedOn }: Shipment): Parcel => ({
  basketId,
  carrier,
  trackingNumber,
  shippedOn,
});

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

/** Rows that Rakuten refuses for good are settled with its code and open a hold; the others are read back. */
const settleRefused = async (
  context: ActivityContext,
  ref: OrderRef,
  pending: readonly Shipment[],
  plan: readonly BasketPlan[],
  answer: ShippingAnswer,
): Promise<void> => {
  if (answer.kind === 'reported') return;
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

/** Parcels that Rakuten shows exactly once are settled; one that it does not show yet is looked for again. */
const settleShown = async (
  context: ActivityContext,
  ref: OrderRef,
  row: OrderRow,
  plan: readonly BasketPlan[],
): Promise<void> => {
  const pending = (await listShipments(context.db, ref)).filter((parcel) => parcel.reportedAt === null);
  const baskets = new Map((row.facts?.baskets ?? []).map((basket) => [basket.basketId, basket]));
  const shown = pending.filter((parcel) => isShown(baskets.get(parcel.basketId), parcel));
  const homeless = pending.filter((parcel) => !baskets.has(parcel.basketId));
  await context.db.transaction(async (tx) => {
    for (const parcel of shown) await settleShipment(tx, parcel.shipmentId, null);
    for (const parcel of homeless) await settleShipment(tx, parcel.shipmentId, BASKET_GONE);
    const removed = plan.flatMap(({ changes }) => changes.filter((change) => change.op === 'delete'));
    const lines: NewLine[] = [
      ...removed.map(
        ({ shippingDetailId }) =>
          ({ code: 'shipment.duplicate_removed', params: { shippingDetailId } }) as const,
      ),
      ...homeless.map(
        ({ trackingNumber }) =>
          ({ code: 'shipment.refused', params: { code: BASKET_GONE, trackingNumber } }) as const,
      ),
      ...shown.map(
        ({ trackingNumber }) => ({ code: 'shipment.reported', params: { trackingNumber } }) as const,
      ),
    ];
    await addLines(tx, ref, lines);
  });
  if (shown.length + homeless.length < pending.length)
    throw new NotVisibleYet(`Rakuten does not show all parcels of order ${ref.orderNumber} yet`);
};

const isShown = (basket: Basket | undefined, parcel: Shipment): boolean =>
  basket !== undefined && planShippingRows(basket, [toParcel(parcel)]).length === 0;
