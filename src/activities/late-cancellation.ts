import type { OrderRef } from '../domain/order';
import { RAKUTEN_STATUS } from '../domain/order';
import { completedAmong, lockOrder, saveStatus } from '../store/orders';
import { addLines } from '../store/timeline';
import type { ActivityContext } from './context';

/** An order that was completed here and cancelled at Rakuten afterwards: 800 while it is not final yet, then 900. */
interface LateCancellation extends OrderRef {
  readonly rakutenStatus: number;
}

/**
 * Looks which of the orders that Rakuten shows as cancelled were completed here, reads those, and notes their
 * cancellation. @throws RmsError
 */
export const findLateCancellations = async (
  context: ActivityContext,
  shopId: string,
  orderNumbers: readonly string[],
): Promise<void> => {
  const completed = await completedAmong(context.db, shopId, orderNumbers);
  if (completed.size === 0) return;
  const answers = await context.gateway(shopId).getOrders([...completed.keys()], { priority: 'order' });
  const late = [...answers].flatMap(([orderNumber, answer]) => {
    const rakutenStatus = answer.kind === 'found' ? answer.order.orderProgress : undefined;
    return rakutenStatus === undefined ||
      rakutenStatus < RAKUTEN_STATUS.cancelPending ||
      rakutenStatus === completed.get(orderNumber)
      ? []
      : [{ shopId, orderNumber, rakutenStatus }];
  });
  await onLateCancellation(context, late);
};

/** What is done about orders that were cancelled at Rakuten after they were completed here, each once per status. */
export const onLateCancellation = async (
  { db }: ActivityContext,
  refs: readonly LateCancellation[],
): Promise<void> => {
  for (const { rakutenStatus, ...ref } of refs)
    await db.transaction(async (tx) => {
      const before = await lockOrder(tx, ref);
      if (before === undefined || before.rakutenStatus === rakutenStatus) return;
      await saveStatus(tx, ref, rakutenStatus);
      await addLines(tx, ref, [
        {
          code: 'order.cancelled_after_completion',
          params: { from: before.rakutenStatus, to: rakutenStatus },
          actor: 'rakuten',
        },
      ]);
    });
};
