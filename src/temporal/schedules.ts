import type { Client, ScheduleOptions } from '@temporalio/client';
import { ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import { syncScheduleId, TASK_QUEUE, WORKFLOW } from './ids';
import { OkuriShopId } from './search-attributes';

/** How a shop is synchronised. */
export interface SyncPlan {
  readonly shopId: string;
  readonly intervalSeconds: number;
  readonly paused: boolean;
}

/**
 * Makes the Schedule of a shop agree with its plan: created, changed or paused. Runs never overlap; one that came due
 * during another follows it at once. Runs missed while Temporal was down are not made up for: the next one finds what
 * they would have.
 */
export const ensureSyncSchedule = async (client: Client, plan: SyncPlan): Promise<void> => {
  const options = optionsOf(plan);
  const handle = client.schedule.getHandle(options.scheduleId);
  try {
    await handle.update(() => ({ ...options, state: { paused: plan.paused } }));
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    await client.schedule.create({ ...options, state: { paused: plan.paused } });
  }
};

/** Lets the shop be synchronised now, or right after the run that is under way. Without a Schedule it is not. */
export const triggerSync = async (client: Client, shopId: string): Promise<void> => {
  try {
    await client.schedule.getHandle(syncScheduleId(shopId)).trigger(ScheduleOverlapPolicy.BUFFER_ONE);
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
};

const optionsOf = ({ shopId, intervalSeconds }: SyncPlan) =>
  ({
    scheduleId: syncScheduleId(shopId),
    spec: { intervals: [{ every: intervalSeconds * 1000 }] },
    policies: { overlap: ScheduleOverlapPolicy.BUFFER_ONE, catchupWindow: 60_000 },
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW.sync,
      workflowId: syncScheduleId(shopId),
      taskQueue: TASK_QUEUE,
      args: [{ shopId }],
      workflowRunTimeout: '1 hour',
      typedSearchAttributes: [{ key: OkuriShopId, value: shopId }],
    },
  }) satisfies ScheduleOptions;
