import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { freePort, waitFor } from '../../src/machine';
import { type InstanceState, readState } from '../../src/supervisor/data-dir';
import { postgresUrl } from '../../src/supervisor/postgres';

const CLI = resolve('dist/cli.js');
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 60_000;

/** Okuri as tests reach it that do not care how its processes were started. */
export interface RunningOkuri {
  url: string;
  /** The administrator's token. */
  token(): Promise<string>;
  /** Ports and processes, by name. */
  state(): Promise<Pick<InstanceState, 'ports' | 'children'>>;
  databaseUrl(): Promise<string>;
  stop(): Promise<unknown>;
}

/** `okuri up` as a process of its own, on a data directory and ports of its own. */
export interface TestInstance extends RunningOkuri {
  dataDir: string;
  pid: number;
  /** Everything that a person at its terminal has read so far. */
  output(): string;
  /** What it wrote down in its data directory: ports and children. */
  state(): Promise<InstanceState>;
  /** Waits until the terminal shows this. */
  says(text: string): Promise<void>;
  /** Ends it as a person would and gives its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** A directory for an instance; PostgreSQL's own account must get through to it when the tests run as root. */
export async function makeDataDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'okuri-instance-'));
  await chmod(dir, 0o711);
  return dir;
}

/** Removes the data directory of an instance that has stopped, and what PostgreSQL had to put elsewhere. */
export async function removeDataDir(dataDir: string): Promise<void> {
  const known = await readState(join(dataDir, 'instance.json'));
  for (const dir of [known?.postgresHome, dataDir]) if (dir) await rm(dir, { recursive: true, force: true });
}

/** The environment of an instance beside others: free ports, and the Temporal CLI that the tests have found already. */
export async function instanceEnvironment(dataDir: string): Promise<NodeJS.ProcessEnv> {
  const [port, grpc, ui] = [await freePort(), await freePort(), await freePort()];
  const { PATH, HOME, TEMPORAL_CLI } = process.env;
  return {
    ...{ PATH, HOME, TEMPORAL_CLI, OKURI_DATA_DIR: dataDir },
    PORT: String(port),
    OKURI_TEMPORAL_PORT: String(grpc),
    OKURI_TEMPORAL_UI_PORT: String(ui),
  };
}

/** Builds what has changed, so that the processes are of the sources under test. */
export async function buildOnce(): Promise<void> {
  await promisify(execFile)(process.execPath, ['scripts/build.cjs'], { timeout: 120_000 });
}

/** Starts an instance and waits until it is ready. */
export async function startInstance(env: NodeJS.ProcessEnv): Promise<TestInstance> {
  const child = spawn(process.execPath, [CLI, 'up'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const instance = describeInstance(child, env);
  await instance.says('Okuri is ready.');
  return instance;
}

/** Runs a command of the command line, given with its options, to its end. */
export async function okuri(
  command: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [CLI, ...command.split(' ')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collect(child);
  return { code: await exitOf(child), output: output() };
}

function describeInstance(child: ChildProcess, env: NodeJS.ProcessEnv): TestInstance {
  const output = collect(child);
  const exited = exitOf(child);
  const dataDir = env.OKURI_DATA_DIR ?? '';
  const instance: TestInstance = {
    url: `http://127.0.0.1:${env.PORT}`,
    dataDir,
    pid: child.pid ?? 0,
    output,
    token: async () => (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim(),
    async state() {
      const state = await readState(join(dataDir, 'instance.json'));
      if (state === undefined) throw new Error(`there is no instance in ${dataDir}`);
      return state;
    },
    async databaseUrl() {
      const { postgresHome, ports } = await instance.state();
      return postgresUrl(postgresHome ?? '', ports.postgres ?? 0);
    },
    async says(text) {
      const found = await waitFor(() => output().includes(text) || child.exitCode !== null, READY_TIMEOUT_MS);
      if (!found || !output().includes(text)) throw new Error(`it never said "${text}", but:\n${output()}`);
    },
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return exited;
    },
  };
  return instance;
}

function collect(child: ChildProcess): () => string {
  let text = '';
  const add = (chunk: Buffer) => {
    text += chunk.toString('utf8');
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  return () => text;
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((done, failed) => {
    child.once('close', (code) => done(code));
    child.once('exit', () => {
      // Servers that outlive a killed instance do not hold its output open; should that change, this says so.
      setTimeout(() => failed(new Error('its output stayed open')), STOP_TIMEOUT_MS).unref();
    });
  });
}
