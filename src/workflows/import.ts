import type { Duration } from '@temporalio/common';
import {
  CancellationScope,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { ParkCause } from '../activities/failures';
import type { ImportActivities } from '../activities/import-range';
import { shopTaskQueue } from '../temporal/ids';
import { reasonOf, rethrowCancellation } from './failures';
import type { ImportInput, ImportResult } from './messages';

/** How long an import waits before it goes on after Rakuten refused or was down; the last one repeats. */
const WAITS: readonly Duration[] = ['1 minute', '5 minutes', '15 minutes', '1 hour'];
/** An import that could not go on for so long is given up. */
const PATIENCE_MS = 7 * 24 * 3_600_000;

const { noteImportWaits, finishImport } = proxyLocalActivities<ImportActivities>({
  startToCloseTimeout: '20 seconds',
  scheduleToCloseTimeout: '1 minute',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '5 seconds' },
});

const withShop = ({ shopId }: ImportInput) =>
  proxyActivities<ImportActivities>({
    taskQueue: shopTaskQueue(shopId),
    startToCloseTimeout: '6 hours',
    scheduleToCloseTimeout: '1 day',
    heartbeatTimeout: '15 seconds',
    summary: '期間を指定した取込 / import a range',
    retry: {
      initialInterval: '2 seconds',
      backoffCoefficient: 2,
      maximumInterval: '30 seconds',
      maximumAttempts: 5,
    },
  });

/**
 * Imports a range of orders. Where it is stands in PostgreSQL, so every attempt goes on where the last one stopped.
 * It never fails for what Rakuten does: it waits, says why, and goes on; after a week it is given up.
 */
export async function importRange(input: ImportInput): Promise<ImportResult> {
  try {
    return await untilItEnds(input);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return CancellationScope.nonCancellable(() => end(input, 'cancelled'));
  }
}

const untilItEnds = async (input: ImportInput): Promise<ImportResult> => {
  const giveUpAt = workflowInfo().startTime.getTime() + PATIENCE_MS;
  for (let failures = 0; ; failures += 1) {
    try {
      return await withShop(input).importRange(input);
    } catch (error) {
      const cause = reasonOf(error).cause;
      if (Date.now() >= giveUpAt) return end(input, 'failed', cause);
      // The note is for people; when PostgreSQL itself is what fails, it is written with a later attempt.
      await noteImportWaits(input, cause).catch(rethrowCancellation);
      await sleep(WAITS[Math.min(failures, WAITS.length - 1)] ?? '1 hour');
    }
  }
};

/** Where PostgreSQL does not take the end down, the import still counts as running and is started again later. */
const end = async (
  input: ImportInput,
  state: 'failed' | 'cancelled',
  cause: ParkCause | null = null,
): Promise<ImportResult> => {
  try {
    return await finishImport(input, state, cause);
  } catch (error) {
    rethrowCancellation(error);
    return { state: 'running' };
  }
};
