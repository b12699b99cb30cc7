import { existsSync } from 'node:fs';
import { Client } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { ActivityContext } from '../activities/context';
import { withFailures } from '../activities/failures';
import { orderActivities } from '../activities/order';
import { syncActivities } from '../activities/sync';
import type { Config } from '../config';
import { manualProvider } from '../fulfilment/manual';
import type { FulfilmentProvider } from '../fulfilment/provider';
import { warehouseProvider } from '../fulfilment/warehouse-http';
import { createLogger } from '../log';
import { openDatabase } from '../store/database';
import type { Shop } from '../store/shops';
import type { Vault } from '../store/vault';
import { createVault } from '../store/vault';
import { connectTemporal, nativeConnection } from '../temporal/connection';
import { TASK_QUEUE } from '../temporal/ids';
import { ensureSearchAttributes } from '../temporal/search-attributes';
import { BUNDLE_PATH, bundleWorkflows } from './bundle';
import { gatewaysOf } from './gateways';
import { startOutbox } from './outbox';
import { reconcile } from './reconcile';

/** A part that runs until it is closed. */
interface Running {
  close(): Promise<void>;
}

/** A worker cannot run as it was configured. */
export class WorkerConfigError extends Error {
  override readonly name = 'WorkerConfigError';
}

/** Activities mostly wait for their turn at Rakuten, so many may wait at once; local ones keep PostgreSQL busy. */
const SLOTS = { maxConcurrentActivityTaskExecutions: 300, maxConcurrentLocalActivityExecutions: 20 } as const;
const DATABASE_CONNECTIONS = 25;
/** How long a stopping worker lets activities finish; what is cut off is tried again by another worker. */
const DRAIN = '20 seconds';
const RECONCILE_MS = 3_600_000;

/**
 * Runs one worker: workflows, activities, the outbox and the hourly reconciliation. `close` drains it.
 * @throws WorkerConfigError, TemporalUnreachable, SearchAttributeError
 */
export const startWorker = async (config: Config): Promise<Running> => {
  const { databaseUrl, masterKey } = config;
  if (databaseUrl === undefined || masterKey === undefined)
    throw new WorkerConfigError(
      'A worker needs DATABASE_URL and OKURI_MASTER_KEY: set both, or use npm start',
    );
  const log = createLogger('worker');
  const vault = createVault(masterKey);
  const database = openDatabase(databaseUrl, {
    max: DATABASE_CONNECTIONS,
    onIdleError: (error) => log.warn({ err: error }, 'PostgreSQL dropped an idle connection'),
  });
  const { db, pool } = database;
  const gateways = gatewaysOf({
    db,
    vault,
    rmsBaseUrl: config.rms.baseUrl,
    observer: { call: (call) => log.debug(call, 'rms call') },
  });
  const context: ActivityContext = {
    db,
    pool,
    vault,
    now: () => new Date(),
    gateway: gateways.of,
    provider: (shop) => providerOf(shop, vault),
  };
  const connection = await connectTemporal(config);
  const { namespace } = config.temporal;
  await ensureSearchAttributes(connection, namespace);
  const client = new Client({ connection, namespace });
  const native = await nativeConnection(config);
  const worker = await Worker.create({
    ...(await workerOptions(context, log)),
    connection: native,
    namespace,
  });
  const failed = worker.run();
  const outbox = startOutbox({ db, pool, client, log });
  const reconciling = repeat(() => reconcile({ db, pool, client, log }), RECONCILE_MS, log);
  return {
    close: async () => {
      reconciling.stop();
      await outbox.close();
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await failed;
      await gateways.close();
      await native.close();
      await connection.close();
      await database.close();
    },
  };
};

const workerOptions = async (
  context: ActivityContext,
  log: Logger,
): Promise<Omit<WorkerOptions, 'connection'>> => {
  const activities = withFailures(
    { ...orderActivities(context), ...syncActivities(context) },
    (activity, error) => log.error({ err: error, activity }, 'an activity met an error that nobody foresaw'),
  );
  return {
    taskQueue: TASK_QUEUE,
    workflowBundle: existsSync(BUNDLE_PATH) ? { codePath: BUNDLE_PATH } : { code: await bundleWorkflows() },
    activities,
    shutdownGraceTime: DRAIN,
    ...SLOTS,
  };
};

/** The sandbox's warehouse stands beside its Rakuten. A shop out of service has nobody to tell. */
const providerOf = (shop: Shop, vault: Vault): FulfilmentProvider => {
  const { rmsBaseUrl, retiredAt, settings, shopId } = shop;
  if (settings.fulfilmentProvider !== 'sandbox' || rmsBaseUrl === null || retiredAt !== null)
    return manualProvider;
  return warehouseProvider(`${rmsBaseUrl}/warehouse`, vault.signingSecret(shopId), () => new Date());
};

/** Runs something now and again and again; a failure is logged and the next turn tries again. */
const repeat = (run: () => Promise<unknown>, everyMs: number, log: Logger): { stop(): void } => {
  const turn = (): void => {
    run().catch((error: unknown) => log.warn({ err: error }, 'reconciliation failed; it is tried again'));
  };
  turn();
  const timer = setInterval(turn, everyMs);
  return { stop: () => clearInterval(timer) };
};
