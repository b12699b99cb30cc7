/** `npm run bench -- engine [--orders <n>] [--rounds <n>] [--profile <dir>]`: orders per second beside bare workflows (docs/benchmarks.md). */
import { cpus, loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { z } from 'zod';
import { ensureSearchAttributes } from '../src/temporal/search-attributes';
import type { BareShape } from './support/bare-workflow';
import { type History, historyOf, median } from './support/engine-history';
import { carryOrders, openEngineShop } from './support/engine-shop';
import { startEngineWorker } from './support/engine-worker';
import { type Figure, json, lines, met, never } from './support/figures';
import { carryBare } from './support/floor';
import { forked } from './support/forked';
import { type GatewayRig, openGatewayRig } from './support/gateway-rig';
import { type PartUsage, usageBelow } from './support/processes';
import { mean, percentile, seconds } from './support/report';
import { type Servers, startServers } from './support/servers';

interface Sizes {
  readonly orders: number;
  readonly rounds: number;
  readonly profileTo: string | undefined;
}

/** So many orders a second Okuri may send; the sandbox has room to spare. */
const LIMIT = { intervalMs: 1, toleranceMs: 1_000 };
const NO_LIMIT = 100_000;
const WARM_UP = 10;
const RATIO = 0.7;
const EVENTS = { most: 60, mean: 55 };
const MOST_BYTES = 15_000;

const step = (title: string): void => console.log(`${seconds(performance.now()).padStart(8)}  ${title}`);

/** What one side of one round took. */
interface Round {
  readonly perSecond: number;
  /** Milliseconds of processor time for each order, by process. */
  readonly processor: ReadonlyMap<string, number>;
}

interface Measured {
  readonly shape: BareShape;
  readonly bare: readonly (Round & { readonly events: number })[];
  readonly real: readonly Round[];
  readonly histories: readonly History[];
  readonly unfinished: number;
}

/** Carries out `run` and tells what it took of each process, per order. */
async function watched<T>(
  named: () => Promise<ReadonlyMap<number, string>>,
  orders: number,
  run: () => Promise<T>,
): Promise<{ readonly result: T; readonly processor: ReadonlyMap<string, number> }> {
  const before = await usageBelow(await named());
  const result = await run();
  const after = await usageBelow(await named());
  return { result, processor: used(before, after, orders) };
}

const used = (before: PartUsage, after: PartUsage, orders: number): ReadonlyMap<string, number> =>
  new Map(
    [...after].map(([part, { cpu = Number.NaN }]) => [
      part,
      (1000 * (cpu - (before.get(part)?.cpu ?? 0))) / orders,
    ]),
  );

/** Takes the bare and the real side in turns, so that what else the machine does meets both. */
async function measure(servers: Servers, rig: GatewayRig, sizes: Sizes): Promise<Measured> {
  const address = await servers.temporal();
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  await ensureSearchAttributes(connection, client.options.namespace);
  const shopId = await openEngineShop(rig);
  const worker = await startEngineWorker(rig.wiring, address, sizes.profileTo);
  const bareWorker = await forked('bare-worker', { address }, { ready: z.null(), stopped: z.null() });
  const named = async () =>
    new Map([
      ...(await servers.pids()),
      [worker.pid, 'worker'],
      [bareWorker.pid, 'bare worker'],
      [process.pid, 'benchmark and sandbox'],
    ]);
  try {
    step(`${WARM_UP} orders, whose history is counted`);
    const first = await carryOrders(rig, client, shopId, WARM_UP);
    const histories = await historiesOf(client, shopId, first.orderNumbers);
    const { shape } = median(histories);
    step(`bare workflows with ${described(shape)}`);
    await carryBare(client, 'warm-up', WARM_UP, shape);
    const bare: Measured['bare'][number][] = [];
    const real: Round[] = [];
    let { unfinished } = first;
    for (let round = 1; round <= sizes.rounds; round += 1) {
      const floor = await watched(named, sizes.orders, () =>
        carryBare(client, String(round), sizes.orders, shape),
      );
      const { ordersPerSecond: perSecond, historyEvents: events } = floor.result;
      bare.push({ perSecond, events, processor: floor.processor });
      step(`round ${round}: bare ${perSecond.toFixed(2)} a second`);
      const lives = await watched(named, sizes.orders, () => carryOrders(rig, client, shopId, sizes.orders));
      const { tookMs, orderNumbers } = lives.result;
      unfinished += lives.result.unfinished;
      real.push({ perSecond: (1000 * sizes.orders) / tookMs, processor: lives.processor });
      histories.push(...(await historiesOf(client, shopId, orderNumbers)));
      step(`round ${round}: real ${real.at(-1)?.perSecond.toFixed(2)} a second`);
    }
    return { shape, bare, real, histories, unfinished };
  } finally {
    await worker.stop();
    await bareWorker.stop();
    await connection.close();
  }
}

const historiesOf = (client: Client, shopId: string, orderNumbers: readonly string[]): Promise<History[]> =>
  Promise.all(orderNumbers.map((orderNumber) => historyOf(client, shopId, orderNumber)));

const described = (shape: BareShape): string =>
  Object.entries(shape)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');

const processorTime = (rounds: readonly Round[]): string => {
  const parts = [...new Set(rounds.flatMap(({ processor }) => [...processor.keys()]))];
  const each = parts.map(
    (part) => [part, mean(rounds.map(({ processor }) => processor.get(part) ?? 0))] as const,
  );
  return each.map(([part, ms]) => `${part} ${Math.round(ms)}`).join(', ');
};

function figuresOf({ shape, bare, real, histories, unfinished }: Measured, { orders }: Sizes): Figure[] {
  const perSecond = (rounds: readonly Round[]) =>
    percentile(
      rounds.map((round) => round.perSecond),
      0.5,
    );
  const ratios = real.map((round, index) => round.perSecond / (bare[index]?.perSecond ?? Number.NaN));
  const events = histories.map((history) => history.events);
  const bytes = histories.map((history) => history.bytes);
  return [
    {
      what: 'bare workflows per second',
      value: perSecond(bare),
      unit: '',
      detail: `${described(shape)}; ${Math.round(mean(bare.map((round) => round.events)))} history events each; processor time each in ms: ${processorTime(bare)}`,
    },
    {
      what: `orders per second, ${orders} at once`,
      value: perSecond(real),
      unit: '',
      detail: `processor time each in ms: ${processorTime(real)}`,
    },
    {
      what: 'orders in relation to bare workflows',
      value: percentile(ratios, 0.5),
      unit: '',
      aim: { atLeast: RATIO },
      detail: `round by round: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}`,
    },
    { what: 'history events per order, mean', value: mean(events), unit: '', aim: { atMost: EVENTS.mean } },
    {
      ...never('', 0),
      what: 'history events per order, most',
      value: Math.max(...events),
      aim: { atMost: EVENTS.most },
    },
    { what: 'history bytes per order, mean', value: mean(bytes), unit: '', aim: { atMost: MOST_BYTES } },
    {
      what: 'history bytes per order, most',
      value: Math.max(...bytes),
      unit: '',
      aim: { atMost: MOST_BYTES },
    },
    never('orders that did not come to their end', unfinished),
  ];
}

async function run(sizes: Sizes): Promise<Figure[]> {
  const servers = await startServers(() => undefined);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void servers.close().then(() => process.exit(1)));
  try {
    const rig = await openGatewayRig(await servers.database(), LIMIT);
    try {
      await rig.control('PUT', '/settings', {
        ...{ orderRequestsPerSecond: NO_LIMIT, inventoryReadsPerSecond: NO_LIMIT, fixDelaySeconds: 0 },
        ...{ inventoryWritesPerSecond: NO_LIMIT, asyncShippingDelaySeconds: 0 },
      });
      return figuresOf(await measure(servers, rig, sizes), sizes);
    } finally {
      await rig.close();
    }
  } finally {
    await servers.close();
  }
}

async function main(): Promise<number> {
  const text = { type: 'string' } as const;
  const { orders, rounds, profile } = parseArgs({
    options: { orders: { ...text, default: '150' }, rounds: { ...text, default: '3' }, profile: text },
  }).values;
  const figures = await run({ orders: Number(orders), rounds: Number(rounds), profileTo: profile });
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(`\nMeasured on ${cpus().length} cores, load ${load.join(' ')} (1, 5, 15 minutes):`);
  for (const line of lines(figures)) console.log(line);
  console.log(json(figures));
  const broken = figures.filter((figure) => figure.inexcusable && !met(figure));
  for (const { what, value } of broken) console.log(`BROKEN: ${what}: ${value}`);
  return broken.length > 0 ? 1 : 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
