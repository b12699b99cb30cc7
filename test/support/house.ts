import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { eq } from 'drizzle-orm';
import { pino } from 'pino';
import type { ActivityContext } from '../../src/activities/context';
import { API_FAMILIES } from '../../src/domain/rate-limits';
import { DEFAULT_SETTINGS, type ShopSettings } from '../../src/domain/settings';
import { manualProvider } from '../../src/fulfilment/manual';
import { warehouseProvider } from '../../src/fulfilment/warehouse-http';
import { startSandbox } from '../../src/sandbox';
import { type OpenDatabase, openDatabase } from '../../src/store/database';
import { outbox } from '../../src/store/schema';
import { createShop } from '../../src/store/shops';
import { createVault, type Vault } from '../../src/store/vault';
import { gatewaysOf } from '../../src/worker/gateways';
import { startOutbox } from '../../src/worker/outbox';
import { runWorkers } from '../../src/worker/workers';
import { recordNewWays } from './histories';
import { createTestNamespace } from './namespace';
import { createMigratedDatabase } from './postgres';
import { sharedBundle } from './workflow-bundle';
import './quiet-runtime';

/** The shop of a house, and the keys by which the sandbox knows it. */
export const SHOP = {
  shopId: 'test-shop',
  serviceSecret: 'SP123456_abcdefghijklmnop',
  licenseKey: 'SL123456_abcdefghijklmnop',
};

/** A question to the sandbox's control page. */
type Control = <T = unknown>(method: string, path: string, body?: unknown) => Promise<T>;

/** PostgreSQL with the schema, a quiet sandbox with one shop, and everything that activities work with. No worker yet. */
export interface House {
  readonly database: OpenDatabase;
  readonly databaseUrl: string;
  /** That of the vault. */
  readonly masterKey: Buffer;
  readonly vault: Vault;
  readonly sandboxUrl: string;
  readonly control: Control;
  readonly context: ActivityContext;
  close(): Promise<void>;
}

export const silent = pino({ level: process.env.TEST_LOG ?? 'silent' });

const HURRIED = Object.fromEntries(API_FAMILIES.map((family) => [family, 500]));

/** Opens a house with one registered shop. Its sandbox grants requests faster than Rakuten so that tests need not wait. */
export async function openHouse(
  settings: Partial<ShopSettings> = {},
  now: () => Date = () => new Date(),
): Promise<House> {
  const database = await createMigratedDatabase();
  const opened = openDatabase(database.url, { max: 20, keepsPlans: true, onIdleError: () => undefined });
  const masterKey = randomBytes(32);
  const vault = createVault(masterKey);
  const sandbox = await startSandbox({
    databaseUrl: database.url,
    host: '127.0.0.1',
    port: 0,
    log: () => undefined,
  });
  const control = controlOf(sandbox.url);
  await control('PUT', '/control/settings', {
    orderRequestsPerSecond: 1000,
    inventoryReadsPerSecond: 1000,
    inventoryWritesPerSecond: 1000,
    tickEveryMs: 50,
  });
  await control('POST', '/control/shops', {
    shopCode: SHOP.shopId,
    rakutenShopId: '123456',
    serviceSecret: SHOP.serviceSecret,
    licenseKey: SHOP.licenseKey,
  });
  await createShop(opened.db, vault, {
    ...SHOP,
    name: 'テスト店',
    shopUrl: `https://www.rakuten.ne.jp/${SHOP.shopId}`,
    rmsBaseUrl: sandbox.url,
    settings: { ...DEFAULT_SETTINGS, requestsPerSecond: HURRIED, ...settings },
  });
  // Who looks after its keys would ask Rakuten in between: a test that wants that asks for it.
  await opened.db.delete(outbox).where(eq(outbox.kind, 'shop.credentials'));
  const gateways = gatewaysOf({
    linger: { quietMs: () => 100, longestMs: 1_000 },
    db: opened.db,
    vault,
    rmsBaseUrl: sandbox.url,
    observer: { call: () => undefined },
  });
  return {
    database: opened,
    databaseUrl: database.url,
    masterKey,
    vault,
    sandboxUrl: sandbox.url,
    control,
    context: {
      db: opened.db,
      pool: opened.pool,
      vault,
      now,
      gateway: gateways.of,
      provider: (shop) =>
        shop.settings.fulfilmentProvider === 'sandbox'
          ? warehouseProvider(`${sandbox.url}/warehouse`, vault.signingSecret(shop.shopId), now)
          : manualProvider,
    },
    close: async () => {
      await gateways.close();
      await sandbox.close();
      await opened.close();
      await database.drop();
    },
  };
}

function controlOf(url: string): Control {
  return async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  };
}

/** A worker with its outbox on a namespace of its own. */
export interface Workshop {
  readonly client: Client;
  readonly address: string;
  readonly namespace: string;
  close(): Promise<void>;
}

/**
 * Starts a worker for a house; without `outbox` what is to reach Temporal stays where it was written.
 * @param at the address of the test file's own Temporal, where it has one
 */
export async function startWorkshop(
  house: House,
  { outbox: drains = true, at }: { readonly outbox?: boolean; readonly at?: string } = {},
): Promise<Workshop> {
  const { address, namespace, client, close } = await createTestNamespace(at);
  const native = await NativeConnection.connect({ address });
  const workflows = { code: await sharedBundle(), buildId: undefined };
  const workers = await runWorkers({
    ...{ context: house.context, log: silent },
    ...{ connection: native, namespace, workflows },
  });
  const outbox = drains ? startOutbox({ ...house.database, client, log: silent }) : undefined;
  return {
    client,
    address,
    namespace,
    close: async () => {
      await recordNewWays(client);
      await outbox?.close();
      await workers.close();
      await native.close();
      await close();
    },
  };
}
