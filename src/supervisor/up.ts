import { join } from 'node:path';
import type { Config } from '../config';
import { endProcess, type Say, stillRuns } from '../machine';
import { migrate } from '../store/migrate';
import { connectTemporal } from '../temporal/connection';
import { ensureSearchAttributes } from '../temporal/search-attributes';
import { type DataDir, ensureSecrets, openDataDir, recordMasterKey, type Secrets } from './data-dir';
import { demandDatabase, demandMasterKey } from './database';
import { prepareDemo, retireDemo, sandboxDecision } from './demo';
import { takeLock } from './lock';
import { rotateLogs } from './logs';
import { startChild } from './node-child';
import { choosePort, demandPort } from './ports';
import { startPostgres } from './postgres';
import { Services } from './services';
import { keepTemporal, type TemporalPlace } from './temporal';

/** The whole of Okuri running on this machine. */
export interface Instance {
  /** What a person needs to know now, line by line. */
  summary: string[];
  /** Stops everything in order: API, worker (drained), Temporal, PostgreSQL. */
  stop(): Promise<void>;
}

/** How the person at the terminal takes part in a start. */
export interface Terminal {
  say: Say;
  /** Calls back at the first request to stop, and at the second, which hurries. */
  onStop(first: () => void, second: () => void): void;
}

/** Everything that the steps of a start share. */
interface Start {
  config: Config;
  dir: DataDir;
  secrets: Secrets;
  services: Services;
  say: Say;
}

const log = ({ dir }: Pick<Start, 'dir'>, name: string) => join(dir.path, 'logs', `${name}.log`);
const NODE_CHILDREN = ['worker', 'api'] as const;

/**
 * Starts PostgreSQL, Temporal, the worker and the API on a data directory and keeps them running. When a step fails,
 * everything that was started is stopped before the error is raised.
 */
export async function up(config: Config, { say, onStop }: Terminal): Promise<Instance> {
  const dir = await openDataDir(config.dataDir);
  const unlock = await takeLock(dir.path, say);
  // What an instance that was killed left running stays written down until it has been dealt with.
  let left = dir.state.children;
  const services = new Services(say, (children) => dir.record({ children: { ...left, ...children } }));
  onStop(
    () => services.interrupt(),
    () => services.kill(['api', 'worker', 'temporal']),
  );
  const endRotation = rotateLogs(join(dir.path, 'logs'), say);
  const stop = async () => {
    endRotation();
    await services.stop().finally(unlock);
  };
  try {
    const summary = await start({ config, dir, services, say, secrets: await ensureSecrets(dir, config) });
    left = {};
    return { summary, stop };
  } catch (error) {
    const reason = services.reasonOf(error);
    await stop();
    throw reason;
  }
}

async function start(context: Start): Promise<string[]> {
  const { config, dir, secrets, services, say } = context;
  await services.step(endLeftOvers(context));
  await demandPort('PORT', config.api.port, config.api.host);
  const databaseUrl = config.databaseUrl?.reveal() ?? (await keepPostgres(context));
  await services.step(demandDatabase(databaseUrl));
  say('Database: bringing the schema up to date');
  await services.step(migrate(databaseUrl));
  await services.step(demandMasterKey(databaseUrl, secrets.masterKey));
  await recordMasterKey(dir, secrets.masterKey);
  const temporal = config.temporal.address === undefined ? await keepTemporal(context) : undefined;
  await services.step(registerSearchAttributes(config, temporal));
  const sandboxPort = await services.step(setUpDemo(context, databaseUrl));
  const env = childEnvironment(context, databaseUrl, temporal, sandboxPort);
  // On our own Temporal there is no other worker to leave the orders to: the version that is started is the one meant.
  const options = { api: [], worker: temporal === undefined ? [] : ['--make-current'] };
  say('Starting the worker and the API');
  // Side by side: a worker that is ready works off what has gathered, and an API that has still to load waits for that.
  await Promise.all(
    NODE_CHILDREN.map((role) =>
      services.keep(role, () => startChild(role, env, log(context, role), options[role])),
    ),
  );
  return summary(context, temporal, sandboxPort);
}

/** Workers and APIs of an instance that was killed stop by themselves; those that have not yet are stopped here. */
async function endLeftOvers({ dir, say }: Start): Promise<void> {
  for (const role of NODE_CHILDREN) {
    const left = dir.state.children[role];
    if (left === undefined || !(await stillRuns(left))) continue;
    say(`Stopping the ${role} that was left running (pid ${left.pid})`);
    await endProcess(left.pid, ['SIGTERM', 20_000], ['SIGKILL', 5_000]);
  }
}

