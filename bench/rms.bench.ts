/** `npm run bench -- rms [--small] [--only <part>]`: what an order costs at Rakuten's rate limit (docs/benchmarks.md). */
import { parseArgs } from 'node:util';
import type { ArrivalLimit } from './support/arrivals';
import { drainBacklog, memoryOfWaiting } from './support/backlog';
import type { Figure } from './support/figures';
import { type GatewayRig, openGatewayRig } from './support/gateway-rig';
import { livesAtOnce, livesInTurn } from './support/life';
import { type LifeShop, openLifeShop } from './support/life-shop';
import { loneOrder } from './support/lone';
import { measureParts, type Parts } from './support/parts';
import { runBenchmark } from './support/run';
import type { Servers } from './support/servers';
import { oneSlowShop, twoWorkers } from './support/sharing';

/** How much of everything is measured. */
interface Sizes extends ArrivalLimit {
  readonly atOnce: number;
  readonly trickle: { readonly count: number; readonly everyMs: number; readonly releaseSeconds: number };
  readonly syncIntervalSeconds: number;
  readonly backlog: number;
  readonly lone: number;
  readonly seconds: number;
  readonly waiting: number;
}

const FULL: Sizes = {
  atOnce: 1000,
  trickle: { count: 300, everyMs: 2_000, releaseSeconds: 30 },
  syncIntervalSeconds: 60,
  backlog: 5000,
  lone: 10,
  seconds: 60,
  waiting: 5000,
  intervalMs: 1000,
  toleranceMs: 50,
};

/** Everything in little, at ten times Rakuten's limit. */
const SMALL: Sizes = {
  atOnce: 30,
  trickle: { count: 3, everyMs: 500, releaseSeconds: 1 },
  syncIntervalSeconds: 5,
  backlog: 300,
  lone: 3,
  seconds: 5,
  waiting: 300,
  intervalMs: 100,
  toleranceMs: 50,
};

const inRig = async (servers: Servers, sizes: Sizes, run: (rig: GatewayRig) => Promise<Figure[]>) => {
  const rig = await openGatewayRig(await servers.database(), sizes);
  try {
    return await run(rig);
  } finally {
    await rig.close();
  }
};

const inLifeShop = (servers: Servers, sizes: Sizes, run: (shop: LifeShop) => Promise<Figure[]>) =>
  inRig(servers, sizes, async (rig) => {
    const shop = await openLifeShop(rig, await servers.temporal(), sizes.syncIntervalSeconds);
    try {
      return await run(shop);
    } finally {
      await shop.close();
    }
  });

const PARTS: Parts<Sizes> = {
  life: (servers, sizes) => inLifeShop(servers, sizes, (shop) => livesAtOnce(shop, sizes.atOnce, sizes)),
  trickle: (servers, sizes) => inLifeShop(servers, sizes, (shop) => livesInTurn(shop, sizes.trickle, sizes)),
  backlog: (servers, sizes) => inRig(servers, sizes, (rig) => drainBacklog(rig, sizes.backlog)),
  lone: (servers, sizes) => inRig(servers, sizes, (rig) => loneOrder(rig, sizes.lone)),
  workers: (servers, sizes) => inRig(servers, sizes, (rig) => twoWorkers(rig, sizes.seconds)),
  shops: (servers, sizes) => inRig(servers, sizes, (rig) => oneSlowShop(rig, sizes.seconds)),
  memory: async (_servers, sizes) => [await memoryOfWaiting(sizes.waiting)],
};

function main(): Promise<Figure[]> {
  const options = { small: { type: 'boolean' }, only: { type: 'string' } } as const;
  const { small, only } = parseArgs({ options }).values;
  return measureParts(PARTS, only, small ? SMALL : FULL);
}

runBenchmark(main);
