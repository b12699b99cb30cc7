import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { tooSoon, within } from './arrivals';
import { arrivalsOf } from './backlog';
import { aimed, type Figure, never } from './figures';
import { forked, type Served } from './forked';
import type { GatewayRig } from './gateway-rig';
import { load, tally } from './load';
import { startSlowRakuten } from './slow-rakuten';

/** Of 60 calls a minute: what a limit that is kept apart by 20 ms more than it must be leaves, and one call to spare. */
const LEAST_SHARE = 57 / 60;
const LEAST_SHARE_BESIDE_A_SLOW_SHOP = 0.9;
/** How long the slow one of the ten shops takes over an answer. */
const SLOW_MS = 30_000;
const SHOPS = 10;
const WORKERS = 2;
/** Turns until code and connections of a process that has just begun are as quick as they stay. */
const WARM_UP_TURNS = 10;

/** Two worker processes call for one shop at the same time: whether the limit holds, and how much of it is used. */
export async function twoWorkers(rig: GatewayRig, seconds: number): Promise<Figure[]> {
  const shopId = 'two-workers';
  await rig.openShop(shopId);
  const schemas = { ready: z.null(), stopped: z.array(z.string()) };
  const workers: Served<null, string[]>[] = [];
  const failures: string[] = [];
  let since = new Date();
  try {
    while (workers.length < WORKERS) workers.push(await forked('load', { ...rig.wiring, shopId }, schemas));
    // The first calls of all are behind them.
    since = new Date();
    await sleep(seconds * 1000);
  } finally {
    for (const own of await Promise.all(workers.map((worker) => worker.stop()))) failures.push(...own);
  }
  const calls = await rig.journal(shopId, since);
  const arrivals = arrivalsOf(calls);
  const expected = (seconds * 1000) / rig.intervalMs;
  const name = 'Two workers on one shop';
  return [
    {
      what: `${name}: calls in ${seconds} s under load`,
      value: within(arrivals, since.getTime(), seconds * 1000),
      unit: 'calls',
      floor: expected,
      ...aimed(rig, { atLeast: Math.floor(expected * LEAST_SHARE) }),
      detail: `two processes; ${refused(calls)} refused by the sandbox; ${tally(failures)}`,
    },
    never(`${name}: calls sooner than the limit`, tooSoon(arrivals, rig)),
    never(`${name}: calls that the sandbox refused as too many`, refused(calls)),
  ];
}

const refused = (calls: readonly { readonly httpStatus: number }[]): number =>
  calls.filter(({ httpStatus }) => httpStatus === 503).length;

/** Ten shops in one worker; one of them has a Rakuten that answers in 30 s. */
export async function oneSlowShop(rig: GatewayRig, seconds: number): Promise<Figure[]> {
  const slow = await startSlowRakuten(SLOW_MS);
  const shops = Array.from({ length: SHOPS }, (_, index) => `shop-${index}`);
  const [first = '', ...others] = shops;
  await rig.openShop(first, { rmsBaseUrl: slow.url });
  for (const shop of others) await rig.openShop(shop);
  const worker = rig.worker();
  const expected = (seconds * 1000) / rig.intervalMs;
  const stopping = new AbortController();
  const loaded = load(shops.map(worker.of), stopping.signal);
  await sleep(WARM_UP_TURNS * rig.intervalMs);
  const since = new Date();
  await sleep(seconds * 1000);
  stopping.abort();
  await slow.close();
  await loaded;
  const arrivals = await Promise.all(others.map(async (shop) => arrivalsOf(await rig.journal(shop, since))));
  const rates = arrivals.map((own) => within(own, since.getTime(), seconds * 1000) / expected);
  const name = `${SHOPS} shops, one that answers in ${SLOW_MS / 1000} s`;
  return [
    {
      what: `${name}: least share of its rate that another keeps`,
      value: Math.min(...rates),
      unit: '',
      ...aimed(rig, { atLeast: LEAST_SHARE_BESIDE_A_SLOW_SHOP }),
      detail: `most ${Math.max(...rates).toFixed(2)}; the slow one was called ${slow.calls()} times in ${seconds} s`,
    },
    never(
      `${name}: calls sooner than the limit`,
      arrivals.reduce((sum, own) => sum + tooSoon(own, rig), 0),
    ),
  ];
}
