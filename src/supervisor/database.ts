import type { Database } from '../store/database';
import { openDatabase } from '../store/database';
import { listShops, liveKey } from '../store/shops';
import { createVault } from '../store/vault';

/** Opens the database for a few steps of a start and closes it after them. */
export const withDatabase = async <T>(url: string, run: (db: Database) => Promise<T>): Promise<T> => {
  const database = openDatabase(url, { max: 2, onIdleError: () => undefined });
  try {
    return await run(database.db);
  } finally {
    await database.close();
  }
};

/**
 * Makes sure that the master key opens the secrets in a database: with another one every shop's key would count as lost,
 * and new secrets would be sealed so that the right one does not open them. Raises VaultError.
 */
export const demandMasterKey = (databaseUrl: string, masterKey: Buffer): Promise<void> =>
  withDatabase(databaseUrl, async (db) => {
    const vault = createVault(masterKey);
    for (const { shopId } of await listShops(db)) if (await liveKey(db, vault, shopId)) return;
  });