/** Keeps the embedded PostgreSQL and gives its address, which stays the same over its restarts. */
async function keepPostgres(context: Start): Promise<string> {
  const { dir, services, say } = context;
  say('Starting PostgreSQL');
  const server = await services.keep('postgres', async () => {
    const known = { knownHome: dir.state.postgresHome, port: dir.state.ports.postgres };
    const options = { dataDir: dir.path, ...known, logFile: log(context, 'postgres') };
    return startPostgres({ ...options, durable: true, say });
  });
  await dir.record({ postgresHome: server.home, ports: { ...dir.state.ports, postgres: server.port } });
  return server.url;
}

async function registerSearchAttributes(config: Config, local: TemporalPlace | undefined): Promise<void> {
  const { namespace } = config.temporal;
  const connection = await connectTemporal(local === undefined ? config : { temporal: local.config });
  await ensureSearchAttributes(connection, namespace).finally(() => connection.close());
}

/** Brings the demo shop into or out of service; gives the sandbox's port when the sandbox is on. */
async function setUpDemo(context: Start, databaseUrl: string): Promise<number | undefined> {
  const { config, secrets, say } = context;
  const on = await sandboxDecision(config, databaseUrl);
  const port = on ? await chooseSandboxPort(context) : undefined;
  const { masterKey } = secrets;
  const said =
    port === undefined
      ? await retireDemo(databaseUrl)
      : await prepareDemo({ databaseUrl, masterKey, sandboxUrl: sandboxUrl(port) });
  for (const line of said) say(line);
  return port;
}

const sandboxUrl = (port: number) => `http://127.0.0.1:${port}`;

async function chooseSandboxPort({ config, dir, say }: Start): Promise<number> {
  const wish = { title: 'Sandbox', variable: 'OKURI_SANDBOX_PORT', set: config.sandbox.port };
  const port = await choosePort({ ...wish, preferred: [dir.state.ports.sandbox] }, say);
  await dir.record({ ports: { ...dir.state.ports, sandbox: port } });
  return port;
}

function childEnvironment(
  { config, dir, secrets }: Start,
  databaseUrl: string,
  temporal: TemporalPlace | undefined,
  sandboxPort: number | undefined,
): NodeJS.ProcessEnv {
  return {
    ...process.env,
    DATABASE_URL: databaseUrl,
    ...(temporal && { TEMPORAL_ADDRESS: temporal.address, OKURI_TEMPORAL_UI_URL: temporal.uiUrl }),
    TEMPORAL_NAMESPACE: config.temporal.namespace,
    OKURI_MASTER_KEY: secrets.masterKey.toString('base64'),
    OKURI_ADMIN_TOKEN: secrets.adminToken,
    OKURI_SANDBOX: String(sandboxPort !== undefined),
    ...(sandboxPort !== undefined && { OKURI_SANDBOX_PORT: String(sandboxPort) }),
    PORT: String(config.api.port),
    OKURI_HOST: config.api.host,
    OKURI_DATA_DIR: dir.path,
  };
}

function summary(
  { config, dir, secrets }: Start,
  temporal: TemporalPlace | undefined,
  sandboxPort: number | undefined,
): string[] {
  const api = `http://${config.api.host}:${config.api.port}`;
  const outside = dir.state.postgresHome;
  const rows: [string, string | undefined][] = [
    ['API', `${api}   its documentation: ${api}/docs`],
    [
      'Temporal UI',
      temporal === undefined
        ? config.temporalUiUrl
        : `${temporal.uiUrl}   (no login: whoever reaches it can end every workflow; it listens on 127.0.0.1 alone, keep it so)`,
    ],
    ['Sandbox', sandboxPort === undefined ? undefined : `${sandboxUrl(sandboxPort)}/control`],
    ['Data', dir.path],
    [
      'PostgreSQL',
      outside === undefined || outside.startsWith(dir.path) ? undefined : `${outside}   (its data)`,
    ],
    ['Token', secrets.tokenIsNew ? `${secrets.adminToken}   (administrator; shown this once)` : undefined],
  ];
  const shown = rows.flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${name.padEnd(12)} ${value}`],
  );
  return ['', 'Okuri is ready.', ...shown, '  Ctrl-C stops it; the next start goes on where it was.', ''];
}
