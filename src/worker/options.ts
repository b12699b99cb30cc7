import type { WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { ActivityContext } from '../activities/context';
import { credentialActivities } from '../activities/credential';
import { fileActivities } from '../activities/file-import';
import { guard } from '../activities/guard';
import { importActivities } from '../activities/import-range';
import { orderActivities } from '../activities/order';
import { afterActivities } from '../activities/order-after';
import { listingActivities } from '../activities/read-listings';
import { reconciliationActivities } from '../activities/reconcile-stock';
import { syncActivities } from '../activities/sync';
import { connectionActivities } from '../activities/test-connection';
import { isDatabaseAway } from '../store/away';
import { DEPLOYMENT } from '../temporal/deployment';
import { shopTaskQueue, TASK_QUEUE } from '../temporal/ids';

/** Activities of a shop mostly wait for their turn at Rakuten, so many may wait at once: five full batches. */
export const SHOP_SLOTS = 500;
/** Local activities keep PostgreSQL busy, and more at once would only wait for its connections. */
const LOCAL_SLOTS = 20;
/** Two polls keep 500 slots filled, and a hundred shops then hold two hundred polls open and not a thousand. */
const SHOP_POLLS = 2;
/** How long a stopping worker lets activities finish; what is cut off is tried again by another worker. */
const DRAIN = '20 seconds';

/** The activities, guarded: what they throw is typed, and what Rakuten and the warehouse have no part in is logged. */
export const guardedActivities = (context: ActivityContext, log: Logger) =>
  guard(
    {
      ...orderActivities(context),
      ...afterActivities(context),
      ...syncActivities(context),
      ...importActivities(context),
      ...listingActivities(context),
      ...fileActivities(context),
      ...reconciliationActivities(context),
      ...connectionActivities(context),
      ...credentialActivities(context),
    },
    (activity, error) =>
      isDatabaseAway(error)
        ? log.warn(
            { activity, cause: String(error) },
            'the database does not answer: an activity is tried again',
          )
        : log.error({ err: error, activity }, 'an activity met an error that nobody foresaw'),
  );

type Activities = ReturnType<typeof guardedActivities>;

/** What makes a worker trace; undefined where nothing is traced. */
export type WorkerTracing = Pick<WorkerOptions, 'interceptors' | 'sinks'> | undefined;

/** The workflow code of a worker, and its version, where Temporal has versions of workers. */
export interface WorkflowCode {
  readonly code: string;
  readonly buildId: string | undefined;
}

/** The worker of all workflows, with the local activities. Workflows move on to the version that is current. */
export const workflowWorker = (
  activities: Activities,
  { code, buildId }: WorkflowCode,
  tracing: WorkerTracing,
): Omit<WorkerOptions, 'connection' | 'namespace'> => ({
  ...tracing,
  taskQueue: TASK_QUEUE,
  workflowBundle: { code },
  activities,
  shutdownGraceTime: DRAIN,
  maxConcurrentLocalActivityExecutions: LOCAL_SLOTS,
  ...(buildId !== undefined && {
    workerDeploymentOptions: {
      version: { deploymentName: DEPLOYMENT, buildId },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    },
  }),
});

/**
 * The worker of one shop's activities: a shop that waits or is slow holds its own slots and nobody else's. It has no
 * version: during a deploy every worker serves the orders of either.
 */
export const shopWorker = (
  shopId: string,
  activities: Activities,
  tracing: WorkerTracing,
): Omit<WorkerOptions, 'connection' | 'namespace'> => ({
  ...(tracing?.interceptors && { interceptors: tracing.interceptors }),
  taskQueue: shopTaskQueue(shopId),
  activities,
  shutdownGraceTime: DRAIN,
  maxConcurrentActivityTaskExecutions: SHOP_SLOTS,
  maxConcurrentActivityTaskPolls: SHOP_POLLS,
});
