/** `npm run bench -- start [--small]`: what `npm start` costs, and what it does with the orders of one shop (docs/benchmarks.md). */
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { openDatabase } from '../src/store/database';
import { findProgram, TEMPORAL_CLI } from '../src/temporal/binaries';
import { instanceEnvironment, makeDataDir, removeDataDir } from '../test/support/instance';
import { callersOf, hurryRakuten, linkPairs, openRealShop, type Pair } from '../test/support/real-shop';
import type { Figure } from './support/figures';
import { measureFloor } from './support/floor';
import { atDemoLimit, atRakutensLimit, invariants, withoutLimit } from './support/measures';
import { npmStart, type StartedInstance } from './support/npm-start';
import type { Bench } from './support/orders';
import { totalOf, usageOf } from './support/processes';
import { megabytes, step } from './support/report';
import { runBenchmark } from './support/run';

const READY_WITHIN_SECONDS = 10;
const MEMORY_MB = 1_200;
const SETTLED_MS = 5_000;
const FLOOR_WORKFLOWS = 150;
const FLOOR_SHAPE = { activities: 5, localActivities: 2, signals: 4, timers: 2, upserts: 0 };
/** So many that the opening stock of none runs short. */
const PAIRS: readonly Pair[] = Array.from({ length: 60 }, (_, index) => [`bench-${index}`, 'a']);

type Start = () => Promise<{ instance: StartedInstance; readyMs: number }>;

/** `small`: nothing but the starts, and what an instance holds. */
async function measure(start: Start, small: boolean): Promise<Figure[]> {
  step('The first start, which provisions');
  const first = await start();
  await first.instance.stop();
  step('The start that is measured');
  const { instance, readyMs } = await start();
  await sleep(SETTLED_MS);
  const figures: Figure[] = [
    { what: 'npm start until ready, first', value: first.readyMs / 1000, unit: 's' },
    {
      what: 'npm start until ready, provisioned',
      value: readyMs / 1000,
      unit: 's',
      aim: { atMost: READY_WITHIN_SECONDS },
    },
    await memoryFigure(instance, 'with the demo shop'),
  ];
  if (small) return figures;
  return withShop(instance, async (bench) => {
    step('Orders at 1 request/s');
    const rakuten = await atRakutensLimit(bench);
    step('Orders at 5 requests/s');
    const demo = await atDemoLimit(bench);
    step('Bare workflows');
    const floor = await measureFloor(bench.client, bench.temporal, FLOOR_WORKFLOWS, FLOOR_SHAPE);
    step('Orders without limit');
    const flood = await withoutLimit(bench, floor);
    step('The books');
    const books = await invariants(bench, [...rakuten.orders, ...demo.orders, ...flood.orders]);
    const memory = await memoryFigure(instance, 'after all these orders');
    return [...figures, memory, ...rakuten.figures, ...demo.figures, ...flood.figures, ...books];
  });
}

/** Registers a shop with the instance and gives what measuring it needs. */
async function withShop<T>(instance: StartedInstance, run: (bench: Bench) => Promise<T>): Promise<T> {
  const { api, control } = await callersOf(instance);
  await hurryRakuten(control);
  await openRealShop(instance, PAIRS);
  await linkPairs(api, PAIRS);
  const { ports } = await instance.state();
  const database = openDatabase(await instance.databaseUrl(), {
    max: 2,
    onIdleError: (error) => console.error(error.message),
  });
  const temporal = `127.0.0.1:${ports.temporal}`;
  const connection = await Connection.connect({ address: temporal });
  try {
    return await run({ instance, control, database, client: new Client({ connection }), temporal });
  } finally {
    await connection.close();
    await database.close();
  }
}

/** Resident memory. A plain sum over processes counts PostgreSQL's shared buffers once for each of its processes. */
async function memoryFigure(instance: StartedInstance, when: string): Promise<Figure> {
  const parts = await usageOf(instance);
  const { rss, pss } = totalOf(parts);
  const each = [...parts].map(([name, part]) => `${name} ${megabytes(part.pss ?? part.rss)}`).join(', ');
  return {
    what: `memory, ${when}`,
    value: Math.round((pss ?? rss) / 1e6),
    unit: 'MB',
    aim: { atMost: MEMORY_MB },
    detail: `${each}; ${pss === undefined ? 'shared pages not told apart' : `sum of RSS ${megabytes(rss)}`}`,
  };
}

async function main(): Promise<Figure[]> {
  const { small = false } = parseArgs({ options: { small: { type: 'boolean' } } }).values;
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const say = (line: string) => console.log(line);
  const cacheDir = resolve('.okuri/cache');
  const cli = await findProgram(TEMPORAL_CLI, { given: process.env.TEMPORAL_CLI, cacheDir, say });
  const dataDir = await makeDataDir();
  const env = { ...(await instanceEnvironment(dataDir)), TEMPORAL_CLI: cli.path };
  const started: StartedInstance[] = [];
  const interrupted = once(stopping.signal, 'abort').then(() => {
    throw new Error('Stopped before everything was measured.');
  });
  try {
    const measuring = measure(async () => {
      const instance = npmStart(env);
      started.push(instance);
      return { instance, readyMs: await instance.ready };
    }, small);
    return await Promise.race([measuring, interrupted]);
  } finally {
    for (const instance of started) await instance.stop();
    await removeDataDir(dataDir);
  }
}

runBenchmark(main);
