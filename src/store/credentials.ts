import { and, asc, desc, eq, getTableColumns, gt, isNull, lt, ne, or, type SQL, sql } from 'drizzle-orm';
import { audit } from './audit';
import type { Database, Queryable, Transaction } from './database';
import { tellOfKeys } from './key-news';
import { credentialPlace } from './places';
import { credentialRenewals, credentials, shops } from './shop-schema';
import type { Vault } from './vault';

/** What opens Rakuten's API for a shop. Never logged, never answered. */
export interface ShopKey {
  readonly serviceSecret: string;
  readonly licenseKey: string;
}

/** A stored key that was opened, with when it expires as far as Rakuten has told. */
interface OpenedKey extends ShopKey {
  readonly keyId: string;
  /** Where the shop's calls go; null: to where all shops' do. */
  readonly rmsBaseUrl: string | null;
  readonly expiresAt?: Date;
}

const {
  sealedServiceSecret: _secret,
  sealedLicenseKey: _key,
  fingerprint: _print,
  ...shown
} = getTableColumns(credentials);

/** A key of a shop as people may see it. */
export type KeySlot = Omit<
  typeof credentials.$inferSelect,
  'sealedServiceSecret' | 'sealedLicenseKey' | 'fingerprint'
>;

const fingerprintOf = (vault: Vault, { serviceSecret, licenseKey }: ShopKey): string =>
  vault.fingerprint(`key/${serviceSecret}:${licenseKey}`);

const open = (vault: Vault, row: typeof credentials.$inferSelect): ShopKey => ({
  serviceSecret: vault.open(credentialPlace(row.shopId, 'serviceSecret'), row.sealedServiceSecret),
  licenseKey: vault.open(credentialPlace(row.shopId, 'licenseKey'), row.sealedLicenseKey),
});

/** A key to store. */
interface NewKey extends Pick<typeof credentials.$inferInsert, 'shopId' | 'state' | 'inUse' | 'addedBy'> {
  readonly key: ShopKey;
}

/** Stores a key beside those that a shop has. @returns its id */
export const addKey = async (tx: Transaction, vault: Vault, { key, ...slot }: NewKey): Promise<string> => {
  const { shopId } = slot;
  const [row] = await tx
    .insert(credentials)
    .values({
      ...slot,
      sealedServiceSecret: vault.seal(credentialPlace(shopId, 'serviceSecret'), key.serviceSecret),
      sealedLicenseKey: vault.seal(credentialPlace(shopId, 'licenseKey'), key.licenseKey),
      licenseKeyLast4: key.licenseKey.slice(-4),
      fingerprint: fingerprintOf(vault, key),
    })
    .returning({ keyId: credentials.credentialId });
  if (row === undefined) throw new Error(`The key of shop ${shopId} was not stored`);
  return row.keyId;
};

const inUseOf = (shopId: string): SQL | undefined => and(eq(credentials.shopId, shopId), credentials.inUse);

/**
 * The key that calls of a shop go out with, or the named one of its keys; undefined when it has none such.
 * @throws VaultError when the master key does not open it
 */
export const openKey = async (
  db: Queryable,
  vault: Vault,
  shopId: string,
  keyId?: string,
): Promise<OpenedKey | undefined> => {
  const [found] = await db
    .select({ row: getTableColumns(credentials), rmsBaseUrl: shops.rmsBaseUrl })
    .from(credentials)
    .innerJoin(shops, eq(shops.shopId, credentials.shopId))
    .where(
      keyId === undefined
        ? inUseOf(shopId)
        : and(eq(credentials.shopId, shopId), eq(credentials.credentialId, keyId)),
    );
  if (found === undefined) return undefined;
  const { row, rmsBaseUrl } = found;
  const { credentialId: id, expiresAt } = row;
  return { ...open(vault, row), keyId: id, rmsBaseUrl, ...(expiresAt === null ? {} : { expiresAt }) };
};

/** The keys of a shop: the one in use first, then the newest. */
export const listKeys = (db: Queryable, shopId: string): Promise<KeySlot[]> =>
  db
    .select(shown)
    .from(credentials)
    .where(eq(credentials.shopId, shopId))
    .orderBy(desc(credentials.inUse), desc(credentials.createdAt));

/** The key of a shop that is the same as this one, secret and all. @throws VaultError */
export const findSameKey = async (
  db: Queryable,
  vault: Vault,
  shopId: string,
  key: ShopKey,
): Promise<KeySlot | undefined> => {
  const wanted = fingerprintOf(vault, key);
  const rows = await db.select().from(credentials).where(eq(credentials.shopId, shopId));
  return rows.find((row) => (row.fingerprint ?? fingerprintOf(vault, open(vault, row))) === wanted);
};

/** The last four characters of the licence key that a shop's calls go out with: all that is ever shown of it. */
export const keyInUseLast4 = async (db: Queryable, shopId: string): Promise<string | undefined> => {
  const [row] = await db
    .select({ last4: credentials.licenseKeyLast4 })
    .from(credentials)
    .where(inUseOf(shopId));
  return row?.last4;
};

/** Keeps others from changing which key a shop uses until this transaction ends. Comes before every other lock on keys and circuits. */
export const lockKeys = async (tx: Transaction, shopId: string): Promise<void> => {
  await tx.select({ shopId: shops.shopId }).from(shops).where(eq(shops.shopId, shopId)).for('no key update');
};

/** Notes when a key ends, as Rakuten told. A key whose end has moved is announced anew. */
export const setKeyExpiry = async (db: Queryable, keyId: string, expiresAt: Date): Promise<void> => {
  const moved = sql`${credentials.expiresAt} is distinct from ${expiresAt.toISOString()}::timestamptz`;
  await db
    .update(credentials)
    .set({ expiresAt, announcedDays: null })
    .where(and(eq(credentials.credentialId, keyId), moved));
};

