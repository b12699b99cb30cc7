import { RAKUTEN_STATUS } from '../domain/order';
import { completedAmong } from '../store/orders';
import type { ActivityContext } from './context';
import { onLateCancellation } from './late-cancellation';

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
