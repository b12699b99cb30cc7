import type { Duration } from '@temporalio/common';
import { condition, proxyActivities, setHandler } from '@temporalio/workflow';
import type { AfterActivities, AfterResult } from '../activities/order-after';
import type { OrderRef } from '../domain/order';
import { shopTaskQueue } from '../temporal/ids';
import { describeStep } from './describe';
import { reasonOf } from './failures';
import { orderChanged } from './messages';

/** How long it waits before each further attempt; the last one repeats. */
const WAITS: readonly Duration[] = ['15 seconds', '1 minute', '5 minutes', '15 minutes'];
/** Attempts before a person has to see to it: about a week. */
const MOST_ATTEMPTS = 700;

const activities = ({ shopId }: OrderRef) =>
  proxyActivities<AfterActivities>({
    taskQueue: shopTaskQueue(shopId),
    startToCloseTimeout: '8 minutes',
    heartbeatTimeout: '15 seconds',
    scheduleToCloseTimeout: '30 minutes',
    summary: describeStep('after'),
    retry: { initialInterval: '2 seconds', maximumInterval: '30 seconds', maximumAttempts: 5 },
  });

/**
 * What comes after an order's end: a cancellation that was asked for after it shipped, or one at Rakuten. It never
 * fails for what happens outside; what Rakuten does not serve is tried again for a week, and sooner when there is news.
 */
export async function orderAfter(input: OrderRef): Promise<AfterResult> {
  let news = false;
  setHandler(orderChanged, () => {
    news = true;
  });
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    news = false;
    try {
      const result = await activities(input).settleAfterEnd(input);
      if (!news) return result;
    } catch (error) {
      reasonOf(error);
      await condition(() => news, WAITS[Math.min(attempt, WAITS.length - 1)] ?? '15 minutes');
    }
  }
  return activities(input).giveUpAfterEnd(input);
}
