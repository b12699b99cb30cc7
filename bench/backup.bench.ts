/** `npm run bench -- backup [--orders <n>]`: how long a backup and a restore take, and with how much memory (docs/benchmarks.md). */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs, promisify } from 'node:util';
import { openDatabase } from '../src/store/database';
import { migrate } from '../src/store/migrate';
import type { Figure } from './support/figures';
import { SEEDED_SHOPS, seedOrders } from './support/list-seed';
import { step } from './support/report';
import { runBenchmark } from './support/run';
import { startServers } from './support/servers';

const ORDERS = 100_000;
const AIM_S = 300;
const AIM_MB = 300;
const LONGEST_MS = 1_800_000;
/** Tells at its end how much memory a process had at most, in kilobytes. */
const PEAK = `data:text/javascript,process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS))`;

/** Runs a command of the command line as a process of its own. */
async function timed(command: string, file: string, env: NodeJS.ProcessEnv) {
  const since = performance.now();
  const args = ['--import', PEAK, resolve('dist/cli.js'), command, file];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    env: { PATH: process.env.PATH, ...env },
    timeout: LONGEST_MS,
  });
  step(stdout.trim());
  return {
    took: (performance.now() - since) / 1000,
    megabytes: Number(/peak (\d+)/.exec(stderr)?.[1]) / 1000,
  };
}

async function run(orders: number): Promise<Figure[]> {
  const servers = await startServers(step);
  const dir = await mkdtemp(join(tmpdir(), 'okuri-bench-backup-'));
  try {
    const [from, to] = [await servers.database(), await servers.database()];
    await migrate(from);
    const { pool, close } = openDatabase(from, { onIdleError: () => undefined });
    step(`${orders} orders`);
    for (const shopId of SEEDED_SHOPS)
      await pool.query(`insert into shops (shop_id, name, shop_url, settings) values ($1, $1, $1, '{}')`, [
        shopId,
      ]);
    await seedOrders(pool, orders, (name) => name);
    const size = await pool.query<{ bytes: string }>('select pg_database_size(current_database()) as bytes');
    await close();
    const env = { OKURI_MASTER_KEY: randomBytes(32).toString('base64'), OKURI_DATA_DIR: dir };
    const file = join(dir, 'okuri.backup');
    const made = await timed('backup', file, { ...env, DATABASE_URL: from });
    const back = await timed('restore', file, { ...env, DATABASE_URL: to });
    const detail = `database ${(Number(size.rows[0]?.bytes) / 1e6).toFixed(0)} MB, file ${((await stat(file)).size / 1e6).toFixed(0)} MB`;
    return [
      { what: `backup of ${orders} orders`, value: made.took, unit: 's', aim: { atMost: AIM_S }, detail },
      { what: 'its memory at most', value: made.megabytes, unit: 'MB', aim: { atMost: AIM_MB } },
      { what: 'restore', value: back.took, unit: 's', aim: { atMost: AIM_S } },
      { what: 'its memory at most', value: back.megabytes, unit: 'MB', aim: { atMost: AIM_MB } },
    ];
  } finally {
    await servers.close();
    await rm(dir, { recursive: true, force: true });
  }
}

async function main(): Promise<Figure[]> {
  const { orders } = parseArgs({ options: { orders: { type: 'string' } } }).values;
  return run(orders === undefined ? ORDERS : Number(orders));
}

runBenchmark(main);
