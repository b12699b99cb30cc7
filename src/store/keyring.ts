import { performance } from 'node:perf_hooks';
import { and, asc, eq, sql } from 'drizzle-orm';
import { dataKeys, dataKeyWraps } from './access-schema';
import type { Database, Queryable, Transaction } from './database';
import { generationOf, importedKeys, masterKeyIdOf, type PlainKey, unwrap, wrap } from './master-key';
import { pageOfSealed, SEALED_COLUMNS } from './sealed-columns';
import { createVault, type Ring, ringOf, sealingKey, type Vault, VaultError, vaultOver } from './vault';

/** A data key of the database, unwrapped. */
export interface KeptKey extends PlainKey {
  /** Since when it may seal, by this process's clock (milliseconds). */
  readonly activeAt: number;
  /** How many master keys there have been up to the one that unwrapped it. */
  readonly generation: number;
}

/** A vault whose keys follow the database. */
export interface OpenVault {
  readonly vault: Vault;
  /** The id of the data key that seals now. @throws VaultError */
  sealingKeyId(): string;
  /** Reads the keys now. What goes wrong is told to `onError`. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** What to log when the keys of an open vault cannot be read. */
export const KEYS_NOT_READ = 'the data keys could not be read anew; those that are known go on to be used';

/** More often than a pool gives an idle connection up, so that a running process is always seen in the database. */
const REFRESH_MS = 5_000;
/** Keys that could not be read for this long may be out of date: nothing more is sealed with them. */
export const STALE_MS = 300_000;

/**
 * Opens a vault on the keys of a database and keeps them up to date. A database without the tables yet is waited for.
 * @param onError told when the keys cannot be read anew; those that are known go on to be used
 * @throws VaultError when the master key is not the one of this database
 */
export const openVault = async (
  db: Database,
  masterKey: Buffer,
  onError: (error: unknown) => void,
): Promise<OpenVault> => {
  let known: { readonly ring: Ring; readonly readAt: number } | undefined;
  let reading: Promise<void> | undefined;
  const read = async (): Promise<void> => {
    // Time that has passed, whatever the machine's clock says meanwhile.
    const readAt = performance.now();
    known = { ring: ringOf(await openKeyring(db, masterKey)), readAt };
  };
  const refresh = (): Promise<void> => {
    reading ??= read()
      .catch(onError)
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  const demand = (longestMs: number): Ring => {
    if (known !== undefined && performance.now() - known.readAt <= longestMs) return known.ring;
    void refresh();
    throw new VaultError(
      'The data keys could not be read from the database lately. The log of this process says why; nothing is sealed until they are.',
    );
  };
  if (await hasKeyTables(db)) await read();
  const timer = setInterval(refresh, REFRESH_MS).unref();
  return {
    vault: vaultOver({
      ring: () => demand(Number.POSITIVE_INFINITY),
      ringToSeal: () => demand(STALE_MS),
      onUnknownKey: () => void refresh(),
    }),
    sealingKeyId: () => sealingKey(demand(STALE_MS)).keyId,
    refresh,
    close: async () => {
      clearInterval(timer);
      await reading;
    },
  };
};

/**
 * A vault on the keys as they are now, for a few steps of a start and for what never changes.
 * @throws VaultError when the master key is not the one of this database
 */
export const readVault = async (db: Database, masterKey: Buffer): Promise<Vault> => {
  const ring = ringOf(await openKeyring(db, masterKey));
  return vaultOver({ ring: () => ring, ringToSeal: () => ring, onUnknownKey: () => undefined });
};

/** Whether the tables of keys are there. */
export const hasKeyTables = async (db: Queryable): Promise<boolean> =>
  (await db.execute(sql`select 1 where to_regclass('data_key_wraps') is not null`)).rows.length > 0;

/**
 * The data keys of a database, those that seal in the order in which they became active. A database without any gets
 * those that its master key gave by itself before there was this table, so that what was sealed then opens.
 * @throws VaultError when the master key is not the one of this database
 */
export const openKeyring = async (db: Database, masterKey: Buffer): Promise<KeptKey[]> =>
  (await readKeys(db, masterKey)) ??
  db.transaction(async (tx) => {
    await lockKeys(tx);
    return keysIn(tx, masterKey);
  });

/** The data keys, as `openKeyring` gives them, inside a transaction that holds their lock. @throws VaultError */
export const keysIn = async (tx: Transaction, masterKey: Buffer): Promise<KeptKey[]> => {
  const kept = await readKeys(tx, masterKey);
  if (kept !== undefined) return kept;
  await demandOpens(tx, masterKey);
  for (const key of importedKeys(masterKey))
    await addKey(tx, key, { activeFrom: EVER, under: [[masterKey, 1]] });
  return (await readKeys(tx, masterKey)) ?? [];
};

const EVER = sql`to_timestamp(0)`;

/** Keys are added, wrapped and deleted by one at a time. The lock ends with the transaction. */
export const lockKeys = async (tx: Transaction): Promise<void> => {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('data-keys', 0))`);
};

/** Stores a new data key, wrapped under each of these master keys, given with their generations. */
export const addKey = async (
  tx: Transaction,
  key: PlainKey,
  { activeFrom, under }: { activeFrom: typeof EVER; under: readonly (readonly [Buffer, number])[] },
): Promise<void> => {
  await tx.insert(dataKeys).values({ keyId: key.keyId, purpose: key.purpose, activeFrom });
  for (const [masterKey, generation] of under) await addWrap(tx, key, masterKey, generation);
};

/** Stores a data key as a master key wraps it. */
export const addWrap = async (
  tx: Transaction,
  key: PlainKey,
  masterKey: Buffer,
  generation: number,
): Promise<void> => {
  const wrapped = wrap(masterKey, generation, key);
  await tx.insert(dataKeyWraps).values({ keyId: key.keyId, masterKeyId: masterKeyIdOf(masterKey), wrapped });
};

/** The master keys that wrap something, by id, with their generations; the newest first. */
export const masterKeysIn = async (db: Queryable): Promise<{ masterKeyId: string; generation: number }[]> => {
  const rows = await db.select().from(dataKeyWraps);
  const generations = new Map(rows.map(({ masterKeyId, wrapped }) => [masterKeyId, generationOf(wrapped)]));
  return [...generations]
    .map(([masterKeyId, generation]) => ({ masterKeyId, generation }))
    .sort((a, b) => b.generation - a.generation);
};

/** @returns undefined when the database has no data keys yet */
const readKeys = async (db: Queryable, masterKey: Buffer): Promise<KeptKey[] | undefined> => {
  const now = Date.now();
  const rows = await db
    .select({
      keyId: dataKeys.keyId,
      purpose: dataKeys.purpose,
      /** By the database's clock: those of the processes may differ. */
      ageMs: sql<number>`(extract(epoch from clock_timestamp() - ${dataKeys.activeFrom}) * 1000)::float8`,
      wrapped: dataKeyWraps.wrapped,
    })
    .from(dataKeys)
    .leftJoin(
      dataKeyWraps,
      and(eq(dataKeyWraps.keyId, dataKeys.keyId), eq(dataKeyWraps.masterKeyId, masterKeyIdOf(masterKey))),
    )
    .orderBy(asc(dataKeys.activeFrom), asc(dataKeys.keyId));
  if (rows.length === 0) return undefined;
  if (rows.some(({ wrapped }) => wrapped === null)) throw await wrongKey(db, masterKey);
  return rows.map(({ ageMs, wrapped, ...data }) => ({
    ...data,
    key: unwrapped(masterKey, data, wrapped ?? Buffer.alloc(0)),
    activeAt: now - ageMs,
    generation: generationOf(wrapped ?? Buffer.alloc(0)),
  }));
};

const unwrapped = (masterKey: Buffer, data: Omit<PlainKey, 'key'>, wrapped: Buffer): Buffer => {
  try {
    return unwrap(masterKey, data, wrapped);
  } catch (cause) {
    throw new VaultError(
      `The data key ${data.keyId} was altered in the database: put the tables data_keys and data_key_wraps back from a backup.`,
      { cause },
    );
  }
};

const wrongKey = async (db: Queryable, masterKey: Buffer): Promise<VaultError> => {
  const known = await masterKeysIn(db);
  const ids = known.map(({ masterKeyId }) => masterKeyId).join(' and ');
  return new VaultError(
    `OKURI_MASTER_KEY is not the master key of this database: its id is ${masterKeyIdOf(masterKey)}, and the data keys here are wrapped by ${ids || 'none'}. Start with the key that this database was made with; after \`okuri rotate-master-key --finish\` that is the new one.`,
  );
};

/** Makes sure that a master key is the one of a database from before there was a table of keys. */
const demandOpens = async (tx: Transaction, masterKey: Buffer): Promise<void> => {
  const vault = createVault(masterKey);
  let refused: unknown;
  for (const column of SEALED_COLUMNS)
    for (const { place, sealed } of await pageOfSealed(tx, column, { after: undefined, limit: 1 })) {
      try {
        vault.open(place, sealed ?? Buffer.alloc(0));
        return;
      } catch (error) {
        refused = error;
      }
    }
  if (refused !== undefined)
    throw new VaultError(
      'OKURI_MASTER_KEY is not the master key of this database: it opens nothing of what is sealed here. Start with the key that this database was made with.',
      { cause: refused },
    );
};
