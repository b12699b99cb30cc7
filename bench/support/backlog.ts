import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createGateway } from '../../src/rms/gateway';
import { MAX_ORDERS_PER_CALL } from '../../src/rms/orders';
import { tooSoon } from './arrivals';
import { type Figure, never } from './figures';
import type { GatewayRig, JournalCall } from './gateway-rig';

const INTERVAL_MS = 1000;
/** Nothing here may fail for having waited. */
const PATIENCE_MS = 30 * 60_000;

/**
 * So many orders wait at one gateway, each to be read and then confirmed: how long they take in relation to full
 * batches that leave one a second without a pause.
 */
export async function drainBacklog(rig: GatewayRig, orders: number): Promise<Figure[]> {
  const shopId = 'backlog';
  await rig.openShop(shopId);
  const numbers = await rig.buy(shopId, orders);
  const gateway = rig.worker().of(shopId);
  const since = new Date();
  const began = performance.now();
  const outcomes = await Promise.all(
    numbers.map(async (number) => {
      const read = await gateway.getOrder(number, { maxWaitMs: PATIENCE_MS });
      const confirmed = await gateway.confirmOrder(number, { maxWaitMs: PATIENCE_MS });
      const own = read.kind === 'found' && read.order.orderNumber === number;
      return own && confirmed.kind === 'confirmed';
    }),
  );
  const tookMs = performance.now() - began;
  const calls = await rig.journal(shopId, since);
  const floorCalls = 2 * Math.ceil(orders / MAX_ORDERS_PER_CALL);
  const name = `${orders} waiting orders, read and confirmed`;
  return [
    {
      what: `${name}: time`,
      value: tookMs / 1000,
      unit: 's',
      floor: (floorCalls * INTERVAL_MS) / 1000,
      aim: { atMost: (1.3 * floorCalls * INTERVAL_MS) / 1000 },
      detail: `${orders / (tookMs / 1000) < 1 ? '' : `${Math.round(orders / (tookMs / 1000))} orders a second; `}${fillOf(calls)}`,
    },
    { what: `${name}: calls`, value: calls.length, unit: 'calls', floor: floorCalls },
    never(`${name}: calls sooner than the limit`, tooSoon(arrivalsOf(calls), INTERVAL_MS)),
    never(`${name}: orders without their own answer`, outcomes.filter((own) => !own).length),
    never(`${name}: orders not confirmed exactly once`, numbers.length - confirmedOnce(calls, numbers)),
  ];
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

function confirmedOnce(calls: readonly JournalCall[], numbers: readonly string[]): number {
  const times = new Map<string, number>();
  for (const { kind, orderNumber } of calls.flatMap(({ changes }) => changes))
    if (kind === 'confirmed' && orderNumber !== undefined) times.set(orderNumber, (times.get(orderNumber) ?? 0) + 1);
  return numbers.filter((number) => times.get(number) === 1).length;
}

/** What so many calls hold of the heap while they wait for a turn that does not come. */
export async function memoryOfWaiting(count: number): Promise<Figure> {
  const gateway = createGateway({
    shopId: 'memory',
    connection: () => Promise.reject(new Error('nothing is sent')),
    limiter: {
      take: (_shop, _family, signal) =>
        new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true })),
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
