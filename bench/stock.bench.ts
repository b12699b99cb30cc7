/** `npm run bench -- stock [--small] [--only <part>]`: what stock costs with 100,000 SKUs, and at Rakuten (docs/benchmarks.md). */
import { parseArgs } from 'node:util';
import { balances } from './support/balances';
import type { Figure } from './support/figures';
import { type GatewayRig, openGatewayRig } from './support/gateway-rig';
import { livesAtOnce } from './support/life';
import { openLifeShop } from './support/life-shop';
import { measureParts, type Parts } from './support/parts';
import { reconciliation } from './support/reconciliation';
import { reservations } from './support/reservations';
import { runBenchmark } from './support/run';
import type { Servers } from './support/servers';
import { seedStock } from './support/stock-seed';

interface Sizes {
  readonly skus: number;
  readonly orders: number;
  readonly intervalMs: number;
  readonly toleranceMs: number;
}

const FULL: Sizes = { skus: 100_000, orders: 1000, intervalMs: 1000, toleranceMs: 50 };
const SMALL: Sizes = { skus: 3_000, orders: 30, intervalMs: 100, toleranceMs: 50 };
const SHOP = 'stock-bench';

/** A shop with so many SKUs, all linked and counted, whose inventory API takes one request a second. */
const inStockedShop = async (
  servers: Servers,
  sizes: Sizes,
  run: (rig: GatewayRig) => Promise<Figure[]>,
): Promise<Figure[]> => {
  const rig = await openGatewayRig(await servers.database(), sizes);
  try {
    const requestsPerSecond = { 'inventories.bulk.get': 1000 / sizes.intervalMs };
    await rig.openShop(SHOP, { settings: { stockSync: 'reservation', requestsPerSecond } });
    await seedStock(rig.db, { shopId: SHOP, skus: sizes.skus });
    return await run(rig);
  } finally {
    await rig.close();
  }
};

const PARTS: Parts<Sizes> = {
  balance: (servers, sizes) => inStockedShop(servers, sizes, (rig) => balances(rig, SHOP, sizes.skus)),
  reconciliation: (servers, sizes) =>
    inStockedShop(servers, sizes, (rig) => reconciliation(rig, SHOP, sizes.skus)),
  reservations: (servers, sizes) =>
    inStockedShop(servers, sizes, ({ db, pool }) =>
      reservations({ db, pool, shopId: SHOP, skus: sizes.skus }),
    ),
  calls: async (servers, sizes) => {
    const rig = await openGatewayRig(await servers.database(), sizes);
    const shop = await openLifeShop(rig, await servers.temporal(), 60, { stockSync: 'reservation' });
    try {
      return await livesAtOnce(shop, sizes.orders, sizes);
    } finally {
      await shop.close();
      await rig.close();
    }
  },
};

function main(): Promise<Figure[]> {
  const options = { small: { type: 'boolean' }, only: { type: 'string' } } as const;
  const { small, only } = parseArgs({ options }).values;
  return measureParts(PARTS, only, small ? SMALL : FULL);
}

runBenchmark(main);
