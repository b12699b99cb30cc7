import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { ImportActivities } from '../activities/import-range';
import { shopTaskQueue } from '../temporal/ids';
import type { ImportInput, ImportResult } from './messages';
import { patiently } from './patience';

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

/** Imports a range of orders. What keeps it from going on is waited for; after a week it is given up. */
export async function importRange(input: ImportInput): Promise<ImportResult> {
  return patiently({
    attempt: () => withShop(input).importRange(input),
    noteWaits: (cause) => noteImportWaits(input, cause),
    finish: (state, cause) => finishImport(input, state, cause),
    patienceMs: PATIENCE_MS,
  });
}
