import { createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Client, escapeIdentifier } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { BackupError, type BackupTable, type BackupTrailer, write } from './backup-file';
import { generationOf } from './master-key';
import { knownMigrations, type Migration, newestApplied } from './migrations';

/** What a backup has in it. */
export interface BackupMade {
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
  /** Of the master keys that open it. */
  readonly masterKeyIds: readonly string[];
}

/** What belongs to no other installation and to no later time: people sign in anew, and attempts are counted anew. */
const LEFT_OUT = ['sessions', 'attempts'];
const LOCK_TIMEOUT_MS = 10_000;
/** Most of it is encrypted and does not shrink; the rest does at the lowest level already. */
const GZIP_LEVEL = 1;

/**
 * Writes everything that Okuri knows into a file of mode 0600, as of one moment and while everything goes on. The
 * simulated Rakuten is no part of it. Whole or not at all; a file that is there is not overwritten.
 * @throws BackupError
 */
export const backUp = async (url: string, file: string, product: string): Promise<BackupMade> => {
  const half = `${file}.part`;
  await demandFree(file, half);
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: LOCK_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    application_name: 'okuri-backup',
  });
  client.on('error', () => undefined);
  const counted = { tables: 0, rows: 0 };
  try {
    await client.connect();
    await client.query('begin isolation level repeatable read, read only');
    const migration = await migrationOf(client);
    const masterKeyIds = await masterKeyIdsIn(client);
    await pipeline(
      partsOf(client, { madeAt: new Date().toISOString(), product, migration, masterKeyIds }, counted),
      createGzip({ level: GZIP_LEVEL }),
      createWriteStream(half, { flags: 'wx', mode: 0o600 }),
    );
    await settle(half, file);
    return { ...counted, bytes: (await stat(file)).size, masterKeyIds };
  } catch (error) {
    await rm(half, { force: true });
    throw error;
  } finally {
    await client.end();
  }
};

const demandFree = async (file: string, half: string): Promise<void> => {
  for (const path of [file, half])
    if ((await stat(path).catch(() => undefined)) !== undefined)
      throw new BackupError(
        `${path} is there already, and is not overwritten. Name another file, or remove it.`,
      );
};

/** A backup that is shown is on the disk, also when the power goes now. */
const settle = async (half: string, file: string): Promise<void> => {
  for (const [path, then] of [
    [half, () => rename(half, file)],
    [dirname(file), async () => undefined],
  ] as const) {
    const handle = await open(path, 'r');
    await handle.sync().finally(() => handle.close());
    await then();
  }
};

const migrationOf = async (client: Client): Promise<Migration> => {
  const when = await newestApplied(client);
  const migration = knownMigrations().find((known) => known.when === when);
  if (when === undefined)
    throw new BackupError('This database has nothing of Okuri in it, so there is nothing to back up.');
  if (migration === undefined)
    throw new BackupError(
      'The schema of this database is of a later version of Okuri. Back it up with that version.',
    );
  return migration;
};

/** The newest first. */
const masterKeyIdsIn = async (client: Client): Promise<string[]> => {
  const there = await client.query(`select 1 where to_regclass('data_key_wraps') is not null`);
  if (there.rowCount === 0) return [];
  const { rows } = await client.query<{ id: string; wrapped: Buffer }>(
    'select distinct on (master_key_id) master_key_id as id, wrapped from data_key_wraps',
  );
  return rows.sort((a, b) => generationOf(b.wrapped) - generationOf(a.wrapped)).map(({ id }) => id);
};

async function* partsOf(
  client: Client,
  header: Parameters<typeof write.header>[0],
  counted: { tables: number; rows: number },
): AsyncGenerator<Buffer, void> {
  const tables = (await tablesOf(client)).filter(({ name }) => !LEFT_OUT.includes(name));
  // A migration that comes now waits: the structure must stay that of this moment.
  await client.query(
    `lock table ${tables.map(({ name }) => escapeIdentifier(name)).join(', ')} in access share mode`,
  );
  yield write.header(header);
  for (const table of tables) {
    const rows = client.query(copyTo(`copy ${listOf(table)} to stdout with (format binary)`));
    yield* write.table(table, rows);
    counted.rows += rows.rowCount;
  }
  counted.tables = tables.length;
  yield write.trailer({ tables: tables.length, sequences: await sequencesOf(client) });
}

/** `"table" ("column", …)`, as `copy` wants it. */
export const listOf = ({ name, columns }: BackupTable): string =>
  `${escapeIdentifier(name)} (${columns.map(escapeIdentifier).join(', ')})`;

/** The tables, each after those that it refers to, with the columns that have to be stored. */
export const tablesOf = async (client: Client): Promise<BackupTable[]> => {
  const { rows } = await client.query<BackupTable & { refersTo: string[] }>(`
    select c.relname as name,
      array(select attname::text from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
        and attgenerated = '' order by attnum) as columns,
      array(select distinct t.relname::text from pg_constraint f join pg_class t on t.oid = f.confrelid
        where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid) as "refersTo"
    from pg_class c where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace order by c.relname`);
  const sorted: BackupTable[] = [];
  for (let left = rows; left.length > 0; ) {
    const ready = left.filter(({ refersTo }) =>
      refersTo.every((name) => sorted.some((done) => done.name === name)),
    );
    if (ready.length === 0)
      throw new Error(`Tables refer to each other in a circle: ${left.map(({ name }) => name).join(', ')}`);
    sorted.push(...ready.map(({ name, columns }) => ({ name, columns })));
    left = left.filter((row) => !ready.includes(row));
  }
  return sorted;
};

/** Read last: numbers only rise, so that none is given twice after a restore. */
const sequencesOf = async (client: Client): Promise<BackupTrailer['sequences']> => {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'S' and relnamespace = current_schema()::regnamespace`,
  );
  const states: BackupTrailer['sequences'] = [];
  for (const { name } of rows) {
    const found = await client.query<{ last: string; called: boolean }>(
      `select last_value::text as last, is_called as called from ${escapeIdentifier(name)}`,
    );
    if (found.rows[0] !== undefined) states.push({ name, ...found.rows[0] });
  }
  return states;
};
