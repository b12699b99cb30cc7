import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { OrderRef } from '../domain/order';
import { cancelledAfterEnd } from '../store/cancellations';
import type { Database } from '../store/database';
import { runningFiles } from '../store/file-imports';
import { runningImports } from '../store/imports';
import { runningListingReads } from '../store/listing-reads';
import { withLock } from '../store/locks';
import { openOrders } from '../store/orders';
import { askForKeys, refreshSchedule, wakeAfter, wakeOrders } from '../store/outbox';
import { runningReconciliations } from '../store/reconciliations';
import { listShops } from '../store/shops';
import { orderOfWorkflowId, orderWorkflowId, WORKFLOW } from '../temporal/ids';
import {
  fileStartOptions,
  importStartOptions,
  listingsStartOptions,
  reconciliationStartOptions,
} from '../temporal/start';

const PAGE = 500;

/**
 * Makes sure that every open order, import, file, reading of listings, stock reconciliation and cancellation after
 * shipping has its running workflow, every shop its Schedule, and
 * every shop in service somebody who looks after its keys. What Temporal lost (its data was deleted, an operator
 * terminated it) is started again from what PostgreSQL knows. One process at a time.
 * @returns the orders whose workflow was missing
 */
export const reconcile = async (wiring: {
  db: Database;
  pool: Pool;
  client: Client;
  log: Logger;
}): Promise<OrderRef[]> => {
  const { db, pool, client, log } = wiring;
  const missing = await withLock(pool, 'reconcile', async () => {
    for (const { shopId, retiredAt } of await listShops(db)) {
      await refreshSchedule(db, shopId);
      if (retiredAt === null) await askForKeys(db, shopId);
    }
    await startImports(db, client);
    await startListingReads(db, client);
    await startReconciliations(db, client);
    for (const ref of await cancelledAfterEnd(db)) await wakeAfter(db, ref);
    const running = await runningOrders(client);
    const lost: OrderRef[] = [];
    for (
      let page = await openOrders(db, undefined, undefined, PAGE);
      page.length > 0;
      page = await openOrders(db, undefined, page.at(-1), PAGE)
    ) {
      const suspects = page.filter((ref) => !running.has(orderWorkflowId(ref)));
      for (const ref of suspects) if (!(await isRunning(client, ref))) lost.push(ref);
    }
    await wakeOrders(db, lost);
    return lost;
  });
  if (missing !== undefined && missing.length > 0)
    log.warn({ orders: missing.length }, 'open orders had no running workflow; they are started again');
  return missing ?? [];
};

/** Starting an import or a file that runs changes nothing, and one that was lost goes on where it was. */
const startImports = async (db: Database, client: Client): Promise<void> => {
  for (const { shopId, importId } of await runningImports(db))
    await client.workflow.start(WORKFLOW.import, importStartOptions({ shopId, importId }));
  for (const importId of await runningFiles(db))
    await client.workflow.start(WORKFLOW.fileImport, fileStartOptions(importId));
};

const startListingReads = async (db: Database, client: Client): Promise<void> => {
  for (const read of await runningListingReads(db))
    await client.workflow.start(WORKFLOW.readListings, listingsStartOptions(read, false));
};

/** As with imports. */
const startReconciliations = async (db: Database, client: Client): Promise<void> => {
  for (const row of await runningReconciliations(db))
    await client.workflow.start(WORKFLOW.reconcileStock, reconciliationStartOptions(row));
};

const runningOrders = async (client: Client): Promise<Set<string>> => {
  const ids = new Set<string>();
  const query = `WorkflowType = '${WORKFLOW.order}' and ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query }))
    if (orderOfWorkflowId(workflowId) !== undefined) ids.add(workflowId);
  return ids;
};

/** Visibility may lag behind: what it does not list is asked for by id before it counts as lost. */
const isRunning = async (client: Client, ref: OrderRef): Promise<boolean> => {
  try {
    const { status } = await client.workflow.getHandle(orderWorkflowId(ref)).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
};
