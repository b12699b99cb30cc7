import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client, escapeIdentifier } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { listOf, tablesOf } from './backup';
import { BackupError, type BackupHeader, type BackupTrailer, readBackup } from './backup-file';
import { masterKeyIdOf } from './master-key';
import { migrate, migrateThrough } from './migrate';
import { knownMigrations, type Migration, newestApplied } from './migrations';

/** What was put back. */
export interface Restored {
  readonly tables: number;
  readonly rows: number;
  readonly madeAt: string;
  /** Shops whose stock is not published any more: they had `stockSync` on. */
  readonly silenced: readonly string[];
}

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Puts a backup back into an empty database and brings it up to date. The whole file is read and checked before anything
 * is changed, and its rows come in at once or not at all. No shop publishes its stock afterwards until a person says so.
 * @throws BackupError, MigrationBusyError
 */
export const restore = async (url: string, file: string, masterKey: Buffer): Promise<Restored> => {
  const header = await checked(file);
  demandMasterKey(header, masterKey);
  const migration = demandKnown(header);
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    lock_timeout: CONNECT_TIMEOUT_MS,
    application_name: 'okuri-restore',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await demandEmpty(client, migration);
    await migrateThrough(url, migration);
    const loaded = await load(client, file, migration);
    await migrate(url);
    return { ...loaded, madeAt: header.madeAt };
  } finally {
    await client.end();
  }
};

/** Reads a backup as a whole, and gives what stands at its beginning. @throws BackupError */
const checked = async (file: string): Promise<BackupHeader> => {
  let found: BackupHeader | undefined;
  await readBackup(file, {
    header: async (header) => {
      found = header;
    },
    table: async (_, rows) => {
      for await (const _piece of rows);
      return undefined;
    },
    trailer: async () => undefined,
  });
  if (found === undefined) throw new Error('A backup was read to its end without its beginning');
  return found;
};

const demandMasterKey = ({ masterKeyIds }: BackupHeader, masterKey: Buffer): void => {
  const own = masterKeyIdOf(masterKey);
  if (masterKeyIds.length === 0 || masterKeyIds.includes(own)) return;
  throw new BackupError(
    `What is sealed in this backup opens with the master key ${masterKeyIds.join(' or ')}, and the one given is ${own}. Nothing was changed. Give the right one in OKURI_MASTER_KEY, or put it into master.key of the data directory.`,
  );
};

const demandKnown = ({ migration: { tag, when }, product }: BackupHeader): Migration => {
  const known = knownMigrations().find((one) => one.when === when);
  if (known !== undefined) return known;
  throw new BackupError(
    `This backup was made by version ${product} of Okuri with the schema ${tag}, which this version does not know. Nothing was changed. Restore it with that version or a later one.`,
  );
};

const NOT_EMPTY =
  'The database is not empty, and a backup is put back into an empty one alone. Nothing was changed. Make a new database, or name another OKURI_DATA_DIR.';

/** Without tables, or with the tables that a restore left that was cut short: at most as new, and without a row. */
const demandEmpty = async (client: Client, migration: Migration): Promise<void> => {
  const applied = await newestApplied(client);
  const tables = await tablesOf(client);
  if (tables.length > 0 && (applied === undefined || applied > migration.when))
    throw new BackupError(NOT_EMPTY);
  await demandNoRows(client);
};

const demandNoRows = async (client: Client): Promise<void> => {
  for (const { name } of await tablesOf(client)) {
    const { rowCount } = await client.query(`select 1 from ${escapeIdentifier(name)} limit 1`);
    if (rowCount !== 0) throw new BackupError(NOT_EMPTY);
  }
};

const load = async (
  client: Client,
  file: string,
  migration: Migration,
): Promise<Omit<Restored, 'madeAt'>> => {
  const counted = { tables: 0, rows: 0 };
  await client.query('begin');
  try {
    const tables = await tablesOf(client);
    // Whoever starts on this database now waits, and finds it whole.
    await client.query(
      `lock table ${tables.map(({ name }) => escapeIdentifier(name)).join(', ')} in exclusive mode`,
    );
    if ((await newestApplied(client)) !== migration.when) throw new BackupError(NOT_EMPTY);
    await demandNoRows(client);
    await readBackup(file, {
      header: async () => undefined,
      table: async (table, rows) => {
        const stream = client.query(copyFrom(`copy ${listOf(table)} from stdin with (format binary)`));
        await pipeline(Readable.from(rows), stream);
        counted.tables += 1;
        counted.rows += stream.rowCount;
        return stream.rowCount;
      },
      trailer: (trailer) => setSequences(client, trailer),
    });
    const silenced = await silenceStock(client);
    await client.query('commit');
    await client.query('analyze');
    return { ...counted, silenced };
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
};

/** A ledger that lacks what left since the backup would offer it for sale again: a person looks at it first. */
const silenceStock = async (client: Client): Promise<string[]> => {
  const { rows } = await client.query<{ id: string }>(
    `update shops set settings = settings || '{"stockSync":"off"}' where settings->>'stockSync' <> 'off'
     returning shop_id as id`,
  );
  return rows.map(({ id }) => id).sort();
};

const setSequences = async (client: Client, { sequences }: BackupTrailer): Promise<void> => {
  for (const { name, last, called } of sequences)
    await client.query('select setval($1::regclass, $2, $3)', [escapeIdentifier(name), last, called]);
};
