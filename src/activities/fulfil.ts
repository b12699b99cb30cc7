import type { OrderRef } from '../domain/order';
import { lockOrder } from '../store/orders';
import { currentFulfilment, ensureFulfilment, setFulfilmentState } from '../store/shipments';
import { addLines } from '../store/timeline';
import type { Assessment } from './assess';
import { assess, shopOf } from './assess';
import type { ActivityContext } from './context';
import { instructionOf } from './instruction';
import { readAndAssess } from './read-order';

/**
 * Sends the shipping instruction behind the ship gate: the order is read again, and what was cancelled or changed
 * since it was checked does not leave. The fulfilment order has one id, so that a repeat is the same instruction.
 * @throws RmsError, FulfilmentError
 */
export const instruct = async (context: ActivityContext, ref: OrderRef): Promise<Assessment> => {
  const { row, assessment: gate } = await readAndAssess(context, ref);
  if (gate.step !== 'instruct' || row.facts === null) return gate;
  const shop = await shopOf(context, ref);
  const order = await ensureFulfilment(context.db, ref, shop.settings.fulfilmentProvider);
  await context.provider(shop).send({
    fulfilmentOrderId: order.fulfilmentOrderId,
    ...ref,
    ...(await instructionOf(context, ref, row.facts)),
  });
  return assess(context, ref, async (tx) => {
    await lockOrder(tx, ref);
    await setFulfilmentState(tx, order.fulfilmentOrderId, 'open');
    await addLines(tx, ref, [{ code: 'fulfilment.requested', params: { provider: order.provider } }]);
  });
};

/** Takes the shipping instruction back; when the parcel has left, says so. @throws FulfilmentError */
export const recall = async (context: ActivityContext, ref: OrderRef): Promise<Assessment> => {
  const order = await currentFulfilment(context.db, ref);
  if (order === undefined) return assess(context, ref);
  const outcome = await context.provider(await shopOf(context, ref)).recall(order.fulfilmentOrderId);
  return assess(context, ref, async (tx) => {
    await lockOrder(tx, ref);
    await setFulfilmentState(tx, order.fulfilmentOrderId, outcome);
    await addLines(tx, ref, [
      { code: outcome === 'recalled' ? 'fulfilment.recalled' : 'fulfilment.too_late' },
    ]);
  });
};
