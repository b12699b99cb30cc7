import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { ImportActivities } from '../activities/import-range';
import { shopTaskQueue } from '../temporal/ids';
import { AT_RAKUTEN, lasting, NOTES } from './lasting';
import type { ImportInput, ImportResult } from './messages';

/** An import that could not go on for so long is given up. */
const PATIENCE_MS = 7 * 24 * 3_600_000;

const { noteImportWaits, finishImport } = proxyLocalActivities<ImportActivities>(NOTES);

const withShop = ({ shopId }: ImportInput) =>
  proxyActivities<ImportActivities>({
    taskQueue: shopTaskQueue(shopId),
    startToCloseTimeout: '6 hours',
    scheduleToCloseTimeout: '1 day',
    ...AT_RAKUTEN,
    summary: '期間を指定した取込 / import a range',
  });

/** Imports a range of orders; it waits and says why whatever Rakuten does, and is given up after a week. */
export const importRange = (input: ImportInput): Promise<ImportResult> =>
  lasting<ImportResult>({
    attempt: () => withShop(input).importRange(input),
    note: (cause) => noteImportWaits(input, cause),
    end: (state, cause) => finishImport(input, state, cause),
    patienceMs: PATIENCE_MS,
  });
