import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { processesWith } from '../../src/machine';
import type { PlannedTrouble, Trouble } from './plan';
import { patiently, Refused, SHOP, type World } from './world';

/** Makes trouble of one kind, and gives what ends it. `stopped` aborts when it is to end. */
type Make = (world: World, trouble: PlannedTrouble) => Promise<() => Promise<void>>;

const HOUR_MS = 3_600_000;
const nothing = async (): Promise<void> => undefined;

const arm = (world: World, fault: object): Promise<unknown> =>
  patiently('arming a fault', () => world.control('POST', '/faults', { shopCode: SHOP.shopId, ...fault }));

/** The sandbox hits the next calls of a function: the answer is lost, or says something else than it should. */
const answers: Make = async (world, { operation, answer, times }) => {
  await arm(world, { operation, kind: answer, times });
  return nothing;
};

/** Rakuten answers 503 while hours pass: what time does at Rakuten and in our processes is cut short by their clocks. */
const hoursOf503: Make = async (world, { forMs, hours }) => {
  await arm(world, { operation: '*', kind: 'maintenance' });
  await sleep(forMs / 2);
  moveClock(world.env.clockDir, 'world', readClock(world.env.clockDir, 'world') + hours * HOUR_MS);
  return async () => {
    await patiently('ending the maintenance', () => world.control('DELETE', '/faults?kind=maintenance'));
  };
};

/** One person looks after the keys: the next ones die when the last trouble with them is over. */
let lastKeys: Promise<unknown> = Promise.resolve();

/** The shop's keys die; when the trouble ends a person issues a new one and pastes it, until it is taken. */
const keyDies: Make = async (world, trouble) => {
  const before = lastKeys;
  let over: () => void = () => undefined;
  lastKeys = new Promise<void>((resolve) => {
    over = resolve;
  });
  await before;
  const renew = await expireKeys(world, trouble);
  return () => renew().finally(over);
};

const expireKeys: Make = async (world, { id }) => {
  const keys = `/shops/${SHOP.shopId}/keys`;
  await patiently('expiring the key', () => world.control('POST', `${keys}/expire`)).catch(unlessRefused);
  return async () => {
    const licenseKey = `SL${SHOP.rakutenShopId}_renewed${id.padStart(9, '0')}`;
    await patiently('issuing a key', () =>
      world.control('POST', keys, { licenseKey, activeAfterSeconds: 1 }),
    );
    const until = Date.now() + KEY_PATIENCE_MS;
    for (let paste = 1; !(await pasted(world, licenseKey, `${id}-${paste}`)); paste += 1)
      if (Date.now() > until) throw new Error(`The key ${licenseKey.slice(-4)} was never taken.`);
  };
};

const KEY_PATIENCE_MS = 240_000;
const KEY_PAUSE_MS = 1_000;

/** Pastes a key, and waits for what becomes of it. While another renewal is under way it cannot be pasted. @returns whether it is in use */
const pasted = async (world: World, licenseKey: string, key: string): Promise<boolean> => {
  const path = `/v1/shops/${SHOP.shopId}/credentials/renewals`;
  const renewal = await patiently('pasting a key', () =>
    world.api<{ renewalId: string }>('POST', path, { licenseKey }, `renewal-${key}`),
  ).catch(unlessRefused);
  for (;;) {
    await sleep(KEY_PAUSE_MS);
    if (renewal === undefined) return false;
    const { state } = await patiently('looking at a renewal', () =>
      world.api<{ state: string }>('GET', `${path}/${renewal.renewalId}`),
    );
    if (state !== 'pending') return state === 'live';
  }
};

const unlessRefused = (error: unknown): undefined => {
  if (!(error instanceof Refused)) throw error;
};

/** The clock of one worker goes wrong for a while. */
const clockJumps: Make = async ({ env }, { who, hours }) => {
  moveClock(env.clockDir, who, hours * HOUR_MS);
  return async () => moveClock(env.clockDir, who, 0);
};

/** How many bytes a file may have while the disk is full: less than PostgreSQL's log has already. */
const FULL_AT_BYTES = 65_536;
const AGAIN_MS = 250;

/**
 * PostgreSQL can write to no file beyond its first bytes, which it takes like a full disk: it breaks off, and so does its
 * recovery, until there is room again.
 */
