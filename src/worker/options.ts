import { existsSync } from 'node:fs';
import type { WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { ActivityContext } from '../activities/context';
import { guard } from '../activities/guard';
import { orderActivities } from '../activities/order';
import { syncActivities } from '../activities/sync';
import { TASK_QUEUE } from '../temporal/ids';
import { BUNDLE_PATH, bundleWorkflows } from './bundle';

/** Activities mostly wait for their turn at Rakuten, so many may wait at once; local ones keep PostgreSQL busy. */
export const SLOTS = {
  maxConcurrentActivityTaskExecutions: 300,
  maxConcurrentLocalActivityExecutions: 20,
} as const;
/** How long a stopping worker lets activities finish; what is cut off is tried again by another worker. */
const DRAIN = '20 seconds';

/** What a worker of Okuri runs: the bundle that the build left (or one made now), and the activities. */
export const workerOptions = async (
  context: ActivityContext,
  log: Logger,
): Promise<Omit<WorkerOptions, 'connection'>> => {
  const activities = guard({ ...orderActivities(context), ...syncActivities(context) }, (activity, error) =>
    log.error({ err: error, activity }, 'an activity met an error that nobody foresaw'),
  );
  return {
    taskQueue: TASK_QUEUE,
    workflowBundle: existsSync(BUNDLE_PATH) ? { codePath: BUNDLE_PATH } : { code: await bundleWorkflows() },
    activities,
    shutdownGraceTime: DRAIN,
    ...SLOTS,
  };
};
