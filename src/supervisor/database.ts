import { Client } from 'pg';
import type { Database } from '../store/database';
import { openDatabase } from '../store/database';
import { hasKeyTables, openKeyring } from '../store/keyring';

/** PostgreSQL cannot be used; the message names where it was looked for and what to do. */
class DatabaseUnusable extends Error {
  override readonly name = 'DatabaseUnusable';
}

const TIMEOUT_MS = 10_000;

/** Opens the database for a few steps of a start and closes it after them. */
export const withDatabase = async <T>(url: string, run: (db: Database) => Promise<T>): Promise<T> => {
  const database = openDatabase(url, { max: 2, onIdleError: () => undefined });
  try {
    return await run(database.db);
  } finally {
    await database.close();
  }
};

/** Makes sure that PostgreSQL answers at this address, within ten seconds. Raises DatabaseUnusable. */
export const demandDatabase = async (url: string): Promise<void> => {
  await ask(url, 'select 1');
};

/**
 * Makes sure that the master key is that of a database: with another one nothing that is sealed there opens. Raises
 * VaultError, or DatabaseUnusable when the database does not answer or has no schema yet.
 */
export const demandMasterKey = async (url: string, masterKey: Buffer): Promise<void> => {
  await demandDatabase(url);
  await withDatabase(url, async (db) => {
    if (!(await hasKeyTables(db)))
      throw new DatabaseUnusable(
        `${placeOf(url)} does not have the tables of this version of Okuri yet: run \`okuri migrate\` first.`,
      );
    await openKeyring(db, masterKey);
  });
};

/** Whether a query has a row. */
const ask = async (url: string, query: string): Promise<boolean> => {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  // A connection that breaks fails the next statement; unheard, it would end the process before.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(query)).rows.length > 0;
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new DatabaseUnusable(
      `PostgreSQL does not answer at ${placeOf(url)}: ${detail}. Check that it runs there, and DATABASE_URL.`,
      { cause },
    );
  } finally {
    await client.end();
  }
};

/** A database's address without its user and password. */
const placeOf = (url: string): string => {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
};
