import { and, asc, eq, isNull } from 'drizzle-orm';
import type { ShopSettings } from '../domain/settings';
import type { Database, Queryable, Transaction } from './database';
import { refreshSchedule, wakeOpenOrders } from './outbox';
import { alertSecretPlace, credentialPlace } from './places';
import { requestEverything } from './publications';
import { credentials, shops } from './schema';
import { keepShipFrom } from './ship-froms';
import type { Vault } from './vault';

/** A shop as it is stored; its secrets stand apart. */
export type Shop = typeof shops.$inferSelect;

/** What opens Rakuten's API for a shop. Never logged, never answered. */
interface ShopKey {
  readonly serviceSecret: string;
  readonly licenseKey: string;
}

/** A stored key, with when it expires as far as Rakuten has told. */
interface LiveKey extends ShopKey {
  readonly expiresAt?: Date;
}

/** A shop to register. */
export interface NewShop extends ShopKey {
  readonly shopId: string;
  readonly name: string;
  readonly shopUrl: string;
  readonly rakutenShopId?: string | undefined;
  readonly rmsBaseUrl?: string | undefined;
  readonly settings: ShopSettings;
  readonly demo?: boolean;
  /** Signs the shop's alerts. */
  readonly alertSecret?: string | null | undefined;
}

/** A shop would have an alert webhook but no secret: what it is told could not be trusted. */
export class AlertSecretRequiredError extends Error {
  override readonly name = 'AlertSecretRequiredError';
  constructor() {
    super('An alert webhook needs a secret that signs what it is told: set alertWebhookSecret with it.');
  }
}

const sealAlertSecret = (vault: Vault, shopId: string, secret: string | null): Buffer | null =>
  secret === null ? null : vault.seal(alertSecretPlace(shopId), secret);

const refuseUnsigned = ({ alertWebhookUrl }: ShopSettings, sealed: Buffer | null): void => {
  if (alertWebhookUrl !== null && sealed === null) throw new AlertSecretRequiredError();
};

const keepDefaultShipFrom = async (
  tx: Transaction,
  { defaultShipFromId }: Partial<ShopSettings>,
): Promise<void> => {
  if (defaultShipFromId !== undefined && defaultShipFromId !== null)
    await keepShipFrom(tx, defaultShipFromId);
};

/**
 * Registers a shop with its first, live key. @returns undefined when the slug or the URL is taken
 * @throws AlertSecretRequiredError, UnknownShipFromError
 */
export const createShop = (db: Database, vault: Vault, shop: NewShop): Promise<Shop | undefined> =>
  db.transaction(async (tx) => {
    const { serviceSecret, licenseKey, alertSecret, ...row } = shop;
    const sealedAlertSecret = sealAlertSecret(vault, shop.shopId, alertSecret ?? null);
    refuseUnsigned(shop.settings, sealedAlertSecret);
    await keepDefaultShipFrom(tx, shop.settings);
    const [created] = await tx
      .insert(shops)
      .values({ ...row, sealedAlertSecret })
      .onConflictDoNothing()
      .returning();
    if (created === undefined) return undefined;
    await tx.insert(credentials).values({
      shopId: shop.shopId,
      state: 'live',
      inUse: true,
      sealedServiceSecret: vault.seal(credentialPlace(shop.shopId, 'serviceSecret'), serviceSecret),
      sealedLicenseKey: vault.seal(credentialPlace(shop.shopId, 'licenseKey'), licenseKey),
      licenseKeyLast4: licenseKey.slice(-4),
    });
    await refreshSchedule(tx, shop.shopId);
    return created;
  });

/** The shop with this slug. */
export const findShop = async (db: Queryable, shopId: string): Promise<Shop | undefined> => {
  const [shop] = await db.select().from(shops).where(eq(shops.shopId, shopId));
  return shop;
};

/** All shops by slug. */
export const listShops = (db: Queryable): Promise<Shop[]> =>
  db.select().from(shops).orderBy(asc(shops.shopId));

/** A change of the secret that signs a shop's alerts; null takes it away. */
interface AlertSecretChange {
  readonly vault: Vault;
  readonly secret: string | null;
}

/** Settings that decide nothing about orders and searches. */
const TELLING_ONLY: readonly string[] = ['alertWebhookUrl'] satisfies (keyof ShopSettings)[];

/**
 * Changes the named settings of a shop, and its alert secret when that is named; its Schedule and its open orders
 * follow. @returns undefined when there is no such shop
 * @throws AlertSecretRequiredError, UnknownShipFromError
 */
