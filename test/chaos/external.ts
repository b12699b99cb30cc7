import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { endProcess, type Say, waitFor } from '../../src/machine';
import { type Kept, keepIn } from '../cluster/kept';
import {
  APIS,
  freeOkuriPorts,
  migrate,
  type OkuriPorts,
  type Parts,
  startOkuri,
  WORKERS,
} from '../cluster/okuri';
import { type Addresses, startServers } from '../cluster/servers';
import { hasPrlimit, killHard } from './embedded';
import type { Environment, Start } from './environment';
import { TARGETS, type Target, TROUBLES, type Trouble } from './plan';

/**
 * Callers go to one API after the other, as behind a balancer that does not know which of them lives. A shop of the
 * sandbox is registered only where the sandbox is, in the first one.
 */
export const SHOPS = '/v1/shops';
/** As long as a worker may drain, and its successor start. */
const DRAIN_MS = 45_000;
const BACK_MS = 90_000;

/** What is kept of a run in its directory. */
interface Secrets {
  readonly masterKey: string;
  readonly adminToken: string;
  readonly ports: OkuriPorts;
}

/** Several processes of Okuri on servers of their own. */
export interface External extends Environment {
  /** All processes by name. */
  children: Kept['children'];
}

/**
 * Okuri as on several machines: a PostgreSQL and a full Temporal server, each started here or given by DATABASE_URL and
 * TEMPORAL_ADDRESS, with two APIs and three workers.
 * @param dir holds everything; a resumed run finds it again
 */
export const external = async (dir: string, say: Say, namespace = 'okuri'): Promise<External> => {
  const clockDir = join(dir, 'clock');
  mkdirSync(clockDir, { recursive: true });
  const secrets = await secretsIn(dir);
  let now: { kept: Kept; addresses: Addresses; parts: Parts } | undefined;
  const running = () => {
    if (now === undefined) throw new Error('The environment was not started.');
    return now;
  };
  let migrated = false;
  const begin = async (): Promise<Start> => {
    const beganAt = Date.now();
    const kept = await keepIn(dir, say);
    const { services } = kept;
    try {
      const addresses = await startServers({ dir, services, namespace, say });
      const common = environmentOf(dir, clockDir, secrets, addresses);
      if (!migrated) await migrate(common);
      migrated = true;
      now = { kept, addresses, parts: await startOkuri(dir, services, common, secrets.ports) };
    } catch (error) {
      await services.stop();
      throw error;
    }
    return { beganAt, readyAt: Date.now() };
  };
  // What is killed or restarted while everything starts has its turn afterwards.
  let starting: Promise<unknown> = Promise.resolve();
  const start = (): Promise<Start> => {
    const started = begin();
    starting = started.catch(() => undefined);
    return started;
  };
  const killAll = async (): Promise<Start> => {
    const { services, pidOf } = running().kept;
    services.interrupt();
    for (const name of [...WORKERS, ...APIS, 'temporal', 'postgres']) killHard(pidOf(name));
    await services.stop();
    return start();
  };
  let apiKills = 0;
  let apiCalls = 0;
  const nameOf = (target: Exclude<Target, 'everything'>): string => {
    // The APIs die in turns.
    if (target === 'api') return APIS[apiKills++ % APIS.length] ?? 'api';
    return target;
  };
  return {
    ...reachable(),
    namespace,
    clockDir,
    start,
    kill: async (target) => {
      await starting;
      if (target === 'everything') return killAll();
      killHard(running().kept.pidOf(nameOf(target)));
      return undefined;
    },
    restartWorkers: async () => {
      for (const name of WORKERS) {
        await starting;
        await restart(name, (own) => running().kept.pidOf(own));
        say(`${name} was restarted`);
      }
    },
    stop: async () => {
      await now?.kept.services.stop();
    },
    apiUrl: (path) => {
      const { apiUrls } = running().parts;
      return apiUrls[path === SHOPS ? 0 : apiCalls++ % apiUrls.length] ?? '';
    },
    token: async () => secrets.adminToken,
    sandboxUrl: async () => running().parts.sandboxUrl,
    databaseUrl: async () => running().addresses.DATABASE_URL,
    temporalAddress: async () => running().addresses.TEMPORAL_ADDRESS,
    postgresPid: async () => running().kept.pidOf('postgres'),
    logs: () => running().parts.logs,
    children: () => running().kept.children(),
  };
};

/** What can be killed and broken: servers that run elsewhere cannot. */
const reachable = (): { targets: readonly Target[]; troubles: readonly Trouble[] } => {
  const { DATABASE_URL, TEMPORAL_ADDRESS } = process.env;
  const away: readonly Target[] = [
    ...(DATABASE_URL === undefined ? [] : (['postgres', 'everything'] as const)),
    ...(TEMPORAL_ADDRESS === undefined ? [] : (['temporal', 'everything'] as const)),
  ];
  const beyond: readonly Trouble[] = [
    ...(DATABASE_URL === undefined && hasPrlimit() ? [] : (['disk_full'] as const)),
    ...(DATABASE_URL === undefined ? [] : (['slow_database'] as const)),
  ];
  return {
    targets: TARGETS.filter((target) => !away.includes(target)),
    troubles: [...TROUBLES, 'rolling_restart' as const].filter((trouble) => !beyond.includes(trouble)),
  };
};

/** Stops a worker in order and waits until it is back; whoever kills it or everything meanwhile helps. */
const restart = async (name: string, pidOf: Kept['pidOf']): Promise<void> => {
  const pid = pidOf(name);
  if (pid !== undefined && !(await endProcess(pid, ['SIGTERM', DRAIN_MS])))
    throw new Error(`${name} (pid ${pid}) did not drain within ${DRAIN_MS} ms`);
  const isBack = () => ![undefined, pid].includes(pidOf(name));
  if (!(await waitFor(isBack, BACK_MS))) throw new Error(`${name} did not come back`);
};

const environmentOf = (
  dir: string,
  clockDir: string,
  { masterKey, adminToken }: Secrets,
  addresses: Addresses,
): NodeJS.ProcessEnv => ({
  ...{ PATH: process.env.PATH, HOME: process.env.HOME, ...addresses },
  ...{ OKURI_DATA_DIR: dir, OKURI_MASTER_KEY: masterKey, OKURI_ADMIN_TOKEN: adminToken },
  ...{ OKURI_ALLOWED_RMS_HOSTS: '127.0.0.1', CHAOS_CLOCK_DIR: clockDir },
  NODE_OPTIONS: `--require ${resolve(__dirname, 'clock.cjs')}`,
});

const secretsIn = async (dir: string): Promise<Secrets> => {
  const file = join(dir, 'secrets.json');
  const known = await readFile(file, 'utf8').catch(() => undefined);
  if (known !== undefined) return JSON.parse(known) as Secrets;
  const fresh: Secrets = {
    masterKey: randomBytes(32).toString('base64'),
    adminToken: randomBytes(24).toString('hex'),
    ports: await freeOkuriPorts(),
  };
  await writeFile(file, JSON.stringify(fresh), { mode: 0o600 });
  return fresh;
};
