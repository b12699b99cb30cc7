/** `npm run bench -- list [--rounds <n>]`: how long a list of orders takes, whatever it is narrowed by (docs/benchmarks.md). */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Pool } from 'pg';
import { z } from 'zod';
import { lookupText } from '../src/domain/lookup';
import { openDatabase } from '../src/store/database';
import { migrate } from '../src/store/migrate';
import { createVault } from '../src/store/vault';
import { FLOOR_PATH } from './processes/list-api';
import { caller } from './support/caller';
import { type Figure, never } from './support/figures';
import { forked } from './support/forked';
import { ASKED, type Asked } from './support/list-filters';
import { SEEDED, SEEDED_SHOPS, seedOrders } from './support/list-seed';
import { percentile, step } from './support/report';
import { runBenchmark } from './support/run';
import { type Servers, withServers } from './support/servers';

/** What the lists must give is known of so many. */
const ORDERS = 100_000;
const WARM_UP = 3;
const ROUNDS = 40;
const AIM_MS = 50;
const TOKEN = 'token-of-the-benchmark';

const page = z.object({ items: z.array(z.unknown()) });

interface Measured {
  readonly ms: number[];
  rows: number;
}

async function pathOf(pool: Pool, { query, behind }: Asked): Promise<string> {
  const params = new URLSearchParams(query);
  if (behind !== undefined) {
    const { rows } = await pool.query<{ at: Date; shop_id: string; order_number: string }>(
      `select created_at as at, shop_id, order_number from orders
       order by created_at desc, shop_id desc, order_number desc offset $1 limit 1`,
      [Math.floor(behind * ORDERS)],
    );
    const [row] = rows;
    const position = { createdAt: row?.at, shopId: row?.shop_id, orderNumber: row?.order_number };
    params.set('cursor', Buffer.from(JSON.stringify(position)).toString('base64url'));
  }
  return `/v1/orders?${params}`;
}

/** One after the other, each filter once a round, so that none has the caches to itself. */
async function measure(port: number, paths: readonly string[], rounds: number): Promise<Measured[]> {
  const ask = caller(port, TOKEN);
  const measured = paths.map((): Measured => ({ ms: [], rows: 0 }));
  for (let round = -WARM_UP; round < rounds; round += 1)
    for (const [index, path] of paths.entries()) {
      const { ms, text } = await ask(path);
      const own = measured[index];
      if (own === undefined || round < 0) continue;
      own.ms.push(ms);
      own.rows = page.parse(JSON.parse(text)).items.length;
    }
  return measured;
}

function figuresOf(floor: Measured, measured: readonly Measured[]): Figure[] {
  const least = percentile(floor.ms, 0.95);
  const figures = ASKED.map(({ what }, index): Figure => {
    const { ms = [], rows = 0 } = measured[index] ?? {};
    return {
      what,
      value: percentile(ms, 0.95),
      unit: 'ms (p95)',
      floor: least,
      aim: { atMost: AIM_MS },
      detail: `p50 ${percentile(ms, 0.5).toFixed(1)} ms, ${rows} orders`,
    };
  });
  const wrong = ASKED.filter(({ rows: [few, many] }, index) => {
    const rows = measured[index]?.rows ?? -1;
    return rows < few || rows > many;
  });
  const floorFigure = { what: 'floor: one order by its primary key', value: least, unit: 'ms (p95)' };
  const names = wrong.map(({ what }) => what).join('; ');
  return [
    floorFigure,
    slowestOf(figures),
    ...figures,
    never('lists of another length than they must have', wrong.length, names),
  ];
}

/** The one figure by which all lists are judged. */
const slowestOf = (figures: readonly Figure[]): Figure => {
  const [first, ...others] = figures;
  if (first === undefined) throw new Error('there is no list to be measured');
  const slowest = others.reduce((most, one) => (one.value > most.value ? one : most), first);
  return { ...slowest, what: `the slowest of ${figures.length} lists`, detail: slowest.what };
};

async function run(servers: Servers, rounds: number): Promise<Figure[]> {
  const databaseUrl = await servers.database();
  await migrate(databaseUrl);
  const { pool, close } = openDatabase(databaseUrl, { max: 1, onIdleError: () => undefined });
  const masterKey = randomBytes(32);
  const vault = createVault(masterKey);
  try {
    step(`${ORDERS} orders`);
    for (const shopId of SEEDED_SHOPS)
      await pool.query(`insert into shops (shop_id, name, shop_url, settings) values ($1, $1, $1, '{}')`, [
        shopId,
      ]);
    await seedOrders(pool, ORDERS, (name) => vault.fingerprint(lookupText(name)));
    const paths = await Promise.all(ASKED.map((asked) => pathOf(pool, asked)));
    const floorOrder = ['big', SEEDED.number.one];
    const input = { databaseUrl, masterKey: masterKey.toString('hex'), token: TOKEN, floorOrder };
    const api = await forked('list-api', input, { ready: z.number(), stopped: z.null() });
    step(`${ASKED.length} lists, ${rounds} times each`);
    const [floor = { ms: [], rows: 0 }, ...measured] = await measure(
      api.ready,
      [FLOOR_PATH, ...paths],
      rounds,
    );
    await api.stop();
    return figuresOf(floor, measured);
  } finally {
    await close();
  }
}

function main(): Promise<Figure[]> {
  const text = { type: 'string' } as const;
  const { rounds } = parseArgs({ options: { rounds: text } }).values;
  return withServers((servers) => run(servers, Number(rounds ?? ROUNDS)));
}

runBenchmark(main);