/** Notes when Rakuten was asked about a key, and what it made of it where that is to count. */
export const noteChecked = async (
  db: Queryable,
  keyId: string,
  checkedAt: Date,
  state?: 'live' | 'refused',
): Promise<void> => {
  const own = eq(credentials.credentialId, keyId);
  await db.update(credentials).set({ checkedAt }).where(own);
  if (state === undefined) return;
  await db
    .update(credentials)
    .set({ state, stateSince: checkedAt })
    .where(and(own, ne(credentials.state, state)));
};

/** Changes what the key in use is thought to be. @returns it, when it was something else */
export const noteKeyInUse = async (
  tx: Transaction,
  shopId: string,
  state: 'live' | 'refused',
): Promise<KeySlot | undefined> => {
  const [changed] = await tx
    .update(credentials)
    .set({ state, stateSince: sql`now()` })
    .where(and(inUseOf(shopId), ne(credentials.state, state)))
    .returning(shown);
  return changed;
};

/** The keys that a shop's calls could go out with instead, the most promising first: none whose end has passed, none that a renewal tries. */
export const otherKeys = async (db: Queryable, shopId: string): Promise<string[]> => {
  const rows = await db
    .select({ keyId: credentials.credentialId })
    .from(credentials)
    .where(
      and(
        eq(credentials.shopId, shopId),
        sql`not ${credentials.inUse}`,
        ne(credentials.state, 'pending'),
        or(isNull(credentials.expiresAt), gt(credentials.expiresAt, sql`now()`)),
      ),
    )
    .orderBy(asc(credentials.state), desc(credentials.createdAt));
  return rows.map(({ keyId }) => keyId);
};

/** From which key to which the calls of a shop changed. */
export interface KeyChange {
  readonly from: KeySlot | undefined;
  readonly to: KeySlot;
}

/** Lets the calls of a shop go out with another of its keys, which is live. Keys are to be locked. @returns undefined when they do already */
export const useKey = async (
  tx: Transaction,
  shopId: string,
  keyId: string,
): Promise<KeyChange | undefined> => {
  const [from] = await tx
    .update(credentials)
    .set({ inUse: false })
    .where(and(inUseOf(shopId), ne(credentials.credentialId, keyId)))
    .returning(shown);
  const [to] = await tx
    .update(credentials)
    .set({
      inUse: true,
      state: 'live',
      stateSince: sql`case when ${credentials.state} = 'live' then ${credentials.stateSince} else now() end`,
    })
    .where(and(eq(credentials.shopId, shopId), eq(credentials.credentialId, keyId)))
    .returning(shown);
  if (to === undefined) throw new Error(`Shop ${shopId} has no key ${keyId} any more`);
  return from === undefined ? undefined : { from, to };
};

/** Lets calls go on with a key that Rakuten takes, since it refuses the one in use; nothing when that one is out of use already. */
export const fallBackTo = (db: Database, shopId: string, refused: string, keyId: string): Promise<void> =>
  db.transaction(async (tx) => {
    await lockKeys(tx, shopId);
    const [inUse] = await tx.select(shown).from(credentials).where(inUseOf(shopId));
    if (inUse?.credentialId !== refused) return;
    await noteKeyInUse(tx, shopId, 'refused');
    const change = await useKey(tx, shopId, keyId);
    if (change === undefined) return;
    const { from, to } = lastFours(change);
    await audit(tx, {
      actor: 'system',
      action: 'credential.fell_back',
      shopId,
      target: { credentialId: keyId },
      before: { licenseKeyLast4: from },
      after: { licenseKeyLast4: to },
    });
    await tellOfKeys(tx, shopId, { code: 'key.fell_back', params: { from, to } });
  });

/** The ends of both keys of a change. */
export const lastFours = ({ from, to }: KeyChange): { readonly from: string; readonly to: string } => ({
  from: from?.licenseKeyLast4 ?? '',
  to: to.licenseKeyLast4,
});

const KEPT_DAYS = 30;

/** Deletes keys out of use that Rakuten has refused for 30 days. */
export const forgetRefusedKeys = async (db: Queryable, shopId: string, now: Date): Promise<void> => {
  const inRenewal = sql`exists (select from ${credentialRenewals}
    where ${credentialRenewals.credentialId} = ${credentials.credentialId} and ${credentialRenewals.state} = 'pending')`;
  const before = new Date(now.getTime() - KEPT_DAYS * 86_400_000);
  await db
    .delete(credentials)
    .where(
      and(
        eq(credentials.shopId, shopId),
        sql`not ${credentials.inUse}`,
        eq(credentials.state, 'refused'),
        lt(credentials.stateSince, before),
        sql`not ${inRenewal}`,
      ),
    );
};

/** Announces a key's end, once for each number of days, however many processes try. @returns whether this one was the first */
export const markAnnounced = async (tx: Transaction, keyId: string, days: number): Promise<boolean> => {
  const told = credentials.announcedDays;
  const rows = await tx
    .update(credentials)
    .set({ announcedDays: days })
    .where(and(eq(credentials.credentialId, keyId), or(isNull(told), gt(told, days))))
    .returning({ keyId: credentials.credentialId });
  return rows.length > 0;
};

/** The ends of the keys in use of shops in service, for metrics. */
export const keyEnds = (db: Queryable) =>
  db
    .select({ shopId: shops.shopId, expiresAt: credentials.expiresAt })
    .from(shops)
    .innerJoin(credentials, and(eq(credentials.shopId, shops.shopId), credentials.inUse))
    .where(isNull(shops.retiredAt))
    .orderBy(asc(shops.shopId));
