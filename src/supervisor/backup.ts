import { join, resolve } from 'node:path';
import type { Config } from '../config';
import { type Say, stillRuns } from '../machine';
import { backUp } from '../store/backup';
import { BackupError } from '../store/backup-file';
import { restore } from '../store/restore';
import { VERSION } from '../version';
import { masterKeyFiles, openDataDir, readKey, readState, recordMasterKey } from './data-dir';
import { demandDatabase } from './database';
import { takeLock } from './lock';
import { postgresUrl, startPostgres } from './postgres';

/**
 * Writes everything that Okuri knows into a file: from DATABASE_URL, from the instance that runs on the data directory,
 * or else from its PostgreSQL, which is started for that. @throws BackupError, DataDirError, PostgresError
 */
export async function backup(config: Config, file: string, say: Say): Promise<void> {
  const path = resolve(file);
  const from = config.databaseUrl?.reveal() ?? (await runningDatabase(config.dataDir));
  const write = async (url: string) => {
    await demandDatabase(url);
    return backUp(url, path, VERSION);
  };
  const made = from === undefined ? await onOwnPostgres(config, say, write) : await write(from);
  say(
    `${path}: ${made.rows} rows of ${made.tables} tables, ${(made.bytes / 1e6).toFixed(1)} MB. ` +
      `Without the master key (${made.masterKeyIds.join(', ') || 'none is in use yet'}) what is sealed in it does not open: keep that key elsewhere.`,
  );
}

/**
 * Puts a backup back: into DATABASE_URL, or into the PostgreSQL of a data directory on which no instance runs. The next
 * start brings the workflow of every open order back. @throws BackupError, DataDirError, PostgresError
 */
export async function putBack(config: Config, file: string, say: Say): Promise<void> {
  const path = resolve(file);
  const masterKey = config.masterKey?.reveal() ?? (await readKey(masterKeyFiles(config.dataDir).current));
  if (masterKey === undefined)
    throw new BackupError(
      `The master key is missing: what is sealed in a backup does not open without it. Give it in OKURI_MASTER_KEY, or put it into ${masterKeyFiles(config.dataDir).current}. Nothing was changed.`,
    );
  const read = async (url: string) => {
    await demandDatabase(url);
    return restore(url, path, masterKey);
  };
  const elsewhere = config.databaseUrl?.reveal();
  const done =
    elsewhere === undefined ? await onOwnPostgres(config, say, read, masterKey) : await read(elsewhere);
  say(
    `${path}, of ${done.madeAt}, is back: ${done.rows} rows of ${done.tables} tables. The first worker that starts brings the workflow of every open order back, ` +
      'and each order is read at Rakuten before anything is done to it. Begin with an empty Temporal (okuri rebuild).',
  );
  if (done.silenced.length > 0)
    say(
      `stockSync is off now for ${done.silenced.join(', ')}: what left or came in since the backup is missing in the stock. Take Rakuten's numbers over or count, then switch it on again.`,
    );
}

async function runningDatabase(dataDir: string): Promise<string | undefined> {
  const state = await readState(join(dataDir, 'instance.json'));
  const { postgresHome: home, ports, children } = state ?? {};
  if (home === undefined || ports?.postgres === undefined || children?.postgres === undefined)
    return undefined;
  return (await stillRuns(children.postgres)) ? postgresUrl(home, ports.postgres) : undefined;
}

/** Runs something on the PostgreSQL of a data directory that nobody else uses meanwhile. */
async function onOwnPostgres<T>(
  config: Config,
  say: Say,
  run: (url: string) => Promise<T>,
  masterKey?: Buffer,
): Promise<T> {
  const dir = await openDataDir(config.dataDir);
  const unlock = await takeLock(dir.path, say);
  try {
    const server = await startPostgres({
      ...{ dataDir: dir.path, knownHome: dir.state.postgresHome, port: dir.state.ports.postgres },
      ...{ logFile: join(dir.path, 'logs', 'postgres.log'), durable: true, say },
    });
    try {
      await dir.record({ postgresHome: server.home, ports: { ...dir.state.ports, postgres: server.port } });
      const result = await run(server.url);
      if (masterKey !== undefined) await recordMasterKey(dir, masterKey);
      return result;
    } finally {
      await server.stop();
    }
  } finally {
    await unlock();
  }
}