const diskFull: Make = async ({ env }, { forMs }) => {
  const limited = new Set<number>();
  for (const until = Date.now() + forMs; Date.now() < until; await sleep(AGAIN_MS)) {
    const postmaster = await env.postgresPid().catch(() => undefined);
    const pids = postmaster === undefined ? [] : [postmaster, ...(await childrenOf(postmaster))];
    for (const pid of pids.filter((own) => !limited.has(own))) {
      await limitFiles(pid, String(FULL_AT_BYTES));
      limited.add(pid);
    }
  }
  return async () => {
    for (const pid of limited) await limitFiles(pid, 'unlimited');
  };
};

/** A process that is gone has no limit to set. */
const limitFiles = (pid: number, bytes: string): Promise<unknown> =>
  promisify(execFile)('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`], { timeout: 5_000 }).catch(
    () => undefined,
  );

const childrenOf = async (parent: number): Promise<number[]> =>
  (await processesWith('postgres: ')).filter(({ pid }) => parentOf(pid) === parent).map(({ pid }) => pid);

const parentOf = (pid: number): number => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    // It has ended between the two looks.
    return 0;
  }
};

const STALLED_MS = 180;
const RUNNING_MS = 40;

/** Everything of PostgreSQL stands still most of the time. */
const slowDatabase: Make = async ({ env }, { forMs }) => {
  for (const until = Date.now() + forMs; Date.now() < until; await sleep(RUNNING_MS)) {
    const postmaster = await env.postgresPid().catch(() => undefined);
    const pids = postmaster === undefined ? [] : await childrenOf(postmaster);
    try {
      for (const pid of pids) signal(pid, 'SIGSTOP');
      await sleep(STALLED_MS);
    } finally {
      for (const pid of pids) signal(pid, 'SIGCONT');
    }
  }
  return nothing;
};

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
};

/** Somebody's session holds the tables that everything writes to. */
const lockedDatabase: Make = async ({ env }, { forMs }) => {
  const client = new Client({ connectionString: await env.databaseUrl(), connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(
      `begin; set local lock_timeout = '3s'; lock table orders, outbox, timeline in exclusive mode`,
    );
    await sleep(forMs);
    await client.query('rollback');
  } catch {
    // PostgreSQL went down meanwhile, or too much was under way to get the lock: then this was no trouble.
  }
  await client.end().catch(() => undefined);
  return nothing;
};

const rollingRestart: Make = async ({ env }) => {
  await env.restartWorkers?.();
  return nothing;
};

/** What each kind of trouble does, and what ends it. */
const MAKE: Readonly<Record<Trouble, Make>> = {
  lost_answers: answers,
  odd_answers: answers,
  hours_of_503: hoursOf503,
  key_dies: keyDies,
  clock_jumps: clockJumps,
  disk_full: diskFull,
  slow_database: slowDatabase,
  locked_database: lockedDatabase,
  rolling_restart: rollingRestart,
};

/** Kinds that last by what they do themselves; the others last until they are ended. */
const LASTS_ITSELF: readonly Trouble[] = [
  'disk_full',
  'slow_database',
  'locked_database',
  'lost_answers',
  'odd_answers',
  'rolling_restart',
];

/** Makes one trouble from its beginning to its end. */
export const makeTrouble = async (world: World, trouble: PlannedTrouble): Promise<void> => {
  const end = await MAKE[trouble.kind](world, trouble);
  if (!LASTS_ITSELF.includes(trouble.kind)) await sleep(trouble.forMs);
  await end();
};

/** What a run that broke off may have left armed or wrong; the hours that have passed stay passed. */
export const endAllTrouble = async (world: World): Promise<void> => {
  for (const who of ['worker', 'second-worker']) moveClock(world.env.clockDir, who, 0);
  await patiently('disarming all faults', () => world.control('DELETE', '/faults'));
};

const readClock = (dir: string, name: string): number => {
  try {
    return Number(readFileSync(join(dir, name), 'utf8'));
  } catch {
    // Nobody has moved it yet.
    return 0;
  }
};

const moveClock = (dir: string, name: string, offsetMs: number): void => {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, name);
  writeFileSync(`${file}.new`, String(Math.round(offsetMs)));
  renameSync(`${file}.new`, file);
};
