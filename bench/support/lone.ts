import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from './figures';
import type { GatewayRig, Keys } from './gateway-rig';
import { percentile } from './report';

/** Longer than the limit's interval, so that the gateway is idle each time and its turn is free. */
const IDLE_MS = 1_100;
/** What a look at the limit, the circuit and the key in PostgreSQL may cost; a window in which calls are collected would cost more. */
const MOST_ADDED_MS = 50;

/** One order alone at an idle gateway, beside the same request sent by hand for a shop of its own. */
export async function loneOrder(rig: GatewayRig, rounds: number): Promise<Figure[]> {
  const [shopId, bareShop] = ['lone', 'lone-bare'];
  await rig.openShop(shopId);
  const keys = await rig.openShop(bareShop);
  const [numbers, bareNumbers] = [await rig.buy(shopId, rounds), await rig.buy(bareShop, rounds)];
  const gateway = rig.worker().of(shopId);
  const byHand = (operation: string, body: unknown) => post(rig.rmsBaseUrl, keys, operation, body);
  return [
    await compare('getOrder', rounds, {
      own: (round) => gateway.getOrder(numbers[round] ?? ''),
      bare: (round) => byHand('getOrder', { orderNumberList: [bareNumbers[round]], version: 9 }),
    }),
    await compare('confirmOrder', rounds, {
      own: (round) => gateway.confirmOrder(numbers[round] ?? ''),
      bare: (round) => byHand('confirmOrder', { orderNumberList: [bareNumbers[round]] }),
    }),
  ];
}

interface Ways {
  readonly own: (round: number) => Promise<unknown>;
  readonly bare: (round: number) => Promise<unknown>;
}

async function compare(name: string, rounds: number, ways: Ways): Promise<Figure> {
  const times = { own: [] as number[], bare: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    await sleep(IDLE_MS);
    times.own.push(await timeOf(() => ways.own(round)));
    times.bare.push(await timeOf(() => ways.bare(round)));
  }
  const [own, bare] = [percentile(times.own, 0.5), percentile(times.bare, 0.5)];
  return {
    what: `One order alone, ${name}: added by the gateway`,
    value: own - bare,
    unit: 'ms',
    aim: { atMost: MOST_ADDED_MS },
    detail: `median of ${rounds}: ${own.toFixed(1)} ms, the bare request ${bare.toFixed(1)} ms`,
  };
}

async function timeOf(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

async function post(baseUrl: string, keys: Keys, operation: string, body: unknown): Promise<void> {
  const response = await fetch(`${baseUrl}/es/2.0/order/${operation}/`, {
    method: 'POST',
    headers: {
      authorization: `ESA ${Buffer.from(`${keys.serviceSecret}:${keys.licenseKey}`).toString('base64')}`,
      'content-type': 'application/json; charset=utf-8',
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`${operation} by hand answered ${response.status}: ${text.slice(0, 300)}`);
}
