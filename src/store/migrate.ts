import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import { Client, DatabaseError } from 'pg';
import { type Migration, migrationsFolder, withMigrationsThrough } from './migrations';

/** Any fixed number: processes that migrate at the same time wait for each other on it. */
const MIGRATION_LOCK = 7_034_001;

/** How long another process may take over its migration. */
const LONGEST_WAIT_MS = 120_000;
const LOCK_TIMEOUT = '55P03';

/** Another process holds the schema, and does not let go of it. */
class MigrationBusyError extends Error {
  override readonly name = 'MigrationBusyError';
}

/**
 * Brings the schema of a database up to date. Safe to run from several processes at once, and again.
 * @param longestWaitMs how long another process that migrates is waited for
 * @throws MigrationBusyError
 */
export const migrate = (databaseUrl: string, longestWaitMs = LONGEST_WAIT_MS): Promise<void> =>
  applyLocked(databaseUrl, longestWaitMs, migrationsFolder());

/** Brings the schema of a database to where it was after this migration. @throws MigrationBusyError */
export const migrateThrough = (databaseUrl: string, last: Migration): Promise<void> =>
  withMigrationsThrough(last, (folder) => applyLocked(databaseUrl, LONGEST_WAIT_MS, folder));

const applyLocked = async (databaseUrl: string, longestWaitMs: number, folder: string): Promise<void> => {
  const client = new Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 15_000,
    lock_timeout: longestWaitMs,
  });
  // A connection that breaks fails the next statement; unheard, it would end the process before.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]).catch(refuseBusy);
    await applyMigrations(drizzle(client), { migrationsFolder: folder });
  } finally {
    await client.end();
  }
};

const refuseBusy = (cause: unknown): never => {
  if (!(cause instanceof DatabaseError) || cause.code !== LOCK_TIMEOUT) throw cause;
  throw new MigrationBusyError(
    'Another process is changing the schema of this database and does not finish. Nothing was changed. End that process or let it finish, then start again.',
    { cause },
  );
};
