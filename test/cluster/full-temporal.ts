import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { Client } from 'pg';
import { ended, endProcess, isAlive, spawnServer, tail, waitFor } from '../../src/machine';
import type { ServiceProcess } from '../../src/supervisor/services';
import type { Programs } from './programs';
import { DATABASES, DYNAMIC_CONFIG, serverConfig, type TemporalPorts } from './temporal-config';

/** What a full Temporal server is started with. */
export interface FullTemporal {
  readonly programs: Programs;
  /** A directory for its configuration and its log. */
  readonly dir: string;
  /** The PostgreSQL that holds its databases, as somebody who may create them. */
  readonly databaseUrl: string;
  readonly ports: TemporalPorts;
  readonly namespace: string;
}

const SCHEMA_TIMEOUT_MS = 120_000;
const START_TIMEOUT_MS = 120_000;
const CALL_MS = 3_000;
const ALREADY_EXISTS = 6;
const RETENTION = '90 days';
const SHUTDOWN: [NodeJS.Signals, number][] = [
  ['SIGTERM', 20_000],
  ['SIGKILL', 5_000],
];

/** Makes Temporal's databases where they are missing, and brings their schemas up to date. */
export const prepareDatabases = async ({ programs, databaseUrl }: FullTemporal): Promise<void> => {
  const { hostname, port, username, password } = new URL(databaseUrl);
  const env = { PATH: process.env.PATH, SQL_PASSWORD: decodeURIComponent(password) };
  const at = ['--plugin', 'postgres12', '--ep', hostname, '--port', port || '5432'];
  const as = ['--user', decodeURIComponent(username)];
  for (const { database, schema } of DATABASES) {
    const tool = (...args: string[]) =>
      promisify(execFile)(programs.sqlTool, [...at, ...as, '--db', database, ...args], {
        env,
        timeout: SCHEMA_TIMEOUT_MS,
      });
    await tool('create-database', '--defaultdb', 'postgres');
    if (!(await hasSchema(databaseUrl, database))) await tool('setup-schema', '-v', '0.0');
    await tool('update-schema', '--schema-name', schema);
  }
};

/** Whether a database of Temporal's knows the version of its schema; setting up again would forget it. */
const hasSchema = async (databaseUrl: string, database: string): Promise<boolean> => {
  const there = new URL(databaseUrl);
  there.pathname = `/${database}`;
  const client = new Client({ connectionString: there.href, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const found = await client.query(`select 1 where to_regclass('schema_version') is not null`);
    return found.rows.length > 0;
  } finally {
    await client.end();
  }
};

/** Starts all four services of a Temporal server in one process, and waits until its namespace can be used. @throws Error with its log's end */
export const startFullTemporal = async (options: FullTemporal): Promise<ServiceProcess> => {
  const { programs, dir, databaseUrl, ports } = options;
  const [config, dynamicConfig] = [join(dir, 'temporal.json'), join(dir, 'temporal-dynamic.json')];
  await writeFile(dynamicConfig, JSON.stringify(DYNAMIC_CONFIG, null, 1));
  const content = JSON.stringify(serverConfig(databaseUrl, ports, dynamicConfig), null, 1);
  await writeFile(config, content, { mode: 0o600 });
  const logFile = join(dir, 'logs', 'temporal.log');
  const args = ['--config-file', config, '--allow-no-auth', 'start'];
  const env = { PATH: process.env.PATH };
  const pid = await spawnServer({ program: programs.server, args, logFile, env });
  const stop = async () => {
    if (!(await endProcess(pid, ...SHUTDOWN))) throw new Error(`Temporal (pid ${pid}) could not be stopped`);
  };
  const ready = await waitFor(async () => !isAlive(pid) || (await hasNamespace(options)), START_TIMEOUT_MS);
  if (ready && isAlive(pid)) return { pid, exited: ended(pid), stop };
  await stop();
  throw new Error(`The Temporal server did not start; the end of ${logFile}:\n${tail(logFile)}`);
};

/** Registers the namespace. @returns whether it can be used yet */
const hasNamespace = async ({ ports, namespace }: FullTemporal): Promise<boolean> => {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({
      address: `127.0.0.1:${ports.frontend}`,
      connectTimeout: CALL_MS,
    });
    const { workflowService } = connection;
    await connection.withDeadline(Date.now() + CALL_MS, async () => {
      await workflowService
        .registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs(RETENTION) })
        .catch(unlessRegistered);
      await workflowService.countWorkflowExecutions({ namespace });
    });
    return true;
  } catch {
    // Not up yet: the caller asks again until its own time runs out, and then shows the server's log.
    return false;
  } finally {
    await connection?.close();
  }
};

const unlessRegistered = (error: unknown): void => {
  if (!isGrpcServiceError(error) || error.code !== ALREADY_EXISTS) throw error;
};
