import { ActivityFailure, ApplicationFailure, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { SyncActivities } from '../activities/sync';
import { shopTaskQueue } from '../temporal/ids';
import type { SyncInput, SyncResult } from './messages';

const withShop = ({ shopId }: SyncInput) =>
  proxyActivities<SyncActivities>({
    taskQueue: shopTaskQueue(shopId),
    startToCloseTimeout: '30 minutes',
    scheduleToCloseTimeout: '30 minutes',
    heartbeatTimeout: '15 seconds',
    summary: '受注の同期 / synchronise with Rakuten',
    retry: { maximumAttempts: 1 },
  });

/**
 * One synchronisation of a shop. When Rakuten refuses or is down it ends and says so: the Schedule starts the next
 * one, which goes on where this one stopped.
 */
export async function sync(input: SyncInput): Promise<SyncResult> {
  try {
    return await withShop(input).syncShop(input);
  } catch (error) {
    if (isCancellation(error)) throw error;
    const cause = error instanceof ActivityFailure ? error.cause : error;
    const skipped = cause instanceof ApplicationFailure ? (cause.type ?? 'internal') : 'internal';
    return { searched: 0, read: 0, imported: 0, moved: 0, stockPublished: 0, skipped };
  }
}
