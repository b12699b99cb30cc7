import { Client } from '@temporalio/client';
import type { ActivityContext } from '../activities/context';
import type { Config } from '../config';
import { manualProvider } from '../fulfilment/manual';
import type { FulfilmentProvider } from '../fulfilment/provider';
import { warehouseProvider } from '../fulfilment/warehouse-http';
import { createLogger, detached } from '../log';
import { freePort } from '../machine';
import { openDatabase } from '../store/database';
import { KEYS_NOT_READ, openVault } from '../store/keyring';
import { applicationName } from '../store/rotation';
import type { Shop } from '../store/shops';
import type { Vault } from '../store/vault';
import { connectTemporal, nativeConnection } from '../temporal/connection';
import { orderWorkflowId, workflowUrl } from '../temporal/ids';
import { ensureSearchAttributes } from '../temporal/search-attributes';
import { type AlertWiring, startAlerts } from './alerts';
import { loadBundle } from './bundle';
import { startCallLog } from './call-log';
import { createClockWatch } from './clock-watch';
import { prepareDeploy } from './deploy';
import { gatewaysOf } from './gateways';
import { showMetrics } from './metrics';
import { startOutbox } from './outbox';
import { eraseDuePersonalData } from './personal-data';
import { probeParkedShops } from './prober';
import { reconcile } from './reconcile';
import { repeat } from './repeat';
import { startResealing } from './reseal';
import { installRuntime } from './runtime';
import { watchSearchWindows } from './search-window-watch';
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
/** Personal data whose time is over is erased within this. */
const ERASE_MS = 3_600_000;
/** What is left of Rakuten's searches is counted in days. */
const SEARCH_WINDOWS_MS = 3_600_000;

/**
 * Runs one worker: workflows, activities, the outbox, alerts, and hourly the reconciliation and the erasure. `close` drains it.
 * With `makeCurrent` its version of the workflow code gets the orders whatever was current before.
 * @throws WorkerConfigError, TemporalUnreachable, SearchAttributeError, DeployRefused
 */
export const startWorker = async (config: Config, makeCurrent = false): Promise<Running> => {
  const databaseUrl = config.databaseUrl?.reveal();
  const masterKey = config.masterKey?.reveal();
  if (databaseUrl === undefined || masterKey === undefined)
    throw new WorkerConfigError(
      'A worker needs DATABASE_URL and OKURI_MASTER_KEY: set both, or use npm start',
    );
  const log = createLogger('worker');
  const sdkMetrics = config.workerMetrics.port === undefined ? undefined : `127.0.0.1:${await freePort()}`;
  installRuntime(log, sdkMetrics);
  const tracing = config.tracing ? (await import('../tracing.js')).startTracing('okuri-worker') : undefined;
  const database = openDatabase(databaseUrl, {
    max: DATABASE_CONNECTIONS,
    keepsPlans: true,
    name: applicationName(masterKey),
    onIdleError: (error) => log.warn({ err: error }, 'PostgreSQL dropped an idle connection'),
  });
  const { db, pool } = database;
  const keys = await openVault(db, masterKey, (error) => log.warn({ err: error }, KEYS_NOT_READ));
  const { vault } = keys;
  const callLog = startCallLog({ db, log });
  const clockWatch = createClockWatch({ db, log });
  const observers = [callLog.observer, clockWatch.observer, ...(tracing ? [tracing.calls] : [])];
  const gateways = gatewaysOf({
    db,
    vault,
    rmsBaseUrl: config.rms.baseUrl,
    observer: {
      ...(tracing?.calls.mark && { mark: tracing.calls.mark }),
      // Whoever woke the lane last is not who the request is about.
      call: (observed) =>
        detached(() => {
          for (const { call } of observers) call(observed);
        }),
    },
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
  const client = new Client({ connection, namespace, ...(tracing && { interceptors: tracing.client }) });
  const native = await nativeConnection(config);
  const code = await loadBundle();
  const deploy = await prepareDeploy({ connection, namespace, code, log, insists: makeCurrent });
  // Whether it makes traces is no other version: it replays what the other one did.
  const workflows = { code: tracing ? await loadBundle('traced') : code, buildId: deploy.buildId };
  const workers = await runWorkers({
    context,
    log,
    connection: native,
    namespace,
    workflows,
    tracing: tracing?.worker,
  });
  await deploy.settle();
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
  const resealing = startResealing({ db, pool, keys, log });
  const erasing = repeat(
    () => eraseDuePersonalData({ db, pool, vault, now: context.now, log }),
    ERASE_MS,
    again('erasing personal data'),
  );
  const watchingWindows = repeat(
    () => watchSearchWindows(db, new Date()),
    SEARCH_WINDOWS_MS,
    again('looking at what is left of searches'),
  );
  const metrics = sdkMetrics === undefined ? undefined : await showMetrics(config.workerMetrics, sdkMetrics);
  const alerting = startAlerts({ db, vault, log, ...orderUrlOf(config) });
  return {
    close: async () => {
      await metrics?.close();
      // It may be waiting for Rakuten, which the end of the gateways cuts short.
      const asking = probing.close();
      await Promise.all([
        reconciling.close(),
        watchingWindows.close(),
        outbox.close(),
        alerting.close(),
        erasing.close(),
        resealing.close(),
      ]);
      await workers.close();
      await gateways.close();
      await asking;
      await Promise.all([callLog.close(), clockWatch.settled()]);
      await native.close();
      await connection.close();
      await keys.close();
      await database.close();
      await tracing?.close();
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
