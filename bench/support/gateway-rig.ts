import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { ShopSettings } from '../../src/domain/settings';
import { DEFAULT_SETTINGS } from '../../src/domain/settings';
import { openDatabase } from '../../src/store/database';
import { migrate } from '../../src/store/migrate';
import { createShop } from '../../src/store/shops';
import { createVault } from '../../src/store/vault';
import { gatewaysOf } from '../../src/worker/gateways';
import { type Call, controlOf } from './control';

/** One call as the sandbox has written it down. */
export interface JournalCall {
  /** When it arrived, to the millisecond. */
  readonly at: string;
  readonly operation: string;
  readonly httpStatus: number;
  readonly orderNumbers: readonly string[];
  readonly changes: readonly { readonly kind: string; readonly orderNumber?: string }[];
}

/** The gateways of one worker, with a connection pool of its own. */
export type WorkerGateways = ReturnType<typeof gatewaysOf>;

/** PostgreSQL and a sandbox in processes of their own, and gateways in this one; no Temporal, no workflows. */
export interface GatewayRig {
  /** Registers a shop at both ends. `rmsBaseUrl`: where its Rakuten is when it is not the sandbox. */
  openShop(shopId: string, options?: { settings?: Partial<ShopSettings>; rmsBaseUrl?: string }): Promise<Keys>;
  /** Buyers order, all at once. @returns the order numbers */
  buy(shopId: string, count: number): Promise<string[]>;
  /** What a further worker would have. */
  worker(): WorkerGateways;
  /** The shop's calls since then, oldest first. */
  journal(shopId: string, since: Date): Promise<readonly JournalCall[]>;
  readonly rmsBaseUrl: string;
  close(): Promise<void>;
}

/** By what the sandbox knows a shop. */
export interface Keys {
  readonly serviceSecret: string;
  readonly licenseKey: string;
}

const START_MS = 30_000;
const STOP_MS = 10_000;
/** As many as a worker has. */
const CONNECTIONS = 25;
const SKUS = 20;
const UNITS = 90_000;
const ITEM = 'bench';

/** Opens the rig on an empty database. */
export async function openGatewayRig(databaseUrl: string): Promise<GatewayRig> {
  await migrate(databaseUrl);
  const sandbox = await startSandboxProcess(databaseUrl);
  const control = controlOf(sandbox.url);
  const vault = createVault(randomBytes(32));
  const closers: (() => Promise<void>)[] = [];
  const open = () => {
    const database = openDatabase(databaseUrl, { max: CONNECTIONS, onIdleError: () => undefined });
    closers.unshift(database.close);
    return database.db;
  };
  const db = open();
  return {
    rmsBaseUrl: sandbox.url,
    openShop: async (shopId, { settings, rmsBaseUrl } = {}) => {
      const keys = await registerAtSandbox(control, shopId);
      await createShop(db, vault, {
        ...{ shopId, name: shopId, shopUrl: `https://www.rakuten.ne.jp/${shopId}`, ...keys },
        rmsBaseUrl: rmsBaseUrl ?? sandbox.url,
        settings: { ...DEFAULT_SETTINGS, ...settings },
      });
      return keys;
    },
    buy: async (shopId, count) => {
      const path = `/shops/${shopId}/orders`;
      return (await control<{ orderNumbers: string[] }>('POST', path, { count })).orderNumbers;
    },
    worker: () => {
      const observer = { call: () => undefined };
      const gateways = gatewaysOf({ db: open(), vault, rmsBaseUrl: sandbox.url, observer });
      closers.unshift(gateways.close);
      return gateways;
    },
    journal: async (shopId, since) => {
      const query = new URLSearchParams({ shop: shopId, since: since.toISOString(), limit: '100000' });
      return (await control<{ calls: JournalCall[] }>('GET', `/journal?${query}`)).calls;
    },
    close: async () => {
      for (const close of closers) await close();
      await sandbox.stop();
    },
  };
}

/** Registers a shop and its SKUs at the sandbox; its key says nothing but its name. */
async function registerAtSandbox(control: Call, shopCode: string): Promise<Keys> {
  const rakutenShopId = String(randomBytes(4).readUInt32BE() % 900_000).padStart(6, '1');
  const keys = { serviceSecret: `SP${rakutenShopId}_${shopCode}`, licenseKey: `SL${rakutenShopId}_${shopCode}` };
  await control('POST', '/shops', { shopCode, rakutenShopId, ...keys });
  const skus = Array.from({ length: SKUS }, (_, index) => ({ manageNumber: ITEM, variantId: `v${index}` }));
  await control('PUT', `/shops/${shopCode}/inventory`, {
    inventories: skus.map((sku) => ({ ...sku, quantity: UNITS })),
  });
  return keys;
}

/** The sandbox judges arrivals: what keeps this process busy must not keep it from looking at the clock. */
async function startSandboxProcess(databaseUrl: string): Promise<{ url: string; stop(): Promise<void> }> {
  const child = fork(resolve('test/sandbox/process.cjs'), [databaseUrl], { execArgv: [] });
  const [ready] = (await once(child, 'message', { signal: AbortSignal.timeout(START_MS) })) as [{ url: string }];
  return {
    url: ready.url,
    stop: async () => {
      const gone = once(child, 'exit', { signal: AbortSignal.timeout(STOP_MS) });
      child.kill('SIGKILL');
      await gone;
    },
  };
}