export const changeSettings = (
  db: Database,
  shopId: string,
  change: Partial<ShopSettings>,
  alertSecret?: AlertSecretChange,
): Promise<Shop | undefined> =>
  db.transaction(async (tx) => {
    const [shop] = await tx.select().from(shops).where(eq(shops.shopId, shopId)).for('update');
    if (shop === undefined) return undefined;
    const settings = { ...shop.settings, ...change };
    const sealedAlertSecret =
      alertSecret === undefined
        ? shop.sealedAlertSecret
        : sealAlertSecret(alertSecret.vault, shopId, alertSecret.secret);
    refuseUnsigned(settings, sealedAlertSecret);
    await keepDefaultShipFrom(tx, change);
    const [changed] = await tx
      .update(shops)
      .set({ settings, sealedAlertSecret })
      .where(eq(shops.shopId, shopId))
      .returning();
    if (Object.keys(change).every((setting) => TELLING_ONLY.includes(setting))) return changed;
    await refreshSchedule(tx, shopId);
    await wakeOpenOrders(tx, shopId);
    if (offersAnew(shop.settings, settings)) await requestEverything(tx, shopId);
    return changed;
  });

/** Whether what Rakuten shows has to be compared with what can be sold all over. */
const offersAnew = (before: ShopSettings, after: ShopSettings): boolean =>
  after.stockSync !== 'off' &&
  (['stockSync', 'stockLocation', 'skuProjectMigrated'] as const).some(
    (name) => before[name] !== after[name],
  );

/** The secret that signs a shop's alerts; null when it has none. @throws VaultError when the master key does not open it */
export const alertSecretOf = (vault: Vault, { shopId, sealedAlertSecret }: Shop): string | null =>
  sealedAlertSecret === null ? null : vault.open(alertSecretPlace(shopId), sealedAlertSecret);

/** Points a shop at another RMS address: the sandbox may move to another port between two starts. */
export const moveShop = async (db: Queryable, shopId: string, rmsBaseUrl: string): Promise<void> => {
  await db.update(shops).set({ rmsBaseUrl }).where(eq(shops.shopId, shopId));
};

/** Takes a shop out of service or back into it. */
export const setRetired = async (tx: Transaction, shopId: string, retiredAt: Date | null): Promise<void> => {
  await tx.update(shops).set({ retiredAt }).where(eq(shops.shopId, shopId));
  await refreshSchedule(tx, shopId);
};

/** The key that is live for a shop. @throws VaultError when the master key does not open it */
export const liveKey = async (db: Queryable, vault: Vault, shopId: string): Promise<LiveKey | undefined> => {
  const [row] = await db
    .select()
    .from(credentials)
    .where(and(eq(credentials.shopId, shopId), credentials.inUse));
  if (row === undefined) return undefined;
  return {
    serviceSecret: vault.open(credentialPlace(shopId, 'serviceSecret'), row.sealedServiceSecret),
    licenseKey: vault.open(credentialPlace(shopId, 'licenseKey'), row.sealedLicenseKey),
    ...(row.expiresAt === null ? {} : { expiresAt: row.expiresAt }),
  };
};

/** Notes when the live key of a shop expires, as Rakuten told. */
export const setKeyExpiry = async (db: Queryable, shopId: string, expiresAt: Date): Promise<void> => {
  await db
    .update(credentials)
    .set({ expiresAt })
    .where(and(eq(credentials.shopId, shopId), credentials.inUse));
};

/** Shops in service whose live key's expiry Rakuten has not told yet, by slug. */
export const shopsWithoutKeyExpiry = async (db: Queryable): Promise<string[]> => {
  const rows = await db
    .select({ shopId: shops.shopId })
    .from(shops)
    .innerJoin(credentials, eq(credentials.shopId, shops.shopId))
    .where(and(isNull(shops.retiredAt), credentials.inUse, isNull(credentials.expiresAt)))
    .orderBy(asc(shops.shopId));
  return rows.map(({ shopId }) => shopId);
};

/** The last four characters of a shop's live licence key: all that is ever shown of it. */
export const liveKeyLast4 = async (db: Queryable, shopId: string): Promise<string | undefined> => {
  const [row] = await db
    .select({ last4: credentials.licenseKeyLast4 })
    .from(credentials)
    .where(and(eq(credentials.shopId, shopId), credentials.inUse));
  return row?.last4;
};
