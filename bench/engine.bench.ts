/** `npm run bench -- engine [--orders <n>] [--rounds <n>] [--profile <dir>]`: orders per second beside bare workflows (docs/benchmarks.md). */
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { z } from 'zod';
import { ensureSearchAttributes } from '../src/temporal/search-attributes';
import type { BareShape } from './support/bare-workflow';
import { described, type History, historyOf, median } from './support/engine-history';
import { carryOrders, openEngineShop } from './support/engine-shop';
import { startEngineWorker } from './support/engine-worker';
import { type Figure, never } from './support/figures';
import { carryBare } from './support/floor';
import { forked } from './support/forked';
import { type GatewayRig, openGatewayRig } from './support/gateway-rig';
import { mean, percentile, step } from './support/report';
import { runBenchmark } from './support/run';
import { type Servers, withServers } from './support/servers';
import { inWords, type ProcessorTime, watched } from './support/watched';

interface Sizes {
  readonly orders: number;
  readonly rounds: number;
  readonly requestsPerSecond: number;
  readonly profileTo: string | undefined;
}

/** As many requests a second as a shop may have: at fewer, reports gather and go the longer asynchronous way. */
const REQUESTS_PER_SECOND = 1_000;
const TOLERANCE_MS = 1_000;
const NO_LIMIT = 100_000;
const WARM_UP = 10;
const RATIO = 0.7;
const EVENTS = { most: 60, mean: 55 };
const MOST_BYTES = 15_000;

/** What one side of one round took. */
interface Side {
  readonly perSecond: number;
  /** Milliseconds of processor time for each order, by process. */
  readonly processor: ProcessorTime;
}

/** Orders, and right after them as many bare workflows of the shape that most of these orders had. */
interface Round {
  readonly real: Side;
  readonly bare: Side;
  readonly shape: BareShape;
  /** Of a bare workflow. */
  readonly events: number;
  readonly histories: readonly History[];
  readonly unfinished: number;
}

/** Takes the bare and the real side in turns, so that what else the machine does meets both. */
async function measure(servers: Servers, rig: GatewayRig, sizes: Sizes): Promise<Round[]> {
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
      [rig.sandboxPid, 'sandbox'],
    ]);
  try {
    step('warming up');
    const first = await carryOrders(rig, client, shopId, WARM_UP);
    const shape = median(await historiesOf(client, shopId, first.orderNumbers)).shape;
    await carryBare(client, 'warm-up', WARM_UP, shape);
    const rounds: Round[] = [];
    for (let round = 1; round <= sizes.rounds; round += 1) {
      const lives = await watched(named, sizes.orders, () => carryOrders(rig, client, shopId, sizes.orders));
      const histories = await historiesOf(client, shopId, lives.result.orderNumbers);
      const real = { perSecond: lives.result.perSecond, processor: lives.processor };
      step(`round ${round}: ${real.perSecond.toFixed(2)} orders a second`);
      const { shape } = median(histories);
      const floor = await watched(named, sizes.orders, () =>
        carryBare(client, String(round), sizes.orders, shape),
      );
      const { ordersPerSecond: perSecond, historyEvents: events } = floor.result;
      const bare = { perSecond, processor: floor.processor };
      step(`round ${round}: ${perSecond.toFixed(2)} bare workflows a second with ${described(shape)}`);
      rounds.push({ real, bare, shape, events, histories, unfinished: lives.result.unfinished });
    }
    return rounds;
  } finally {
    await worker.stop();
    await bareWorker.stop();
    await connection.close();
  }
}

const historiesOf = (client: Client, shopId: string, orderNumbers: readonly string[]): Promise<History[]> =>
  Promise.all(orderNumbers.map((orderNumber) => historyOf(client, shopId, orderNumber)));

const middle = (values: readonly number[]): number => percentile(values, 0.5);

function figuresOf(rounds: readonly Round[], { orders }: Sizes): Figure[] {
  const ratios = rounds.map(({ real, bare }) => real.perSecond / bare.perSecond);
  const histories = rounds.flatMap((round) => round.histories);
  const [events, bytes] = [histories.map((one) => one.events), histories.map((one) => one.bytes)];
  const [shape] = rounds.map((round) => described(round.shape));
  const bareEvents = Math.round(mean(rounds.map((round) => round.events)));
  const sides = { bare: rounds.map(({ bare }) => bare), real: rounds.map(({ real }) => real) };
  return [
    {
      what: 'bare workflows per second',
      value: middle(sides.bare.map((side) => side.perSecond)),
      unit: '',
      detail: `${shape}; ${bareEvents} history events each; processor time each in ms: ${inWords(sides.bare.map(({ processor }) => processor))}`,
    },
    {
      what: `orders per second, ${orders} at once`,
      value: middle(sides.real.map((side) => side.perSecond)),
      unit: '',
      detail: `processor time each in ms: ${inWords(sides.real.map(({ processor }) => processor))}`,
    },
    {
      what: 'orders in relation to bare workflows',
      value: middle(ratios),
      unit: '',
      aim: { atLeast: RATIO },
      detail: `round by round: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}`,
    },
    { what: 'history events per order, mean', value: mean(events), unit: '', aim: { atMost: EVENTS.mean } },
    {
      what: 'history events per order, most',
      value: Math.max(...events),
      unit: '',
      aim: { atMost: EVENTS.most },
      inexcusable: true,
    },
    { what: 'history bytes per order, mean', value: mean(bytes), unit: '', aim: { atMost: MOST_BYTES } },
    {
      what: 'history bytes per order, most',
      value: Math.max(...bytes),
      unit: '',
      aim: { atMost: MOST_BYTES },
    },
    never(
      'orders that did not come to their end',
      rounds.reduce((sum, round) => sum + round.unfinished, 0),
    ),
  ];
}

async function run(servers: Servers, sizes: Sizes): Promise<Figure[]> {
  const rig = await openGatewayRig(await servers.database(), {
    intervalMs: 1_000 / sizes.requestsPerSecond,
    toleranceMs: TOLERANCE_MS,
  });
  try {
    await rig.control('PUT', '/settings', {
      ...{ orderRequestsPerSecond: NO_LIMIT, inventoryReadsPerSecond: NO_LIMIT, fixDelaySeconds: 0 },
      ...{ inventoryWritesPerSecond: NO_LIMIT, asyncShippingDelaySeconds: 0 },
    });
    return figuresOf(await measure(servers, rig, sizes), sizes);
  } finally {
    await rig.close();
  }
}

function main(): Promise<Figure[]> {
  const text = { type: 'string' } as const;
  const {
    orders,
    rounds,
    profile,
    'requests-per-second': requests,
  } = parseArgs({
    options: {
      orders: { ...text, default: '300' },
      rounds: { ...text, default: '3' },
      'requests-per-second': { ...text, default: String(REQUESTS_PER_SECOND) },
      profile: text,
    },
  }).values;
  return withServers((servers) =>
    run(servers, {
      ...{ orders: Number(orders), rounds: Number(rounds) },
      ...{ requestsPerSecond: Number(requests), profileTo: profile },
    }),
  );
}

runBenchmark(main);
