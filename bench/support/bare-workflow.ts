import {
  condition,
  defineSignal,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';

/** What the bare workflow calls: something that does nothing. */
export interface BareActivities {
  nothing(): Promise<void>;
}

/** News that means nothing. */
export const bareNews = defineSignal('bareNews');

/** How many signals each bare workflow is sent. */
export const BARE_SIGNALS = 4;

const options = { startToCloseTimeout: '1 minute' } as const;
const { nothing: step } = proxyActivities<BareActivities>(options);
const { nothing: look } = proxyLocalActivities<BareActivities>(options);

/**
 * The shape of an order's life without the order: two local activities, five activities, four signals that it waits
 * for, two timers that never ring. What this costs, no order on the same server and machine can undercut.
 */
export async function bare(): Promise<void> {
  let news = 0;
  setHandler(bareNews, () => {
    news += 1;
  });
  for (const timer of [sleep('24 hours'), sleep('24 hours')]) timer.catch(() => undefined);
  await look();
  await step();
  for (let signal = 1; signal <= BARE_SIGNALS; signal += 1) {
    await condition(() => news >= signal);
    await step();
  }
  await look();
}
