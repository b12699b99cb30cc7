import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../src/machine';
import { instanceEnvironment, startInstance, type TestInstance } from '../support/instance';
import type { Environment, Start } from './environment';
import { TARGETS, TROUBLES } from './plan';

const RESTART_MS = 1_000;
const STARTS = 3;
/** What `okuri up` promises. */
const FIRST_MOVE_MS = 15_000;

/** Whether limits of running processes can be set here, which is how a disk is made to seem full. */
export const hasPrlimit = (): boolean => spawnSync('prlimit', ['--version']).status === 0;

/**
 * The whole of Okuri on this machine: `okuri up` on a data directory, and a second `okuri worker` beside it on the same
 * PostgreSQL and Temporal.
 * @param dataDir the instance's data directory, which a resumed run finds again
 */
export const embedded = async (dataDir: string): Promise<Environment> => {
  const clockDir = join(dataDir, 'clock');
  mkdirSync(clockDir, { recursive: true });
  const env: NodeJS.ProcessEnv = {
    ...(await instanceEnvironment(dataDir)),
    OKURI_SANDBOX: 'true',
    NODE_OPTIONS: `--require ${resolve(__dirname, 'clock.cjs')}`,
    CHAOS_CLOCK_DIR: clockDir,
  };
  let instance: TestInstance | undefined;
  const running = (): TestInstance => {
    if (instance === undefined) throw new Error('The instance was not started.');
    return instance;
  };
  const second = secondWorker(env, join(dataDir, 'logs', 'second-worker.log'));
  const start = async (): Promise<Start> => {
    const beganAt = Date.now();
    instance = await startPatiently(env);
    const readyAt = Date.now();
    second.keep();
    return { beganAt, readyAt };
  };
  const pidOf = async (child: string): Promise<number | undefined> => {
    const pid = (await running().state()).children[child]?.pid;
    return pid !== undefined && isAlive(pid) ? pid : undefined;
  };
  const killAll = async (): Promise<Start> => {
    second.leave();
    const { children } = await running().state();
    for (const pid of [running().pid, ...Object.values(children).map((child) => child.pid)]) killHard(pid);
    return start();
  };
  return {
    targets: TARGETS,
    firstMoveMs: FIRST_MOVE_MS,
    namespace: 'default',
    troubles: hasPrlimit() ? TROUBLES : TROUBLES.filter((kind) => kind !== 'disk_full'),
    clockDir,
    start,
    kill: async (target) => {
      if (target === 'everything') return killAll();
      if (target === 'second-worker') second.kill();
      else killHard(await pidOf(target));
      return undefined;
    },
    stop: async () => {
      second.leave();
      await instance?.stop();
    },
    apiUrl: () => running().url,
    token: () => running().token(),
    sandboxUrl: async () => `http://127.0.0.1:${(await running().state()).ports.sandbox}`,
    databaseUrl: () => running().databaseUrl(),
    temporalAddress: async () => `127.0.0.1:${(await running().state()).ports.temporal}`,
    postgresPid: () => pidOf('postgres'),
    logs: () => ['worker', 'second-worker', 'api'].map((name) => join(dataDir, 'logs', `${name}.log`)),
  };
};

/** Kills a process that may be gone already. */
export const killHard = (pid: number | undefined): void => {
  if (pid === undefined || pid <= 0 || !isAlive(pid)) return;
  process.kill(pid, 'SIGKILL');
};

/** What was killed may need a moment until its ports are free. */
const startPatiently = async (env: NodeJS.ProcessEnv): Promise<TestInstance> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startInstance(env);
    } catch (error) {
      if (attempt === STARTS) throw error;
      await sleep(RESTART_MS);
    }
  }
};

/** A second worker, started again whenever it ends, as a process manager would. */
const secondWorker = (base: NodeJS.ProcessEnv, logFile: string) => {
  const env = { ...base, CHAOS_CLOCK_NAME: 'second-worker' };
  let child: ChildProcess | undefined;
  let kept = false;
  const begin = (): void => {
    const log = openSync(logFile, 'a');
    child = spawn(process.execPath, [resolve('dist/cli.js'), 'worker'], { env, stdio: ['ignore', log, log] });
    child.once('exit', () => {
      child = undefined;
      setTimeout(() => {
        if (kept && child === undefined) begin();
      }, RESTART_MS).unref();
    });
  };
  return {
    keep: () => {
      kept = true;
      if (child === undefined) begin();
    },
    kill: () => child?.kill('SIGKILL'),
    /** Kills it and leaves it so. */
    leave: () => {
      kept = false;
      child?.kill('SIGKILL');
    },
  };
};
