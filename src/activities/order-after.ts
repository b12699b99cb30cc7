import type { OrderRef } from '../domain/order';
import { RAKUTEN_STATUS } from '../domain/order';
import { lastCancellation, settleCancellation } from '../store/cancellations';
import { returnConsumed } from '../store/order-stock';
import { findOrder, lockOrder, setStage } from '../store/orders';
import type { NewLine } from '../store/timeline';
import { addLines } from '../store/timeline';
import { assess } from './assess';
import { cancelAfterShipping } from './cancel';
import type { ActivityContext } from './context';
import { readOrder } from './read-order';

/** What became of an order after its end. */
export interface AfterResult {
  readonly outcome: 'cancelled' | 'refused' | 'unchanged' | 'given_up';
}

/** The activities of what comes after an order's end. */
export const afterActivities = (context: ActivityContext) => ({
  /**
   * Takes out of stock what left a cancelled order after its end, cancels at Rakuten what somebody asked for after it
   * shipped, and writes down a cancellation that Rakuten shows. What was consumed of a cancelled order comes back into
   * stock when that was asked for. @throws RmsError, NotVisibleYet
   */
  settleAfterEnd: async (ref: OrderRef): Promise<AfterResult> => {
    await assess(context, ref);
    const request = await lastCancellation(context.db, ref);
    if (request?.state === 'requested') {
      if ((await cancelAfterShipping(context, ref)) !== undefined) return { outcome: 'refused' };
    } else await readOrder(context, ref);
    const row = await findOrder(context.db, ref);
    if (row?.rakutenStatus !== RAKUTEN_STATUS.cancelled) return { outcome: 'unchanged' };
    await noteCancelled(context, ref);
    return { outcome: 'cancelled' };
  },

  /** After a week in which Rakuten did not take the cancellation, a person has to see to it. */
  giveUpAfterEnd: async (ref: OrderRef): Promise<AfterResult> => {
    await context.db.transaction(async (tx) => {
      if (await settleCancellation(tx, ref, 'refused', 'given_up'))
        await addLines(tx, ref, [{ code: 'cancel.refused', params: { code: 'given_up' } }]);
    });
    return { outcome: 'given_up' };
  },
});

/** What the workflow of what comes after an order's end can call. */
export type AfterActivities = ReturnType<typeof afterActivities>;

/** Ends the order as cancelled, once; goods come back into stock only where a person said that they did. */
const noteCancelled = (context: ActivityContext, ref: OrderRef): Promise<void> =>
  context.db.transaction(async (tx) => {
    const row = await lockOrder(tx, ref);
    const request = await lastCancellation(tx, ref);
    if (row === undefined || row.stage === 'cancelled') return;
    const ours = request !== undefined && (await settleCancellation(tx, ref, 'done'));
    const returned =
      ours && request.restoreInventory ? await returnConsumed(tx, ref, request.requestedBy) : [];
    await setStage(tx, ref, 'cancelled', row.finishedAt ?? context.now());
    const lines: NewLine[] = ours ? [{ code: 'order.cancelled' }] : [];
    if (returned.length > 0)
      lines.push({
        code: 'order.returned',
        params: { lines: returned.map(({ skuCode, quantity }) => `${skuCode}×${quantity}`).join(', ') },
      });
    await addLines(tx, ref, lines);
  });
