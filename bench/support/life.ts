import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ArrivalLimit, tooSoon } from './arrivals';
import { arrivalsOf } from './backlog';
import { type Figure, never } from './figures';
import type { JournalCall } from './gateway-rig';
import { byFunction, notOnce, orderCalls, rowsOff, usesOf } from './life-calls';
import { type LifeShop, untilNone } from './life-shop';
import type { RecordedSearch } from './recorder';

/** A whole life takes every order from its appearance to the day after it was shipped. */
interface Lives {
  readonly name: string;
  readonly orderNumbers: readonly string[];
  /** How many parcels left for each order. */
  readonly parcels: ReadonlyMap<string, number>;
  readonly calls: readonly JournalCall[];
  readonly searches: readonly RecordedSearch[];
  /** Orders that did not come to their end. */
  readonly unfinished: number;
  readonly tookMs: number;
  /** What the time is made of. */
  readonly timing: string;
  readonly limit: ArrivalLimit;
}

const PHASE_SECONDS = 20 * 60;
const ORDERS_PER_CALL = 100;
const ORDERS_PER_PAGE = 1000;
/** Orders are read when they are found, at the ship gate, before their report and after it; confirmed; and reported. */
const BATCHES_OF_A_LIFE = 6;
/** Orders are found as new, confirmed, released and closed. */
const PAGES_OF_A_LIFE = 4;
/** Of 1,000 orders. */
const MOST_CALLS = 85;
const MOST_INVENTORY_CALLS = 10;
const AIMED_FROM = 1000;

/** Past their confirmation, their instruction, their report. */
const CONFIRMED = ['awaiting_rakuten', 'ready', 'instructed', 'shipping_reported', 'completed'];
const INSTRUCTED = ['instructed', 'shipping_reported', 'completed'];
const REPORTED = ['shipping_reported', 'completed'];

/** So many orders appear at once, and are shipped at once when all were instructed. */
export async function livesAtOnce(shop: LifeShop, count: number, limit: ArrivalLimit): Promise<Figure[]> {
  await shop.releaseAfter(null);
  shop.forgetSearches();
  const since = new Date();
  const orderNumbers = await shop.buy(count);
  const clock = stopwatch();
  const reach = (stages: readonly string[]) =>
    untilNone(() => missing(shop, stages, orderNumbers), PHASE_SECONDS);
  await shop.sync();
  await reach(CONFIRMED);
  clock.lap('confirmed');
  await shop.releaseAfter(0);
  await untilNone(async () => Array.from({ length: await shop.atRakuten(200) }), PHASE_SECONDS);
  await shop.sync();
  await reach(INSTRUCTED);
  clock.lap('released and instructed');
  const parcels = await shop.ship(orderNumbers);
  await reach(REPORTED);
  clock.lap('reported');
  await shop.night();
  await shop.sync();
  const unfinished = (await reach(['completed'])).length;
  clock.lap('closed');
  const calls = await shop.calls(since);
  const searches = shop.searches();
  const { tookMs, timing } = clock.read();
  const name = `${count} orders at once`;
  return figuresOf(
    { name, orderNumbers, parcels, calls, searches, unfinished, tookMs, timing, limit },
    count,
  );
}

/** Orders appear one by one at this pace, are released soon after, and leave one by one at the same pace. */
export async function livesInTurn(
  shop: LifeShop,
  { count, everyMs, releaseSeconds }: { count: number; everyMs: number; releaseSeconds: number },
  limit: ArrivalLimit,
): Promise<Figure[]> {
  await shop.releaseAfter(releaseSeconds);
  shop.forgetSearches();
  const since = new Date();
  const clock = stopwatch();
  const orderNumbers: string[] = [];
  const parcels = new Map<string, number>();
  const end = Date.now() + PHASE_SECONDS * 1000;
  for (let turn = 0; parcels.size < count && Date.now() < end; turn += 1) {
    await sleep(Math.max(0, since.getTime() + turn * everyMs - Date.now()));
    if (orderNumbers.length < count) orderNumbers.push(...(await shop.buy(1)));
    const [first] = (await shop.in(INSTRUCTED, orderNumbers)).filter((number) => !parcels.has(number));
    if (first !== undefined) for (const [number, own] of await shop.ship([first])) parcels.set(number, own);
  }
  clock.lap('all shipped');
  await untilNone(() => missing(shop, REPORTED, orderNumbers), PHASE_SECONDS);
  clock.lap('reported');
  await shop.night();
  await shop.sync();
  const unfinished = (await untilNone(() => missing(shop, ['completed'], orderNumbers), PHASE_SECONDS))
    .length;
  clock.lap('closed');
  const calls = await shop.calls(since);
  const searches = shop.searches();
  const { tookMs, timing } = clock.read();
  const name = `${count} orders, one every ${everyMs / 1000} s`;
  return figuresOf({ name, orderNumbers, parcels, calls, searches, unfinished, tookMs, timing, limit });
}

