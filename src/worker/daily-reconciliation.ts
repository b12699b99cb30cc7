import type { Client } from '@temporalio/client';
import type { Database } from '../store/database';
import { beginReconciliation, reconciledSince } from '../store/reconciliations';
import { findShop } from '../store/shops';
import { WORKFLOW } from '../temporal/ids';
import { newReconciliationStartOptions, reconciliationStartOptions } from '../temporal/start';

/** A reconciliation that is not older than this serves for the day. */
const FRESH_MS = 20 * 3_600_000;

/**
 * Begins the daily reconciliation of a shop and its workflow, unless one was done lately. One that runs already is
 * started only if its workflow was lost.
 */
export const beginDailyReconciliation = async (
  db: Database,
  client: Client,
  shopId: string,
): Promise<void> => {
  const shop = await findShop(db, shopId);
  if (shop === undefined || shop.retiredAt !== null || !shop.settings.skuProjectMigrated) return;
  if (await reconciledSince(db, shopId, new Date(Date.now() - FRESH_MS))) return;
  const outcome = await beginReconciliation(db, { shopId, requestedBy: 'system' });
  const options =
    'begun' in outcome
      ? newReconciliationStartOptions(outcome.begun)
      : reconciliationStartOptions(outcome.running);
  await client.workflow.start(WORKFLOW.reconcileStock, options);
};
