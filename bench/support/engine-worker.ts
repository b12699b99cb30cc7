import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { WorkerWiring } from './gateway-rig';

/** `okuri worker` as production runs it: the build, in a process of its own. */
export interface EngineWorker {
  readonly pid: number;
  stop(): Promise<void>;
}

const START_MS = 120_000;
const STOP_MS = 60_000;

/** Starts it; with `profileTo` a processor profile of its main thread is left in that directory when it stops. */
export async function startEngineWorker(
  { databaseUrl, rmsBaseUrl, masterKey }: WorkerWiring,
  temporal: string,
  profileTo: string | undefined,
): Promise<EngineWorker> {
  const dataDir = await mkdtemp(join(tmpdir(), 'okuri-engine-'));
  const child = fork(resolve('dist/cli.js'), ['worker'], {
    execArgv: profileTo === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileTo],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      OKURI_MASTER_KEY: Buffer.from(masterKey, 'hex').toString('base64'),
      OKURI_DATA_DIR: dataDir,
      RMS_BASE_URL: rmsBaseUrl,
      TEMPORAL_ADDRESS: temporal,
    },
  });
  const [message] = await once(child, 'message', { signal: AbortSignal.timeout(START_MS) });
  if (JSON.stringify(message) !== '{"ready":true}')
    throw new Error(`the worker did not start: ${JSON.stringify(message)}`);
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      const gone = once(child, 'exit', { signal: AbortSignal.timeout(STOP_MS) });
      child.kill('SIGTERM');
      await gone;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
