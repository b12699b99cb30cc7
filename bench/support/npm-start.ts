import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { waitFor } from '../../src/machine';
import { readState } from '../../src/supervisor/data-dir';
import { postgresUrl } from '../../src/supervisor/postgres';
import type { TestInstance } from '../../test/support/instance';

/** An instance that is started as a person starts it. */
export interface StartedInstance extends TestInstance {
  /** Milliseconds from `npm start` until it says that it is ready. Raises what it said instead. */
  readonly ready: Promise<number>;
}

const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 60_000;

/** Runs `npm start` on the data directory and ports of this environment. */
export function npmStart(env: NodeJS.ProcessEnv): StartedInstance {
  const began = performance.now();
  // A group of its own: a Ctrl-C is for the benchmark, which stops what it has started.
  const child = spawn('npm', ['start'], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const instance = describe(child, env);
  return { ...instance, ready: instance.says('Okuri is ready.').then(() => performance.now() - began) };
}

function describe(child: ChildProcess, env: NodeJS.ProcessEnv): TestInstance {
  const dataDir = env.OKURI_DATA_DIR ?? '';
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  child.on('error', (error) => {
    output += `npm could not be run: ${error.message}`;
  });
  const instance: TestInstance = {
    url: `http://127.0.0.1:${env.PORT}`,
    dataDir,
    pid: child.pid ?? 0,
    output: () => output,
    token: async () => (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim(),
    async state() {
      const state = await readState(join(dataDir, 'instance.json'));
      if (state === undefined) throw new Error(`There is no instance in ${dataDir}.`);
      return state;
    },
    async databaseUrl() {
      const { postgresHome, ports } = await instance.state();
      return postgresUrl(postgresHome ?? '', ports.postgres ?? 0);
    },
    async says(text) {
      await waitFor(() => output.includes(text) || ended() || child.pid === undefined, READY_TIMEOUT_MS);
      if (!output.includes(text)) throw new Error(`npm start never said "${text}", but:\n${output}`);
    },
    async stop(signal = 'SIGTERM') {
      if (child.pid === undefined || ended()) return child.exitCode;
      child.kill(signal);
      if (await waitFor(ended, STOP_TIMEOUT_MS)) return child.exitCode;
      throw new Error(`npm start (pid ${child.pid}) did not stop; what it said:\n${output}`);
    },
  };
  return instance;
}
