import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  endProcess,
  errorCode,
  identify,
  type ProcessIdentity,
  type Say,
  stillRuns,
} from '../../src/machine';
import { endLeftOvers, keepIn } from './kept';
import { buildPrograms, findPrograms } from './programs';
import { type Addresses, CACHE_DIR, startServers } from './servers';

const USAGE = `Usage: npm run cluster -- <command>
  build        build Temporal's full server with Go, for lack of a release (some minutes, once)
  up <dir>     PostgreSQL and a full Temporal server on that directory, until Ctrl-C or "down"
  env <dir>    their addresses, as variables for okuri
  down <dir>   ends them
  test [args]  the scenes and the twenty orders on such servers, with two APIs and three workers; args are Jest's
DATABASE_URL and TEMPORAL_ADDRESS name servers that run elsewhere, TEMPORAL_NAMESPACE another namespace than okuri.`;

const NAMESPACE = process.env.TEMPORAL_NAMESPACE ?? 'okuri';
const PATIENCE_MS = 60_000;
const CLUSTER_TESTS = ['test/scenes', 'test/e2e/twenty-orders'];

const say: Say = (line) => void process.stderr.write(`${line}\n`);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** What `up` writes down for `env` and `down`. */
interface Running {
  readonly supervisor: ProcessIdentity;
  readonly addresses: Addresses;
}

const fileIn = (dir: string): string => join(dir, 'cluster.json');

const readRunning = async (dir: string): Promise<Running | undefined> => {
  try {
    return JSON.parse(await readFile(fileIn(dir), 'utf8')) as Running;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};

const exportsOf = (addresses: Addresses): string =>
  Object.entries(addresses)
    .map(([name, value]) => `export ${name}='${value}'`)
    .join('\n');

const up = async (dir: string): Promise<number> => {
  const before = await readRunning(dir);
  if (before !== undefined && (await stillRuns(before.supervisor))) {
    say(`They run already (pid ${before.supervisor.pid}): npm run cluster -- down ${dir}`);
    return 1;
  }
  await mkdir(dir, { recursive: true });
  const stopped = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => done());
  });
  const { services } = await keepIn(dir, say);
  void stopped.then(() => services.interrupt());
  try {
    const addresses = await startServers({ dir, services, namespace: NAMESPACE, say });
    const supervisor = await identify(process.pid);
    await writeFile(fileIn(dir), JSON.stringify({ supervisor, addresses }, null, 1), { mode: 0o600 });
    print(exportsOf(addresses));
    say('Ready. Ctrl-C stops them.');
    await stopped;
  } finally {
    await services.stop();
  }
  return 0;
};

const down = async (dir: string): Promise<number> => {
  const running = await readRunning(dir);
  if (running !== undefined && (await stillRuns(running.supervisor)))
    await endProcess(running.supervisor.pid, ['SIGTERM', PATIENCE_MS], ['SIGKILL', 5_000]);
  await endLeftOvers(dir, say);
  return 0;
};

const env = async (dir: string): Promise<number> => {
  const running = await readRunning(dir);
  if (running === undefined || !(await stillRuns(running.supervisor))) {
    say(`Nothing runs on ${dir}: npm run cluster -- up ${dir}`);
    return 1;
  }
  print(exportsOf(running.addresses));
  return 0;
};

const test = async (args: readonly string[]): Promise<number> => {
  const found = process.env.TEMPORAL_ADDRESS === undefined ? findPrograms(CACHE_DIR) : undefined;
  const programs = found && { TEMPORAL_SERVER: found.server, TEMPORAL_SQL_TOOL: found.sqlTool };
  const jest = [resolve('node_modules/jest/bin/jest.js'), '--runInBand'];
  const { status } = spawnSync(process.execPath, [...jest, ...(args.length > 0 ? args : CLUSTER_TESTS)], {
    env: { ...process.env, ...programs, TEST_CLUSTER: '1' },
    stdio: 'inherit',
  });
  return status ?? 1;
};

const build = async (): Promise<number> => {
  await buildPrograms(CACHE_DIR, say);
  const { server, sqlTool } = findPrograms(CACHE_DIR);
  print(`${server}\n${sqlTool}`);
  return 0;
};

const ON_DIRECTORY: Readonly<Record<string, (dir: string) => Promise<number>>> = { up, env, down };

const main = async (): Promise<number> => {
  const [command = '', ...args] = process.argv.slice(2);
  if (command === 'build') return build();
  if (command === 'test') return test(args);
  const [dir] = args;
  const run = Object.hasOwn(ON_DIRECTORY, command) ? ON_DIRECTORY[command] : undefined;
  if (run !== undefined && dir !== undefined) return run(resolve(dir));
  say(USAGE);
  return 2;
};

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
