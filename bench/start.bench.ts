/** `npm run bench -- start`: what `npm start` costs, and what it does with the orders of one shop (docs/benchmarks.md). */
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { openDatabase } from '../src/store/database';
import { postgresUrl } from '../src/supervisor/postgres';
import { findProgram, TEMPORAL_CLI } from '../src/temporal/binaries';
import { instanceEnvironment, makeDataDir, removeDataDir } from '../test/support/instance';
import { callersOf, hurryRakuten, linkPairs, openRealShop, type Pair } from '../test/support/real-shop';
import { measureFloor } from './support/floor';
import { atDemoLimit, atRakutensLimit, invariants, withoutLimit } from './support/measures';
import { npmStart, type StartedInstance } from './support/npm-start';
import type { Bench } from './support/orders';
import { totalOf, usageOf } from './support/processes';
import { atMost, megabytes, type Row, seconds, table } from './support/report';

const READY_WITHIN_MS = 10_000;
const MEMORY_BYTES = 1.2e9;
const SETTLED_MS = 5_000;
const FLOOR_WORKFLOWS = 150;
const FLOOR_SHAPE = { activities: 5, localActivities: 2, signals: 4, timers: 2, upserts: 0 };
/** So many that the opening stock of none runs short. */
const PAIRS: readonly Pair[] = Array.from({ length: 60 }, (_, index) => [`bench-${index}`, 'a']);

/** Says what is being measured now, and how long the benchmark has run. */
const step = (title: string): void => console.log(`${seconds(performance.now()).padStart(7)}  ${title}`);

type Start = () => Promise<{ instance: StartedInstance; readyMs: number }>;

async function measure(start: Start): Promise<{ rows: Row[]; broken: Row[] }> {
  step('The first start, which provisions');
  const first = await start();
  await first.instance.stop();
  step('The start that is measured');
  const { instance, readyMs } = await start();
  await sleep(SETTLED_MS);
  const startRows = [
    { what: 'npm start until ready, first', measured: seconds(first.readyMs) },
    {
      what: 'npm start until ready, provisioned',
      measured: seconds(readyMs),
      aim: atMost(readyMs, READY_WITHIN_MS, seconds(READY_WITHIN_MS)),
    },
    await memoryRow(instance, 'with the demo shop'),
  ];
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
    const broken = await invariants(bench, [...rakuten.orders, ...demo.orders, ...flood.orders]);
    const memory = await memoryRow(instance, 'after all these orders');
    return {
      rows: [...startRows, memory, ...rakuten.rows, ...demo.rows, ...flood.rows, ...broken],
      broken: broken.filter(({ aim }) => aim?.met === false),
    };
  });
}

/** Registers a shop with the instance and gives what measuring it needs. */
async function withShop<T>(instance: StartedInstance, run: (bench: Bench) => Promise<T>): Promise<T> {
  const { api, control } = await callersOf(instance);
  await hurryRakuten(control);
  await openRealShop(instance, PAIRS);
  await linkPairs(api, PAIRS);
  const { postgresHome, ports } = await instance.state();
  const url = await postgresUrl(postgresHome ?? '', ports.postgres ?? 0);
  const database = openDatabase(url, { max: 2, onIdleError: (error) => console.error(error.message) });
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
async function memoryRow(instance: StartedInstance, when: string): Promise<Row> {
  const parts = await usageOf(instance);
  const { rss, pss } = totalOf(parts);
  const each = [...parts].map(([name, part]) => `${name} ${megabytes(part.pss ?? part.rss)}`).join(', ');
  return {
    what: `Memory, ${when}`,
    measured: megabytes(pss ?? rss),
    aim: atMost(pss ?? rss, MEMORY_BYTES, megabytes(MEMORY_BYTES)),
    detail: `${each}; ${pss === undefined ? 'shared pages not told apart' : `sum of RSS ${megabytes(rss)}`}`,
  };
}

async function main(): Promise<number> {
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
    });
    const { rows, broken } = await Promise.race([measuring, interrupted]);
    const load = loadavg().map((value) => value.toFixed(1));
    say(`\nMeasured on ${cpus().length} cores, load ${load.join(' ')} (1, 5, 15 minutes):`);
    for (const line of table(rows)) say(line);
    for (const { what, measured, aim } of broken) say(`\nBROKEN: ${what}: ${measured}, ${aim?.text}`);
    return broken.length > 0 ? 1 : 0;
  } finally {
    for (const instance of started) await instance.stop();
    await removeDataDir(dataDir);
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
