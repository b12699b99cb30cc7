import { execFile } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { findProgram, TEMPORAL_CLI } from '../../src/temporal/binaries';
import type { Machine } from './results';
import { startServers } from './servers';

const run = async (command: string, args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(command, [...args], { timeout: 10_000 })).stdout.trim();

/** What the benchmarks run on. Of the system's version no more than its first two numbers are told. */
export const describeMachine = async (): Promise<Machine> => ({
  cores: cpus().length,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  memoryGb: Math.round(totalmem() / 2 ** 30),
  os: `${type()} ${release().split('.').slice(0, 2).join('.')} ${process.arch}`,
  node: process.versions.node,
  temporal: await temporalVersion(),
  postgres: await postgresVersion(),
});

/**
 * The commit that is measured, short; `+` stands behind it when sources were changed since. The results themselves and the
 * page made of them are no change of what is measured.
 */
export const currentCommit = async (): Promise<string> => {
  try {
    const changed = await run('git', ['status', '--porcelain', '--', '.', ':!bench/results.json', ':!docs']);
    return (await run('git', ['rev-parse', '--short', 'HEAD'])) + (changed === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
};

const temporalVersion = async (): Promise<string> => {
  const cacheDir = resolve('.okuri/cache');
  const say = () => undefined;
  const { path } = await findProgram(TEMPORAL_CLI, { given: process.env.TEMPORAL_CLI, cacheDir, say });
  const said = await run(path, ['--version']);
  return /version (\S+)/.exec(said)?.[1] ?? said;
};

const postgresVersion = async (): Promise<string> => {
  const servers = await startServers(() => undefined);
  const client = new Client({ connectionString: await servers.database(), connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>(
      `select current_setting('server_version') as version`,
    );
    return rows[0]?.version ?? 'unknown';
  } finally {
    await client.end();
    await servers.close();
  }
};
