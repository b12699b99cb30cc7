import { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { ActivityContext } from '../activities/context';
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
import { ensureSearchAttributes } from '../temporal/search-attributes';
import { gatewaysOf } from './gateways';
import { workerOptions } from './options';
import { startOutbox } from './outbox';
import { reconcile } from './reconcile';
import { installRuntimeLog } from './runtime-log';

/** A part that runs until it is closed. */
interface Running {
  close(): Promise<void>;
}

/** A worker cannot run as it was configured. */
class WorkerConfigError extends Error {
  override readonly name = 'WorkerConfigError';
}

const DATABASE_CONNECTIONS = 25;
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
  installRuntimeLog(log);
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
    observer: { call: (call) => log[call.outcome === 'ok' ? 'debug' : 'warn'](call, 'rms call') },
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
