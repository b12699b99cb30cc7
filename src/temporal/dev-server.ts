import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { ended, endProcess, isAlive, processesWith, type Say, spawnServer, tail, waitFor } from '../machine';
import { searchAttributeFlags } from './search-attributes';

export interface DevServerOptions {
  /** Path of the Temporal CLI. */
  cli: string;
  /** SQLite file; without it everything is in memory. */
  dbFile?: string;
  port: number;
  /** Without it there is no UI. */
  uiPort?: number;
  namespace: string;
  /** Dynamic configuration of the server that is other than its default, as `key=value`. */
  dynamicConfig?: readonly string[];
  /** File that the server's output is appended to. */
  logFile: string;
}

/** A running dev server. */
export interface DevServer {
  address: string;
  pid: number;
  /** Settles when the server has ended, whoever ended it. */
  exited: Promise<void>;
  stop(): Promise<void>;
}

/** The ports of a dev server with UI. */
export interface DevServerPorts {
  port: number;
  uiPort: number;
}

/** The dev server cannot be used; the message says why. */
class DevServerError extends Error {
  override readonly name = 'DevServerError';
}

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 60_000;
const ADOPT_TIMEOUT_MS = 10_000;
/** Closed workflows are looked at by people for a whole claim period; the dev server would drop them after a day. */
const RETENTION = '90 days';
const SHUTDOWN: [NodeJS.Signals, number][] = [
  ['SIGTERM', 15_000],
  ['SIGKILL', 5_000],
];

/** Starts the CLI's dev server and waits until its namespace is there, with 90 days of retention. Raises DevServerError. */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const { cli: program, logFile } = options;
  const pid = await spawnServer({ program, args: flags(options), logFile }).catch((error: unknown) => {
    throw new DevServerError(`The Temporal CLI could not be run: ${String(error)}`, { cause: error });
  });
  const ready = await waitFor(
    async () => !isAlive(pid) || (await prepareNamespace(options)),
    START_TIMEOUT_MS,
  );
  if (ready && isAlive(pid)) return running(pid, options.port);
  await endProcess(pid, ...SHUTDOWN);
  throw new DevServerError(`Temporal's dev server did not start; the end of ${logFile}:\n${tail(logFile)}`);
}

/**
 * Takes over the dev server that an earlier process left running on the same database file, or ends it when it no longer
 * answers or is on other ports than those wanted: two servers on one file would ruin it. Its command line tells its ports.
 * Gives undefined when there is none to take over.
 */
export async function adoptDevServer(
  { dbFile, namespace, wanted }: { dbFile: string; namespace: string; wanted: Partial<DevServerPorts> },
  say: Say,
): Promise<(DevServer & DevServerPorts) | undefined> {
  for (const { pid, command } of await processesWith(`--db-filename ${dbFile}`)) {
    const port = flagOf(command, '--port');
    const uiPort = flagOf(command, '--ui-port');
    const suits = (wanted.port ?? port) === port && (wanted.uiPort ?? uiPort) === uiPort;
    if (suits && (await waitFor(() => prepareNamespace({ port, namespace }), ADOPT_TIMEOUT_MS))) {
      say(`Temporal: adopted the server that was left running (pid ${pid}, port ${port})`);
      return { ...running(pid, port), port, uiPort };
    }
    say(
      `Temporal: ended a left-over server (pid ${pid}) that ${suits ? 'no longer answered' : 'used other ports'}`,
    );
    await endProcess(pid, ...SHUTDOWN);
  }
  return undefined;
}

/** Ends every dev server that was left running on a database file. Raises DevServerError when one cannot be ended. */
export async function endDevServers(dbFile: string, say: Say): Promise<void> {
  for (const { pid } of await processesWith(`--db-filename ${dbFile}`)) {
    say(`Temporal: ending the server that was left running (pid ${pid})`);
    await stop(pid);
  }
}

function flagOf(command: string, flag: string): number {
  return Number(command.split(`${flag} `)[1]?.split(' ')[0]);
}

function flags({ port, uiPort, namespace, dbFile, dynamicConfig = [] }: DevServerOptions): string[] {
  const ui = uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)];
  const storage = dbFile === undefined ? [] : ['--db-filename', dbFile];
  const log = ['--log-level', 'warn', '--log-format', 'json'];
  const address = ['--ip', HOST, '--port', String(port)];
  return [
    'server',
    'start-dev',
    ...address,
    ...ui,
    '--namespace',
    namespace,
    ...storage,
    ...log,
    ...searchAttributeFlags,
    ...dynamicConfig.flatMap((setting) => ['--dynamic-config-value', setting]),
  ];
}

/** Whether the server answers for the namespace; if it does, sets the retention. */
async function prepareNamespace({
  port,
  namespace,
}: Pick<DevServerOptions, 'port' | 'namespace'>): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address: `${HOST}:${port}`, connectTimeout: 2_000 });
    const { workflowService } = connection;
    const config = { workflowExecutionRetentionTtl: msToTs(RETENTION) };
    await connection.withDeadline(Date.now() + 2_000, () =>
      workflowService.updateNamespace({ namespace, config }),
    );
    return true;
  } catch {
    // Not up yet: the caller asks again until its own time runs out, and then shows the server's log.
    return false;
  } finally {
    await connection?.close();
  }
}

function running(pid: number, port: number): DevServer {
  return { address: `${HOST}:${port}`, pid, exited: ended(pid), stop: () => stop(pid) };
}

async function stop(pid: number): Promise<void> {
  if (!(await endProcess(pid, ...SHUTDOWN)))
    throw new DevServerError(`Temporal (pid ${pid}) could not be stopped`);
}
