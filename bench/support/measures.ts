import { STAGES } from '../../src/domain/order';
import { eventually } from '../../test/support/eventually';
import { type Figure, never } from './figures';
import type { Floor } from './floor';
import {
  appearances,
  type Bench,
  buyAtOnce,
  buyInTurn,
  confirmationsOf,
  historyLengths,
  type JournalCall,
  journal,
  LIMITS,
  reportTimes,
  setLimit,
  stragglers,
} from './orders';
import { type PartUsage, usageOf } from './processes';
import { mean, percentile, seconds } from './report';

/** Paces in milliseconds at which orders meet a sync interval of 5 s at every point of it. */
const SLOW_PACE_MS = 3_400;
const QUICK_PACE_MS = 1_300;
const AT_ONCE = 150;
const CONFIRMED_WITHIN_SECONDS = 10;
const MOST_EVENTS = 60;
const PAST_CONFIRMATION = STAGES.slice(STAGES.indexOf('awaiting_rakuten'));

/** What was measured, and the orders that it was measured with. */
export interface Measured {
  readonly figures: readonly Figure[];
  readonly orders: readonly string[];
}

/**
 * At Rakuten's own limit: how long orders wait for their confirmation while nothing else happens to the shop (Rakuten
 * releases nothing yet), and then while the first ones are released, ship and are reported all at once.
 */
export async function atRakutensLimit(bench: Bench): Promise<Measured> {
  await setLimit(bench, LIMITS.rakuten);
  // The first synchronisation sweeps everything, which later ones do once an hour.
  await eventually(
    () => journal(bench),
    (calls) => calls.length >= 2,
  );
  await bench.control('PUT', '/control/settings', { fixDelaySeconds: null });
  const since = new Date();
  const calm = await buyInTurn(bench, { count: 10, everyMs: SLOW_PACE_MS, seed: 1_000 });
  await stragglers(bench, calm, PAST_CONFIRMATION);
  await bench.control('PUT', '/control/settings', { fixDelaySeconds: 1 });
  const busy = await buyInTurn(bench, { count: 6, everyMs: SLOW_PACE_MS, seed: 2_000 });
  const orders = [...calm, ...busy];
  await stragglers(bench, orders, ['completed']);
  const calls = await journal(bench, since);
  const appeared = await appearances(bench);
  return {
    orders,
    figures: [
      confirmationFigure('1 request/s', calm, calls, appeared),
      confirmationFigure(`1 request/s, while ${calm.length} others ship`, busy, calls, appeared),
      callsFigure('1 request/s', calls, orders.length),
    ],
  };
}

/** At the demo's limit: how long orders wait for their confirmation while those before them go on to their end. */
export async function atDemoLimit(bench: Bench): Promise<Measured> {
  await setLimit(bench, LIMITS.demo);
  const since = new Date();
  const orders = await buyInTurn(bench, { count: 16, everyMs: QUICK_PACE_MS, seed: 3_000 });
  await stragglers(bench, orders, ['completed']);
  const calls = await journal(bench, since);
  return {
    orders,
    figures: [
      confirmationFigure('5 requests/s', orders, calls, await appearances(bench)),
      callsFigure('5 requests/s', calls, orders.length),
    ],
  };
}