const missing = async (
  shop: LifeShop,
  stages: readonly string[],
  numbers: readonly string[],
): Promise<string[]> => {
  const there = new Set(await shop.in(stages, numbers));
  return numbers.filter((number) => !there.has(number));
};

/** `atOnce`: how many orders could share their calls; absent where they come one by one, and nothing is aimed at. */
function figuresOf(lives: Lives, atOnce?: number): Figure[] {
  const { name, orderNumbers, parcels, limit } = lives;
  const calls = orderCalls(lives.calls);
  const { finding, polling } = usesOf(lives.searches);
  const searches = calls.filter(({ operation }) => operation === 'searchOrder').length;
  const readBack = searches - lives.searches.length;
  const perThousand = (value: number) => (1000 * value) / orderNumbers.length;
  const arrivals = arrivalsOf(calls);
  return [
    {
      what: `${name}, whole life: calls per 1,000 orders`,
      value: perThousand(calls.length - polling),
      unit: 'calls',
      ...(atOnce === undefined ? {} : { floor: perThousand(floorOf(atOnce)) }),
      ...(atOnce === AIMED_FROM ? { aim: { atMost: MOST_CALLS } } : {}),
      detail: `${byFunction(calls)}; of the searches ${finding} found something, ${readBack} read confirmations back`,
    },
    ...inventoryFigures(lives),
    { what: `${name}: polling beside that`, value: polling, unit: 'calls' },
    { what: `${name}: time`, value: lives.tookMs / 1000, unit: 's', detail: lives.timing },
    never(`${name}: orders not closed`, lives.unfinished),
    never(`${name}: orders not confirmed exactly once`, notOnce(calls, 'confirmed', orderNumbers)),
    never(`${name}: orders whose rows are not one for each parcel`, rowsOff(calls, parcels)),
    never(`${name}: calls sooner than the limit`, tooSoon(arrivals, limit)),
    never(`${name}: calls refused`, calls.filter(({ httpStatus }) => httpStatus !== 200).length),
  ];
}

/** Of a shop that publishes its stock: what that costs, for as many orders. */
function inventoryFigures({ name, orderNumbers, calls }: Lives): Figure[] {
  const own = calls.filter(({ operation }) => operation.startsWith('inventories.'));
  if (own.length === 0) return [];
  return [
    {
      what: `${name}: inventory calls per 1,000 orders`,
      value: (1000 * own.length) / orderNumbers.length,
      unit: 'calls',
      ...(orderNumbers.length >= AIMED_FROM ? { aim: { atMost: MOST_INVENTORY_CALLS } } : {}),
      detail: byFunction(own),
    },
  ];
}

const floorOf = (orders: number): number =>
  BATCHES_OF_A_LIFE * Math.ceil(orders / ORDERS_PER_CALL) +
  PAGES_OF_A_LIFE * Math.ceil(orders / ORDERS_PER_PAGE);

/** Tells how long each part took. */
function stopwatch() {
  const began = performance.now();
  const laps: string[] = [];
  let last = began;
  return {
    lap: (name: string): void => {
      const now = performance.now();
      laps.push(`${name} ${((now - last) / 1000).toFixed(0)} s`);
      console.log(`         ${laps.at(-1)}`);
      last = now;
    },
    read: () => ({ tookMs: last - began, timing: laps.join(', ') }),
  };
}
