import type { OrderRef } from '../domain/order';
import { addAlert } from '../store/alerts';
import { lockOrder } from '../store/orders';
import { wakeAfter } from '../store/outbox';
import { saveStatus } from '../store/readings';
import { addLines } from '../store/timeline';
import type { ActivityContext } from './context';

/** An order that was completed here and cancelled at Rakuten afterwards: 800 while it is not final yet, then 900. */
export interface LateCancellation extends OrderRef {
  readonly rakutenStatus: number;
}

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
      const line = {
        code: 'order.cancelled_after_completion',
        params: { from: before.rakutenStatus, to: rakutenStatus },
      } as const;
      await addLines(tx, ref, [{ ...line, actor: 'rakuten' }]);
      await addAlert(tx, { ...ref, ...line });
      await wakeAfter(tx, ref);
    });
};
