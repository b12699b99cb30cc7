/** `npm run bench -- access [--orders <n>] [--seconds <n>]`: what access control costs, and one order under load (docs/benchmarks.md). */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Pool } from 'pg';
import { z } from 'zod';
import { sha256 } from '../src/api/idempotency';
import { lookupText } from '../src/domain/lookup';
import { DEFAULT_SETTINGS } from '../src/domain/settings';
import { type Database, openDatabase } from '../src/store/database';
import { migrate } from '../src/store/migrate';
import { createToken } from '../src/store/tokens';
import { createVault } from '../src/store/vault';
import { BARE } from './processes/access-api';
import { caller } from './support/caller';
import type { Figure } from './support/figures';
import { forked } from './support/forked';
import { SEEDED_SHOPS, seedOrders } from './support/list-seed';
import { type OpenLoad, openLoop } from './support/open-loop';
import { percentile, step } from './support/report';
import { runBenchmark } from './support/run';
import { type Servers, withServers } from './support/servers';

const ORDERS = 100_000;
const SECONDS = 20;
const WARM_UP_SECONDS = 3;
const PER_SECOND = 200;
const CONNECTIONS = 50;
const ORDER_AIM_MS = 20;
const AUTH_ROUNDS = 2_000;
const AUTH_AIM_MS = 1;
/** Orders that are asked for in turn, spread over all of them. */
const ASKED = 1_000;
const ADMIN_TOKEN = 'token-of-the-benchmark';

const tokenIn = async (db: Database): Promise<string> => {
  const token = `okuri_${randomBytes(32).toString('base64url')}`;
  await createToken(db, {
    tokenId: crypto.randomUUID(),
    name: 'bench',
    hash: sha256(token),
    last4: token.slice(-4),
    role: 'viewer',
    shopIds: null,
    expiresAt: new Date(Date.now() + 3_600_000),
    createdBy: 'bench',
  });
  return token;
};

/** What finding out who asks adds to a request that does nothing else: three ways of asking in turn, over one connection each. */
const measureAuthentication = async (port: number, token: string): Promise<Figure[]> => {
  const ways = {
    open: { ask: caller(port, token), path: '/healthz', ms: [] as number[] },
    administrator: { ask: caller(port, ADMIN_TOKEN), path: '/v1/session', ms: [] as number[] },
    token: { ask: caller(port, token), path: '/v1/session', ms: [] as number[] },
  };
  for (let round = -200; round < AUTH_ROUNDS; round += 1)
    for (const { ask, path, ms } of Object.values(ways)) {
      const answer = await ask(path);
      if (round >= 0) ms.push(answer.ms);
    }
  const added = ({ ms }: { ms: number[] }, share: number) =>
    percentile(ms, share) - percentile(ways.open.ms, share);
  const detail = (way: { ms: number[] }) =>
    `p50 ${percentile(way.ms, 0.5).toFixed(2)} ms with it, ${percentile(ways.open.ms, 0.5).toFixed(2)} ms without; it adds ${added(way, 0.95).toFixed(2)} ms at p95`;
  return [
    {
      what: 'a token of the API adds to a request',
      value: added(ways.token, 0.5),
      unit: 'ms (p50)',
      aim: { atMost: AUTH_AIM_MS },
      detail: detail(ways.token),
    },
    {
      what: 'the administrator’s token adds to a request',
      value: added(ways.administrator, 0.5),
      unit: 'ms (p50)',
      aim: { atMost: AUTH_AIM_MS },
      detail: detail(ways.administrator),
    },
  ];
};

const pathsOf = async (pool: Pool, orders: number): Promise<string[]> => {
  const { rows } = await pool.query<{ shop_id: string; order_number: string }>(
    `select shop_id, order_number from (
       select shop_id, order_number, row_number() over (order by created_at) as place from orders) o
     where place % $1 = 0 limit $2`,
    [Math.max(1, Math.floor(orders / ASKED)), ASKED],
  );
  return rows.map((row) => `/v1/orders/${row.shop_id}/${row.order_number}`);
};

const measureOrders = async (load: Omit<OpenLoad, 'path'>, paths: readonly string[]): Promise<Figure[]> => {
  const of = (prefix: string, length: number) =>
    openLoop({ ...load, seconds: length, path: (index) => prefix + (paths[index % paths.length] ?? '') });
  for (const prefix of [BARE, '']) await of(prefix, WARM_UP_SECONDS);
  const bare = await of(BARE, load.seconds);
  const own = await of('', load.seconds);
  const detail = (ms: number[]) =>
    `p50 ${percentile(ms, 0.5).toFixed(1)}, p99 ${percentile(ms, 0.99).toFixed(1)} ms of ${ms.length} requests, from the moment each was due`;
  const floor = percentile(bare, 0.95);
  return [
    { what: 'floor: Express with the same queries', value: floor, unit: 'ms (p95)', detail: detail(bare) },
    {
      what: `one order, ${PER_SECOND} a second over ${CONNECTIONS} connections`,
      value: percentile(own, 0.95),
      unit: 'ms (p95)',
      floor,
      aim: { atMost: ORDER_AIM_MS },
      detail: detail(own),
    },
  ];
};

const run = async (servers: Servers, orders: number, length: number): Promise<Figure[]> => {
  const databaseUrl = await servers.database();
  await migrate(databaseUrl);
  const { db, pool, close } = openDatabase(databaseUrl, { max: 1, onIdleError: () => undefined });
  const masterKey = randomBytes(32);
  const vault = createVault(masterKey);
  try {
    step(`${orders} orders`);
    for (const shopId of SEEDED_SHOPS)
      await pool.query(`insert into shops (shop_id, name, shop_url, settings) values ($1, $1, $1, $2)`, [
        shopId,
        DEFAULT_SETTINGS,
      ]);
    await seedOrders(pool, orders, (name) => vault.fingerprint(lookupText(name)));
    const token = await tokenIn(db);
    const paths = await pathsOf(pool, orders);
    const input = { databaseUrl, masterKey: masterKey.toString('hex'), token: ADMIN_TOKEN };
    const api = await forked('access-api', input, { ready: z.number(), stopped: z.null() });
    step(`${AUTH_ROUNDS} requests of each kind`);
    const authentication = await measureAuthentication(api.ready, token);
    step(`${PER_SECOND} requests a second for ${length} s, bare and then through the API`);
    const load = { port: api.ready, token, perSecond: PER_SECOND, connections: CONNECTIONS, seconds: length };
    const one = await measureOrders(load, paths);
    await api.stop();
    return [...authentication, ...one];
  } finally {
    await close();
  }
};

const main = (): Promise<Figure[]> => {
  const options = { orders: { type: 'string' }, seconds: { type: 'string' } } as const;
  const { orders, seconds: length } = parseArgs({ options }).values;
  return withServers((servers) => run(servers, Number(orders ?? ORDERS), Number(length ?? SECONDS)));
};

runBenchmark(main);
