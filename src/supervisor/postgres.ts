import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import {
  commandLine,
  ended,
  endProcess,
  errorCode,
  freePort,
  isAlive,
  portIsFree,
  type Say,
  spawnServer,
  tail,
  waitFor,
} from '../machine';
import { findPlace, PostgresError, type PostgresPlace } from './postgres-place';

export interface PostgresOptions {
  /** Absolute; the cluster lies below it. */
  dataDir: string;
  /** Where the cluster was before, if it was. */
  knownHome?: string;
  /** The port to use if it is free; else any free one. */
  port?: number;
  /** File that the server's output is appended to. */
  logFile: string;
  /** False gives up durability for speed: for tests only. */
  durable: boolean;
  say: Say;
}

/** A running embedded PostgreSQL. */
export interface PostgresServer {
  /** `postgres://` address of our database, password included. */
  url: string;
  port: number;
  pid: number;
  /** Directory that holds the cluster; below the data directory unless its account could not reach that. */
  home: string;
  /** Settles when the server has ended, whoever ended it. */
  exited: Promise<void>;
  /** Fast shutdown: open transactions are rolled back, everything committed is on disk. */
  stop(): Promise<void>;
}

const USER = 'okuri';
const DATABASE = 'okuri';
const HOST = '127.0.0.1';
/** SQLSTATE of a refused password: waiting longer would not help. */
const WRONG_PASSWORD = '28P01';
const START_TIMEOUT_MS = 120_000;
const INITDB_TIMEOUT_MS = 120_000;
const VERSION_TIMEOUT_MS = 10_000;
/** SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one (recovers at the next start). */
const SHUTDOWN: [NodeJS.Signals, number][] = [
  ['SIGINT', 30_000],
  ['SIGQUIT', 10_000],
  ['SIGKILL', 5_000],
];
const IMMEDIATE: [NodeJS.Signals, number][] = SHUTDOWN.slice(1);
const NOT_DURABLE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/**
 * Starts the embedded PostgreSQL of a data directory, creating its cluster on first use, or adopts the server that an
 * earlier process left running on it. Raises PostgresError when it cannot.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const place = await findPlace(options.dataDir, options.knownHome, options.say);
  const cluster = join(place.home, 'data');
  if (await exists(join(cluster, 'PG_VERSION'))) await demandSameMajor(place, cluster);
  else await createCluster(place, cluster, options.say);
  const password = await readPassword(place.home);
  const urlAt = (port: number) => addressOf(password, port);
  const left = await leftOver(place.home, cluster, urlAt, options.say);
  const server = left ?? (await launch(place, cluster, urlAt, options));
  await createDatabase(server.url);
  return server;
}

const passwordFile = (home: string) => join(home, 'password');
const readPassword = async (home: string) => (await readFile(passwordFile(home), 'utf8')).trim();
const addressOf = (password: string, port: number) =>
  `postgres://${USER}:${password}@${HOST}:${port}/${DATABASE}`;

/** The address of a server that was started before, by the home and port that it had. */
export async function postgresUrl(home: string, port: number): Promise<string> {
  return addressOf(await readPassword(home), port);
}

/** PostgreSQL reads the files of its own major version alone. */
async function demandSameMajor(place: PostgresPlace, cluster: string): Promise<void> {
  const written = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  const { stdout } = await promisify(execFile)(join(place.native, 'bin', 'postgres'), ['--version'], {
    env: environment(),
    timeout: VERSION_TIMEOUT_MS,
  });
  const own = /(\d+)(?:\.\d+)*/.exec(stdout)?.[1];
  if (own === written) return;
  throw new PostgresError(
    `The database in ${cluster} is of PostgreSQL ${written}, and this version of Okuri brings ${own}, which cannot read it. Nothing was changed. ` +
      'Go back to the version of Okuri that ran here, write a backup with it (okuri backup <file>), move the data directory away but for master.key, and put the backup back with this version (okuri restore <file>).',
  );
}

