import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RmsGateway } from '../rms/gateway';
import { createGateway } from '../rms/gateway';
import type { ApiFamily, CallObserver, RateLimiter } from '../rms/ports';
import type { Database } from '../store/database';
import { delaySlots, spaceFromNow, takeSlot } from '../store/limits';
import { findShop, liveKey } from '../store/shops';
import type { Vault } from '../store/vault';

/**
 * Milliseconds between two calls of a shop, per API family: the order API allows one a second for all its functions
 * together (order reference §11), inventory one write and five reads (inventory reference §3.4). Two hundredths more
 * keep clear of the edge, since Rakuten judges by arrival.
 */
const INTERVAL_MS: Readonly<Record<ApiFamily, number>> = {
  order: 1020,
  'inventory-read': 220,
  'inventory-write': 1020,
};

/** Three calls that wait this long each, and are answered late, still end before their activity's attempt does. */
const MAX_WAIT_MS = 90_000;

/** A process that was busy when its slot came sends late; the next slot then keeps its distance from that. */
const LATE_MS = 5;

/** The rate limit of all worker processes together, kept in PostgreSQL. */
const postgresLimiter = (db: Database): RateLimiter => ({
  take: async (shopId, family, signal) => {
    const wait = await takeSlot(db, shopId, family, INTERVAL_MS[family]);
    if (wait === 0) return;
    const due = performance.now() + wait;
    await sleep(wait, undefined, signal === undefined ? {} : { signal });
    if (performance.now() - due > LATE_MS) await spaceFromNow(db, shopId, family);
  },
  slowDown: (shopId, family, ms) => delaySlots(db, shopId, family, ms),
});

/** A shop that is not registered, or that has no live key. */
class NoConnectionError extends Error {
  override readonly name = 'NoConnectionError';
}

/** What a gateway needs beside the shop's id. */
export interface GatewayWiring {
  readonly db: Database;
  readonly vault: Vault;
  readonly rmsBaseUrl: string;
  readonly observer: CallObserver;
}

/** The gateways of this process, made when first asked for. The key is read anew for each request, so that it can change. */
export const gatewaysOf = ({ db, vault, rmsBaseUrl, observer }: GatewayWiring) => {
  const gateways = new Map<string, RmsGateway>();
  const limiter = postgresLimiter(db);
  const connection = async (shopId: string) => {
    const shop = await findShop(db, shopId);
    const credentials = await liveKey(db, vault, shopId);
    if (shop === undefined || credentials === undefined)
      throw new NoConnectionError(`Shop ${shopId} has no live key: register one`);
    return { baseUrl: shop.rmsBaseUrl ?? rmsBaseUrl, credentials };
  };
  return {
    of: (shopId: string): RmsGateway => {
      const known = gateways.get(shopId);
      if (known !== undefined) return known;
      const made = createGateway({
        shopId,
        connection: () => connection(shopId),
        limiter,
        observer,
        maxWaitMs: MAX_WAIT_MS,
      });
      gateways.set(shopId, made);
      return made;
    },
    close: async (): Promise<void> => {
      await Promise.all([...gateways.values()].map((gateway) => gateway.close()));
    },
  };
};
