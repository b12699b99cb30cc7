import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { ShopSettings } from '../../src/domain/settings';
import { DEFAULT_SETTINGS } from '../../src/domain/settings';
import { type Database, openDatabase } from '../../src/store/database';
import { migrate } from '../../src/store/migrate';
import { createShop } from '../../src/store/shops';
import { createVault, type Vault } from '../../src/store/vault';
import { gatewaysOf } from '../../src/worker/gateways';
import type { ArrivalLimit } from './arrivals';
import { type Call, controlOf } from './control';
import { forked } from './forked';

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
type WorkerGateways = ReturnType<typeof gatewaysOf>;

/** PostgreSQL and a sandbox in processes of their own, and gateways in this one; no Temporal, no workflows. */
export interface GatewayRig extends ArrivalLimit {
  /** Registers a shop at both ends. `rmsBaseUrl`: where its Rakuten is when it is not the sandbox. */
  openShop(
    shopId: string,
    options?: { settings?: Partial<ShopSettings>; rmsBaseUrl?: string },
  ): Promise<Keys>;
  /** Buyers order, all at once. @returns the order numbers */
  buy(shopId: string, count: number, overrides?: object): Promise<string[]>;
  /** What a further worker would have. */
  worker(): WorkerGateways;
  /** The shop's calls since then, oldest first. */
  journal(shopId: string, since: Date): Promise<readonly JournalCall[]>;
  readonly rmsBaseUrl: string;
  /** Of the sandbox's process. */
  readonly sandboxPid: number;
  /** What a worker in a process of its own must know to call for the rig's shops. */
  readonly wiring: WorkerWiring;
  readonly db: Database;
  readonly pool: Pool;
  readonly vault: Vault;
  readonly control: Call;
  close(): Promise<void>;
}

/** Everything by which a worker is wired; the key is the rig's own and ends with it. */
export interface WorkerWiring {
  readonly databaseUrl: string;
  readonly rmsBaseUrl: string;
  /** Hexadecimal. */
  readonly masterKey: string;
}

/** By what the sandbox knows a shop. */
export interface Keys {
  readonly serviceSecret: string;
  readonly licenseKey: string;
}

/** As many as a worker has. */
const CONNECTIONS = 25;
const UNITS = 90_000;
/** Rakuten's own, in the seconds that an asynchronous report takes; nothing moves on to 300 by itself. */
const RAKUTEN = { asyncShippingDelaySeconds: 3, fixDelaySeconds: 10_000_000 };

/** What every shop of a rig sells: manageNumber and variantId. */
export const PAIRS = Array.from({ length: 20 }, (_, index) => ({
  manageNumber: 'bench',
  variantId: `v${index}`,
}));

/**
 * Opens the rig on an empty database; the limit is that of each shop's order API.
 * @param sandboxUrl where the sandbox keeps its books, if what it does is not to be counted as ours
 */
export async function openGatewayRig(
  databaseUrl: string,
  limit: ArrivalLimit,
  sandboxUrl = databaseUrl,
): Promise<GatewayRig> {
  const perSecond = 1000 / limit.intervalMs;
  await migrate(databaseUrl);
  const sandbox = await forked('sandbox', sandboxUrl, { ready: z.string(), stopped: z.null() });
  const rmsBaseUrl = sandbox.ready;
  const control = controlOf(rmsBaseUrl);
  await control('PUT', '/settings', {
    ...RAKUTEN,
    orderRequestsPerSecond: perSecond,
    rateToleranceMs: limit.toleranceMs,
  });
  const masterKey = randomBytes(32);
  const vault = createVault(masterKey);
  const closers: (() => Promise<void>)[] = [];
  const open = () => {
    const database = openDatabase(databaseUrl, { max: CONNECTIONS, onIdleError: () => undefined });
    closers.unshift(database.close);
    return database;
  };
  const { db, pool } = open();
  return {
    ...{ ...limit, rmsBaseUrl, sandboxPid: sandbox.pid, db, pool, vault, control },
    wiring: { databaseUrl, rmsBaseUrl, masterKey: masterKey.toString('hex') },
    openShop: async (shopId, options = {}) => {
      const keys = await registerAtSandbox(control, shopId);
      await createShop(db, vault, {
        ...{ shopId, name: shopId, shopUrl: `https://www.rakuten.ne.jp/${shopId}`, ...keys },
        rmsBaseUrl: options.rmsBaseUrl ?? rmsBaseUrl,
        settings: { ...DEFAULT_SETTINGS, requestsPerSecond: { order: perSecond }, ...options.settings },
      });
      return keys;
    },
    buy: async (shopId, count, overrides = {}) => {
      const path = `/shops/${shopId}/orders`;
      return (await control<{ orderNumbers: string[] }>('POST', path, { count, overrides })).orderNumbers;
    },
    worker: () => {
      const observer = { call: () => undefined };
      const gateways = gatewaysOf({ db: open().db, vault, rmsBaseUrl, observer });
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
  const keys = {
    serviceSecret: `SP${rakutenShopId}_${shopCode}`,
    licenseKey: `SL${rakutenShopId}_${shopCode}`,
  };
  await control('POST', '/shops', { shopCode, rakutenShopId, ...keys });
  await control('PUT', `/shops/${shopCode}/inventory`, {
    inventories: PAIRS.map((pair) => ({ ...pair, quantity: UNITS })),
  });
  return keys;
}