/** Runs initdb beside the final name and renames it, so that a cut-short one is never taken for a cluster. */
async function createCluster(place: PostgresPlace, cluster: string, say: Say): Promise<void> {
  say('PostgreSQL: creating its cluster');
  const { account } = place;
  const half = `${cluster}.new`;
  const secret = passwordFile(place.home);
  await rm(half, { recursive: true, force: true });
  await writeFile(secret, randomBytes(24).toString('hex'), { mode: 0o600 });
  if (account) await chown(secret, account.uid, account.gid);
  const options = [
    '--auth=scram-sha-256',
    `--pwfile=${secret}`,
    '--encoding=UTF8',
    '--no-instructions',
    '--no-sync',
  ];
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  try {
    const args = ['-D', half, '-U', USER, ...options, ...locale];
    const settings = { ...account, cwd: '/', env: environment(), timeout: INITDB_TIMEOUT_MS };
    await promisify(execFile)(join(place.native, 'bin', 'initdb'), args, settings);
  } catch (error) {
    const detail = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new PostgresError(`PostgreSQL's cluster could not be created in ${place.home}: ${detail}`);
  }
  await rename(half, cluster);
}

/** Only what PostgreSQL needs: its own variables of the surrounding shell (PGDATA, PGPORT) must not reach it. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
}

/** Looks for a server that was left running, or for a pid file that one left behind after a kill. */
async function leftOver(
  home: string,
  cluster: string,
  urlAt: (port: number) => string,
  say: Say,
): Promise<PostgresServer | undefined> {
  const pidFile = join(cluster, 'postmaster.pid');
  if (!(await exists(pidFile))) return undefined;
  const [pidText, , , portText] = (await readFile(pidFile, 'utf8')).split('\n');
  const pid = Number(pidText);
  const port = Number(portText);
  const running = pid > 0 ? await commandLine(pid) : undefined;
  if (running?.includes(cluster)) {
    if (port > 0 && (await waitFor(() => answers(urlAt(port)), 10_000))) {
      say(`PostgreSQL: adopted the server that was left running (pid ${pid}, port ${port})`);
      return { url: urlAt(port), port, pid, home, exited: ended(pid), stop: () => stop(pid) };
    }
    say(`PostgreSQL: ended a left-over server that no longer answered (pid ${pid})`);
    await endProcess(pid, ...IMMEDIATE);
  } else {
    say('PostgreSQL: the last run was cut short; removed its pid file, the server recovers from its log');
  }
  await rm(pidFile, { force: true });
  return undefined;
}

async function launch(
  place: PostgresPlace,
  cluster: string,
  urlAt: (port: number) => string,
  { port: wanted, logFile, durable }: PostgresOptions,
): Promise<PostgresServer> {
  const port = wanted !== undefined && (await portIsFree(wanted)) ? wanted : await freePort();
  const settings = [
    `listen_addresses=${HOST}`,
    `port=${port}`,
    'unix_socket_directories=',
    'timezone=UTC',
    'max_connections=200',
    // Four processes fewer, which a database of this size does not miss.
    'io_method=sync',
    'max_logical_replication_workers=0',
  ];
  const flags = [...settings, ...(durable ? [] : NOT_DURABLE)].flatMap((setting) => ['-c', setting]);
  const pid = await spawnServer({
    program: join(place.native, 'bin', 'postgres'),
    args: ['-D', cluster, ...flags],
    logFile,
    env: environment(),
    ...place.account,
  }).catch((error: unknown) => {
    throw new PostgresError(`PostgreSQL could not be run: ${String(error)}`, { cause: error });
  });
  const { home } = place;
  const url = urlAt(port);
  const ready = await waitFor(async () => !isAlive(pid) || (await answers(url)), START_TIMEOUT_MS);
  if (ready && isAlive(pid)) return { url, port, pid, home, exited: ended(pid), stop: () => stop(pid) };
  await endProcess(pid, ...IMMEDIATE);
  throw new PostgresError(`PostgreSQL did not start; the end of ${logFile}:\n${tail(logFile)}`);
}

async function stop(pid: number): Promise<void> {
  if (!(await endProcess(pid, ...SHUTDOWN)))
    throw new PostgresError(`PostgreSQL (pid ${pid}) could not be stopped`);
}

/** Whether the server on this address is ours (takes our password) and takes connections. */
async function answers(url: string): Promise<boolean> {
  const client = maintenance(url);
  try {
    await client.connect();
  } catch (error) {
    if (errorCode(error) !== WRONG_PASSWORD) return false;
    throw new PostgresError(
      'PostgreSQL refuses the password kept beside its cluster (postgres/password): put the right one back',
    );
  }
  await client.end();
  return true;
}

async function createDatabase(url: string): Promise<void> {
  const client = maintenance(url);
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

function maintenance(url: string): Client {
  const address = new URL(url);
  address.pathname = '/postgres';
  const client = new Client({ connectionString: address.href, connectionTimeoutMillis: 3_000 });
  // A connection that breaks fails the next statement; unheard, it would end the process before.
  return client.on('error', () => undefined);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
