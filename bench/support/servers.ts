import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { freePort } from '../../src/machine';
import { startPostgres } from '../../src/supervisor/postgres';
import { findProgram, TEMPORAL_CLI } from '../../src/temporal/binaries';
import { type DevServer, startDevServer } from '../../src/temporal/dev-server';

/** The servers of a benchmark, in a directory of their own below the system's temporary one. */
export interface Servers {
  /** The address of a new, empty database. */
  database(): Promise<string>;
  /** The address of Temporal: TEMPORAL_ADDRESS, else a dev server that starts when it is first asked for. */
  temporal(): Promise<string>;
  /** The processes by which the servers are known to the system, by name. */
  pids(): Promise<ReadonlyMap<number, string>>;
  /** Stops what was started and removes the directory, once. */
  close(): Promise<void>;
}

const NAMESPACE = 'default';

/** What servers may be asked for. */
interface ServerOptions {
  /** PostgreSQL counts what each statement costs (`pg_stat_statements`), which costs a little itself. */
  readonly countStatements?: boolean;
}

/** Runs a benchmark on servers of its own, which are gone when it ends or is stopped. */
export async function withServers<T>(
  run: (servers: Servers) => Promise<T>,
  options: ServerOptions = {},
): Promise<T> {
  const servers = await startServers(() => undefined, options);
  const stop = () => void servers.close().then(() => process.exit(1));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  try {
    return await run(servers);
  } finally {
    await servers.close();
  }
}

/** Starts PostgreSQL, which keeps what it was told as it would for a shop. */
export async function startServers(
  say: (line: string) => void,
  { countStatements = false }: ServerOptions = {},
): Promise<Servers> {
  const dir = await mkdtemp(join(tmpdir(), 'okuri-bench-'));
  // PostgreSQL's own account must get through when the benchmark runs as root.
  await chmod(dir, 0o711);
  const options = { dataDir: dir, logFile: join(dir, 'postgres.log'), durable: true, say };
  let postgres = await startPostgres(options);
  if (countStatements) {
    await execute(postgres.url, `alter system set shared_preload_libraries = 'pg_stat_statements'`);
    await postgres.stop();
    postgres = await startPostgres(options);
  }
  let temporal: Promise<DevServer> | undefined;
  const startTemporal = async (): Promise<DevServer> => {
    const cacheDir = resolve('.okuri/cache');
    const { path: cli } = await findProgram(TEMPORAL_CLI, { given: process.env.TEMPORAL_CLI, cacheDir, say });
    const files = { dbFile: join(dir, 'temporal.db'), logFile: join(dir, 'temporal.log') };
    return startDevServer({ cli, port: await freePort(), namespace: NAMESPACE, ...files });
  };
  const close = async (): Promise<void> => {
    // Neither is left running for the other's sake.
    await Promise.allSettled([temporal?.then((server) => server.stop()), postgres.stop()]);
    for (const path of [postgres.home, dir]) await rm(path, { recursive: true, force: true });
  };
  let closing: Promise<void> | undefined;
  return {
    database: () => createDatabase(postgres.url),
    temporal: async () => {
      if (process.env.TEMPORAL_ADDRESS) return process.env.TEMPORAL_ADDRESS;
      temporal ??= startTemporal();
      return (await temporal).address;
    },
    pids: async () =>
      new Map([
        [postgres.pid, 'PostgreSQL'],
        ...(temporal === undefined ? [] : [[(await temporal).pid, 'Temporal'] as const]),
      ]),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

async function createDatabase(server: string): Promise<string> {
  const name = `bench_${randomBytes(6).toString('hex')}`;
  await execute(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function execute(server: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: server, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