/** How many orders a second go from their appearance to their shipping report when all come at once, beside the floor. */
export async function withoutLimit(bench: Bench, floor: Floor): Promise<Measured> {
  await setLimit(bench, LIMITS.none);
  await bench.control('PUT', '/control/settings', { night: 'on_request' });
  const before = await usageOf(bench.instance);
  const since = new Date();
  const orders = await buyAtOnce(bench, AT_ONCE, 4_000);
  const missing = await stragglers(bench, orders, ['shipping_reported']);
  const after = await usageOf(bench.instance);
  const appeared = await appearances(bench);
  const first = Math.min(...orders.map((number) => appeared.get(number) ?? Number.NaN));
  const tookMs = Math.max(...(await reportTimes(bench, orders))) - first;
  const perSecond = (orders.length - missing.length) / (tookMs / 1000);
  const calls = await journal(bench, since);
  await bench.control('PUT', '/control/settings', { night: 'interval' });
  const { ordersPerSecond, historyEvents } = floor;
  return {
    orders,
    figures: [
      {
        what: `orders per second, ${AT_ONCE} at once, no limit`,
        value: perSecond,
        unit: '',
        floor: ordersPerSecond,
        detail: `${seconds(tookMs)} from the first appearance to the last report; processor time per order in ms: ${processorTime(before, after, orders.length)}`,
      },
      {
        what: 'bare workflows per second, same server',
        value: ordersPerSecond,
        unit: '',
        detail: `${Math.round(historyEvents)} history events each`,
      },
      callsFigure('no limit, until reported', calls, orders.length),
    ],
  };
}

/** What holds on every machine: no order forgotten, none confirmed twice, no history too long. */
export async function invariants(bench: Bench, orders: readonly string[]): Promise<Figure[]> {
  const open = await stragglers(bench, orders, ['completed']);
  const confirmed = confirmationsOf(await journal(bench));
  const notOnce = orders.filter((number) => confirmed.get(number)?.length !== 1);
  const events = await historyLengths(bench, orders);
  return [
    {
      what: 'history events per order, most',
      value: Math.max(...events),
      unit: '',
      aim: { atMost: MOST_EVENTS },
      inexcusable: true,
      detail: `mean ${mean(events).toFixed(1)}`,
    },
    never('orders not completed', open.length, `of ${orders.length}`),
    never('orders not confirmed exactly once', notOnce.length, `of ${orders.length}`),
  ];
}

function confirmationFigure(
  name: string,
  orders: readonly string[],
  calls: readonly JournalCall[],
  appeared: ReadonlyMap<string, number>,
): Figure {
  const confirmed = confirmationsOf(calls);
  const delays = orders.flatMap((number) =>
    (confirmed.get(number) ?? []).map((at) => at - (appeared.get(number) ?? Number.NaN)),
  );
  return {
    what: `appearance to confirmation, ${name}`,
    value: percentile(delays, 0.95) / 1000,
    unit: 's (p95)',
    aim: { atMost: CONFIRMED_WITHIN_SECONDS },
    detail: `p50 ${seconds(percentile(delays, 0.5))}, ${delays.length} orders`,
  };
}

/** Milliseconds of processor time for each order, by part; unlike the orders a second they hardly depend on what else runs. */
function processorTime(before: PartUsage, after: PartUsage, orders: number): string {
  const used = [...after].map(([part, { cpu = Number.NaN }]) => {
    const ms = (1000 * (cpu - (before.get(part)?.cpu ?? 0))) / orders;
    return `${part} ${Math.round(ms)}`;
  });
  return used.join(', ');
}

/** What orders cost in calls. Searches stand apart: they depend on the time that passes and not on the orders. */
function callsFigure(name: string, calls: readonly JournalCall[], orders: number): Figure {
  const operations = [...new Set(calls.map((call) => call.operation))].sort();
  const counts = operations.map(
    (operation) => [operation, calls.filter((call) => call.operation === operation).length] as const,
  );
  const own = counts.filter(([operation]) => operation !== 'searchOrder');
  const each = own.map(([operation, count]) => `${operation} ${(count / orders).toFixed(2)}`);
  const searches = counts.find(([operation]) => operation === 'searchOrder')?.[1] ?? 0;
  const refused = calls.filter((call) => call.httpStatus === 429).length;
  const total = own.reduce((sum, [, count]) => sum + count, 0) / orders;
  return {
    what: `RMS calls per order, ${name}`,
    value: total,
    unit: '',
    detail: `${each.join(', ')}; ${searches} searches in all, ${refused} calls refused as too fast`,
  };
}
