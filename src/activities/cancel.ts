import type { OrderRef } from '../domain/order';
import { isClosedByRakuten, RAKUTEN_STATUS } from '../domain/order';
import type { OrderChangeAnswer } from '../rms/order-call';
import type { OrderCancellation } from '../rms/order-cancel';
import { reasonOfCode } from '../rms/order-cancel';
import type { Cancellation } from '../store/cancellations';
import { isOpen, lastCancellation, settleCancellation } from '../store/cancellations';
import type { OrderRow } from '../store/orders';
import { addLines } from '../store/timeline';
import type { Assessment } from './assess';
import { assess } from './assess';
import type { ActivityContext } from './context';
import { NotVisibleYet } from './failures';
import { readAndAssess, readOrder, urgencyOf } from './read-order';

/**
 * Cancels an order at Rakuten that was not shipped (order reference §6.4), once: read, compare, apply, read back. A
 * shipping date that is registered ahead of time keeps Rakuten from cancelling, so it is removed first. What Rakuten
 * refuses is settled with its code and opens a hold. @throws RmsError, NotVisibleYet
 */
export const cancel = async (context: ActivityContext, ref: OrderRef): Promise<Assessment> => {
  const { row, assessment: before } = await readAndAssess(context, ref);
  const request = await lastCancellation(context.db, ref);
  if (before.step !== 'cancel' || request === undefined) return before;
  await removeShippingDates(context, ref, row);
  const answer = await context
    .gateway(ref.shopId)
    .cancelOrder(orderCancellation(ref, request), urgencyOf(row));
  const after = await readOrder(context, ref);
  await note(context, ref, answer, after);
  return assess(context, ref);
};

/**
 * Cancels an order that Rakuten has closed as shipped, in one go (order reference §6.4): only once the goods are back.
 * Repeating it reads first and finds the order cancelled. @returns the code of a refusal, if it was refused
 * @throws RmsError, NotVisibleYet
 */
export const cancelAfterShipping = async (
  context: ActivityContext,
  ref: OrderRef,
): Promise<string | undefined> => {
  const row = await readOrder(context, ref);
  const request = await lastCancellation(context.db, ref);
  if (row.rakutenStatus === RAKUTEN_STATUS.cancelled || request === undefined || !isOpen(request))
    return undefined;
  const answer = await context
    .gateway(ref.shopId)
    .cancelOrderAfterShipping(orderCancellation(ref, request), urgencyOf(row));
  if (answer.kind === 'refused') {
    const code = answer.codes.map((own) => own.code).join(', ');
    await refuse(context, ref, code);
    return code;
  }
  const after = await readOrder(context, ref);
  if (after.rakutenStatus !== RAKUTEN_STATUS.cancelled)
    throw new NotVisibleYet(`Order ${ref.orderNumber} does not show 900 yet after it was cancelled`);
  return undefined;
};

/** What Rakuten is sent for a cancellation. */
const orderCancellation = (
  { orderNumber }: OrderRef,
  { reason, restoreInventory }: Cancellation,
): OrderCancellation => {
  const because = reasonOfCode(reason);
  if (because === undefined) throw new RangeError(`Rakuten has no cancellation reason ${reason}`);
  return { orderNumber, inventory: restoreInventory ? 'restore' : 'keep', because };
};

const removeShippingDates = async (context: ActivityContext, ref: OrderRef, row: OrderRow): Promise<void> => {
  const baskets = (row.facts?.baskets ?? [])
    .map(({ basketId, shippingRows }) => ({
      basketId: Number(basketId),
      rows: shippingRows
        .filter(({ shippedOn }) => shippedOn !== null && shippedOn !== '')
        .map(({ shippingDetailId }) => ({ shippingDetailId: Number(shippingDetailId), shippingDate: '' })),
    }))
    .filter(({ rows }) => rows.length > 0);
  if (baskets.length === 0) return;
  const { orderNumber } = ref;
  const answer = await context
    .gateway(ref.shopId)
    .changeShippingRows({ orderNumber, baskets }, urgencyOf(row));
  // Where Rakuten keeps the date it refuses the cancellation too, and that is told with its code.
  if (answer.kind === 'reported') await addLines(context.db, ref, [{ code: 'cancel.shipping_date_removed' }]);
};

const note = async (
  context: ActivityContext,
  ref: OrderRef,
  answer: OrderChangeAnswer,
  { rakutenStatus }: OrderRow,
): Promise<void> => {
  if (rakutenStatus === RAKUTEN_STATUS.cancelled || isClosedByRakuten(rakutenStatus)) return;
  if (answer.kind === 'refused' && rakutenStatus !== RAKUTEN_STATUS.cancelPending) {
    await refuse(context, ref, answer.codes.map((own) => own.code).join(', '));
    return;
  }
  await context.db.transaction(async (tx) => {
    await settleCancellation(tx, ref, 'applied');
    await addLines(tx, ref, [{ code: 'cancel.applied' }]);
  });
};

const refuse = (context: ActivityContext, ref: OrderRef, code: string): Promise<void> =>
  context.db.transaction(async (tx) => {
    await settleCancellation(tx, ref, 'refused', code);
    await addLines(tx, ref, [{ code: 'cancel.refused', params: { code } }]);
  });
