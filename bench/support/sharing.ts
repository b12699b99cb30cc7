import { setTimeout as sleep } from 'node:timers/promises';
import { RmsError } from '../../src/rms/errors';
import type { RmsGateway } from '../../src/rms/gateway';
import { tooSoon, within } from './arrivals';
import { arrivalsOf } from './backlog';
import { type Figure, never } from './figures';
import type { GatewayRig } from './gateway-rig';
import { startSlowRakuten } from './slow-rakuten';

const INTERVAL_MS = 1000;
/** So many calls wait at any time: the limit never lacks work. */
const WAITING = 3;
/** After a failed call a workflow comes again later, too. */
const PAUSE_MS = 1000;
/** Of 60 calls a minute: what a limit that is kept apart by 20 ms more than it must be leaves, and one call to spare. */
const LEAST_SHARE = 57 / 60;
const LEAST_SHARE_BESIDE_A_SLOW_SHOP = 0.9;
/** How long the slow one of the ten shops takes over an answer. */
const SLOW_MS = 30_000;
const SHOPS = 10;

/** Two workers call for one shop at the same time: whether the limit holds, and how much of it is used. */
export async function twoWorkers(rig: GatewayRig, seconds: number): Promise<Figure[]> {
  const shopId = 'two-workers';
  await rig.openShop(shopId);
  const gateways = [rig.worker(), rig.worker()].map((worker) => worker.of(shopId));
  const since = new Date();
  const stopping = new AbortController();
  const loaded = load(gateways, stopping.signal);
  await sleep(seconds * 1000);
  stopping.abort();
  const failures = await loaded;
  const calls = await rig.journal(shopId, since);
  const arrivals = arrivalsOf(calls);
  const name = 'Two workers on one shop';
  return [
    {
      what: `${name}: calls in ${seconds} s under load`,
      value: within(arrivals, arrivals[0] ?? 0, seconds * 1000),
      unit: 'calls',
      aim: { atLeast: Math.floor(seconds * LEAST_SHARE) },
      detail: `${calls.filter(({ httpStatus }) => httpStatus === 503).length} refused by the sandbox; ${tally(failures)}`,
    },
    never(`${name}: calls sooner than the limit`, tooSoon(arrivals, INTERVAL_MS)),
  ];
}

/** Ten shops in one worker; one of them has a Rakuten that answers in 30 s. */
export async function oneSlowShop(rig: GatewayRig, seconds: number): Promise<Figure[]> {
  const slow = await startSlowRakuten(SLOW_MS);
  const shops = Array.from({ length: SHOPS }, (_, index) => `shop-${index}`);
  const [first = '', ...others] = shops;
  await rig.openShop(first, { rmsBaseUrl: slow.url });
  for (const shop of others) await rig.openShop(shop);
  const worker = rig.worker();
  const since = new Date();
  const stopping = new AbortController();
  const loaded = load(shops.map(worker.of), stopping.signal);
  await sleep(seconds * 1000);
  stopping.abort();
  await slow.close();
  await loaded;
  const arrivals = await Promise.all(others.map(async (shop) => arrivalsOf(await rig.journal(shop, since))));
  const rates = arrivals.map((own) => within(own, since.getTime(), seconds * 1000) / seconds);
  const name = `${SHOPS} shops, one that answers in ${SLOW_MS / 1000} s`;
  return [
    {
      what: `${name}: least share of its rate that another keeps`,
      value: Math.min(...rates),
      unit: '',
      aim: { atLeast: LEAST_SHARE_BESIDE_A_SLOW_SHOP },
      detail: `most ${Math.max(...rates).toFixed(2)}; the slow one was called ${slow.calls()} times in ${seconds} s`,
    },
    never(
      `${name}: calls sooner than the limit`,
      arrivals.reduce((sum, own) => sum + tooSoon(own, INTERVAL_MS), 0),
    ),
  ];
}

/** Keeps calls waiting at all these gateways until it is told to stop; gives how the calls that failed did. */
async function load(gateways: readonly RmsGateway[], signal: AbortSignal): Promise<string[]> {
  const callers = gateways.flatMap((gateway) =>
    Array.from({ length: WAITING }, () => callAgainAndAgain(gateway, signal)),
  );
  return (await Promise.all(callers)).flat();
}

/** One caller: its calls never share a request, so each takes a turn of its own. */
async function callAgainAndAgain(gateway: RmsGateway, signal: AbortSignal): Promise<string[]> {
  const failures: string[] = [];
  while (!signal.aborted) {
    const end = new Date();
    const search = { dateType: 'ordered', start: new Date(end.getTime() - 60_000), end } as const;
    try {
      await gateway.searchOrder({ ...search, page: 1, pageSize: 1, sort: 'asc' }, { priority: 'order', signal });
    } catch (error) {
      if (signal.aborted) break;
      failures.push(error instanceof RmsError ? error.kind : String(error));
      // An aborted pause is the order to stop, which the loop's condition reads.
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return failures;
}

const tally = (failures: readonly string[]): string => {
  const kinds = [...new Set(failures)].map((kind) => `${failures.filter((one) => one === kind).length} ${kind}`);
  return kinds.length === 0 ? 'no call failed' : `calls that failed: ${kinds.join(', ')}`;
};
