import { Client } from '@temporalio/client';
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
import { orderWorkflowId, workflowUrl } from '../temporal/ids';
import { ensureSearchAttributes } from '../temporal/search-attributes';
import { type AlertWiring, startAlerts } from './alerts';
import { startCallLog } from './call-log';
import { gatewaysOf } from './gateways';
import { startOutbox } from './outbox';
import { probeParkedShops } from './prober';
import { reconcile } from './reconcile';
import { repeat } from './repeat';
import { installRuntimeLog } from './runtime-log';
import { runWorkers } from './workers';

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
/** Parked shops are looked at this often; how often each is probed stands with its circuit. */
const PROBE_MS = 1_000;

/**
 * Runs one worker: workflows, activities, the outbox, alerts and the hourly reconciliation. `close` drains it.
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
  const callLog = startCallLog({ db, log });
  const gateways = gatewaysOf({
    db,
    vault,
    rmsBaseUrl: config.rms.baseUrl,
    observer: callLog.observer,
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
  const workers = await runWorkers({ context, log, connection: native, namespace });
  const outbox = startOutbox({ db, pool, client, log });
  const again = (what: string) => (error: unknown) =>
    log.warn({ err: error }, `${what} failed; it is tried again`);
  const reconciling = repeat(
    () => reconcile({ db, pool, client, log }),
    RECONCILE_MS,
    again('reconciliation'),
  );
  const probing = repeat(
    () => probeParkedShops({ db, gateway: gateways.of, log }),
    PROBE_MS,
    again('probing a parked shop'),
  );
  const alerting = startAlerts({ db, vault, log, ...orderUrlOf(config) });
  return {
    close: async () => {
      // It may be waiting for Rakuten, which the end of the gateways cuts short.
      const asking = probing.close();
      await Promise.all([reconciling.close(), outbox.close(), alerting.close()]);
      await workers.close();
      await gateways.close();
      await asking;
      await callLog.close();
      await native.close();
      await connection.close();
      await database.close();
    },
  };
};

/** People look at an order in Temporal UI, where its address is known. */
const orderUrlOf = ({ temporalUiUrl: ui, temporal: { namespace } }: Config): Pick<AlertWiring, 'orderUrl'> =>
  ui === undefined ? {} : { orderUrl: (order) => workflowUrl(ui, namespace, orderWorkflowId(order)) };

/** The sandbox's warehouse stands beside its Rakuten. A shop out of service has nobody to tell. */
const providerOf = (shop: Shop, vault: Vault): FulfilmentProvider => {
  const { rmsBaseUrl, retiredAt, settings, shopId } = shop;
  if (settings.fulfilmentProvider !== 'sandbox' || rmsBaseUrl === null || retiredAt !== null)
    return manualProvider;
  return warehouseProvider(`${rmsBaseUrl}/warehouse`, vault.signingSecret(shopId), () => new Date());
};
