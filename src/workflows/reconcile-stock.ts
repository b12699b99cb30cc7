import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { ReconciliationActivities } from '../activities/reconcile-stock';
import { shopTaskQueue } from '../temporal/ids';
import { AT_RAKUTEN, lasting, NOTES } from './lasting';
import type { ReconciliationInput, ReconciliationResult } from './messages';

/** The next day's comparison is worth more than this one. */
const PATIENCE_MS = 24 * 3_600_000;

const { noteReconciliationWaits, finishReconciliation } =
  proxyLocalActivities<ReconciliationActivities>(NOTES);

const withShop = ({ shopId }: ReconciliationInput) =>
  proxyActivities<ReconciliationActivities>({
    taskQueue: shopTaskQueue(shopId),
    startToCloseTimeout: '2 hours',
    scheduleToCloseTimeout: '6 hours',
    ...AT_RAKUTEN,
    summary: '在庫の照合 / reconcile stock',
  });

/** Compares a shop's stock with Rakuten's. What keeps it from going on is waited for; after a day it is given up. */
export const reconcileStock = (input: ReconciliationInput): Promise<ReconciliationResult> =>
  lasting<ReconciliationResult>({
    attempt: () => withShop(input).reconcileStock(input),
    note: (cause) => noteReconciliationWaits(input, cause),
    end: (state, cause) => finishReconciliation(input, state, cause),
    patienceMs: PATIENCE_MS,
  });
