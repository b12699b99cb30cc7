import { and, eq, lt, sql } from 'drizzle-orm';
import { dataKeys } from './access-schema';
import type { Database, Queryable } from './database';
import { lockKeys } from './keyring';
import { pageOfSealed, replaceSealed, SEALED_COLUMNS, type SealedColumn } from './sealed-columns';
import { headerOf, type Vault, VaultError } from './vault';

/** A key that seals, as the database knows it. */
export interface StoredSealKey {
  readonly keyId: string;
  /** For how long it has sealed, in milliseconds; negative before it does. */
  readonly ageMs: number;
}

/** What came of looking through everything that is sealed. */
export interface Resealing {
  /** Values that the current key seals now and an older one sealed before. */
  readonly resealed: number;
  /** Values that somebody wrote meanwhile. */
  readonly overtaken: number;
  /** Where values stand that do not open; they stay as they are. */
  readonly broken: readonly string[];
}

const PAGE_ROWS = 100;

/** The keys that seal, the oldest first. */
export const sealKeysIn = (db: Queryable): Promise<StoredSealKey[]> =>
  db
    .select({
      keyId: dataKeys.keyId,
      ageMs: sql<number>`(extract(epoch from clock_timestamp() - ${dataKeys.activeFrom}) * 1000)::float8`,
    })
    .from(dataKeys)
    .where(eq(dataKeys.purpose, 'seal'))
    .orderBy(dataKeys.activeFrom, dataKeys.keyId);

/**
 * Seals with the current key, `keyId`, whatever another one sealed. Every value is read once, a page at a time, and
 * replaced only if it still is what was read: what somebody writes meanwhile stays.
 * @returns undefined when it was told to stop
 */
export const resealAll = async (
  db: Database,
  vault: Vault,
  keyId: string,
  isStopped: () => boolean,
): Promise<Resealing | undefined> => {
  const found = { resealed: 0, overtaken: 0, broken: [] as string[] };
  for (const column of SEALED_COLUMNS) {
    let after: readonly string[] | undefined;
    do {
      if (isStopped()) return undefined;
      after = await resealPage({ db, vault, column, keyId, found }, after);
    } while (after !== undefined);
  }
  return found;
};

interface Pass {
  readonly db: Database;
  readonly vault: Vault;
  readonly column: SealedColumn;
  readonly keyId: string;
  readonly found: { resealed: number; overtaken: number; broken: string[] };
}

/** @returns where the next page begins; undefined after the last one */
const resealPage = async (
  { db, vault, column, keyId, found }: Pass,
  after: readonly string[] | undefined,
): Promise<readonly string[] | undefined> => {
  const page = await pageOfSealed(db, column, { after, limit: PAGE_ROWS, except: headerOf(keyId) });
  for (const { key, place, sealed } of page) {
    if (sealed === null) continue;
    const anew = resealed(vault, place, sealed);
    if (anew === undefined) found.broken.push(place);
    else if (await replaceSealed(db, column, key, [sealed, anew])) found.resealed += 1;
    else found.overtaken += 1;
  }
  return page.length < PAGE_ROWS ? undefined : page.at(-1)?.key;
};

/** Undefined for a value that does not open. */
const resealed = (vault: Vault, place: string, sealed: Buffer): Buffer | undefined => {
  let text: string;
  try {
    text = vault.open(place, sealed);
  } catch (error) {
    if (error instanceof VaultError) return undefined;
    throw error;
  }
  return vault.seal(place, text);
};

/** Deletes the keys that sealed before this one. Expects that nothing is left under them. @returns their ids */
export const deleteSealKeysBefore = (db: Database, keyId: string): Promise<string[]> =>
  db.transaction(async (tx) => {
    await lockKeys(tx);
    const [current] = await tx.select().from(dataKeys).where(eq(dataKeys.keyId, keyId));
    if (current === undefined) return [];
    const deleted = await tx
      .delete(dataKeys)
      .where(and(eq(dataKeys.purpose, 'seal'), lt(dataKeys.activeFrom, current.activeFrom)))
      .returning({ keyId: dataKeys.keyId });
    return deleted.map((key) => key.keyId);
  });
