import { Client } from 'pg';
import { openKey } from '../store/credentials';
import type { Database } from '../store/database';
import { openDatabase } from '../store/database';
import { listShops } from '../store/shops';
import { createVault } from '../store/vault';

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
 * Makes sure that the master key opens the secrets in a database: with another one every shop's key would count as lost,
 * and new secrets would be sealed so that the right one does not open them. Raises VaultError, or DatabaseUnusable when
 * the database does not answer or has no schema yet.
 */
export const demandMasterKey = async (url: string, masterKey: Buffer): Promise<void> => {
  if (!(await ask(url, "select 1 where to_regclass('shops') is not null")))
    throw new DatabaseUnusable(`${placeOf(url)} has no tables of Okuri yet: run \`okuri migrate\` first.`);
  await withDatabase(url, async (db) => {
    const vault = createVault(masterKey);
    for (const { shopId } of await listShops(db)) if (await openKey(db, vault, shopId)) return;
  });
};

/** Whether a query has a row. */
const ask = async (url: string, query: string): Promise<boolean> => {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
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
