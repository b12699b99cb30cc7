import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { RmsError } from '../../src/rms/errors';
import { createGateway, type RmsGateway } from '../../src/rms/gateway';
import { MAX_ORDERS_PER_CALL } from '../../src/rms/orders';
import { tooSoon } from './arrivals';
import { aimed, type Figure, never } from './figures';
import type { GatewayRig, JournalCall } from './gateway-rig';
import { notOnce } from './life-calls';
import { tally } from './load';

/** Nothing here may fail for having waited. */
const PATIENCE = { maxWaitMs: 30 * 60_000 };
/** After a call that Rakuten did not serve an activity comes again, too. */
const PAUSE_MS = 1000;
/** How much longer than its floor a backlog may take. */
const MOST_RATIO = 1.3;

/**
 * So many orders wait at one gateway, each to be read and then confirmed: how long they take in relation to full
 * batches that leave one an interval without a pause.
 */
export async function drainBacklog(rig: GatewayRig, orders: number): Promise<Figure[]> {
  const shopId = 'backlog';
  await rig.openShop(shopId);
  const numbers = await rig.buy(shopId, orders);
  const gateway = rig.worker().of(shopId);
  const since = new Date();
  const began = performance.now();
  const failures: string[] = [];
  const own = await Promise.all(numbers.map((number) => readAndConfirm(gateway, number, failures)));
  const seconds = (performance.now() - began) / 1000;
  const calls = await rig.journal(shopId, since);
  const floorCalls = 2 * Math.ceil(orders / MAX_ORDERS_PER_CALL);
  const floorSeconds = (floorCalls * rig.intervalMs) / 1000;
  const name = `${orders} waiting orders, read and confirmed`;
  return [
    {
      what: `${name}: time`,
      value: seconds,
      unit: 's',
      floor: floorSeconds,
      ...aimed(rig, { atMost: MOST_RATIO * floorSeconds }),
      detail: `${Math.round(orders / seconds)} orders a second; ${fillOf(calls)}; ${tally(failures)}`,
    },
    { what: `${name}: calls`, value: calls.length, unit: 'calls', floor: floorCalls },
    never(`${name}: calls sooner than the limit`, tooSoon(arrivalsOf(calls), rig)),
    never(`${name}: orders without their own answer`, own.filter((answered) => !answered).length),
    never(`${name}: orders not confirmed exactly once`, notOnce(calls, 'confirmed', numbers)),
  ];
}

/** Whether an order got its own answers, both times. */
async function readAndConfirm(gateway: RmsGateway, number: string, failures: string[]): Promise<boolean> {
  const read = await untilServed(() => gateway.getOrder(number, PATIENCE), failures);
  const confirmed = await untilServed(() => gateway.confirmOrder(number, PATIENCE), failures);
  return read.kind === 'found' && read.order.orderNumber === number && confirmed.kind === 'confirmed';
}

async function untilServed<T>(call: () => Promise<T>, failures: string[]): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof RmsError) || error.kind !== 'unavailable') throw error;
      failures.push(error.kind);
      await sleep(PAUSE_MS);
    }
  }
}

/** When the calls arrived, in milliseconds since the epoch. */
export const arrivalsOf = (calls: readonly JournalCall[]): number[] => calls.map(({ at }) => Date.parse(at));

const fillOf = (calls: readonly JournalCall[]): string =>
  ['getOrder', 'confirmOrder']
    .map((operation) => {
      const own = calls.filter((call) => call.operation === operation);
      const orders = own.reduce((sum, { orderNumbers }) => sum + orderNumbers.length, 0);
      return `${operation}: ${own.length} calls of ${Math.round(orders / own.length)} orders`;
    })
    .join(', ');

/** What so many calls hold of the heap while they wait for a turn that does not come. */
export async function memoryOfWaiting(count: number): Promise<Figure> {
  const gateway = createGateway({
    shopId: 'memory',
    connection: () => Promise.reject(new Error('nothing is sent')),
    limiter: {
      take: (_shop, _family, { signal } = {}) =>
        new Promise((_, reject) =>
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true }),
        ),
      slowDown: async () => undefined,
      speedUp: async () => undefined,
    },
  });
  const before = heapInUse();
  const waiting = Array.from({ length: count }, (_, index) => {
    const number = `100000-20260101-${String(index).padStart(10, '0')}`;
    return gateway.getOrder(number, { deadline: new Date(index), signal: new AbortController().signal });
  });
  const held = heapInUse() - before;
  const settled = Promise.allSettled(waiting);
  await gateway.close();
  await settled;
  return {
    what: `Memory of ${count} waiting calls`,
    value: held / 1e6,
    unit: 'MB',
    detail: `${(held / count / 1000).toFixed(1)} kB each, on the heap after a collection, with signal and deadline`,
  };
}

function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}
