import { asc, eq } from 'drizzle-orm';
import type { ShopSettings } from '../domain/settings';
import { addKey, type ShopKey } from './credentials';
import type { Database, Queryable, Transaction } from './database';
import { askForKeys, refreshSchedule, wakeOpenOrders } from './outbox';
import { alertSecretPlace } from './places';
import { requestEverything } from './publications';
import { keepShipFrom } from './ship-froms';
import { shops } from './shop-schema';
import type { Vault } from './vault';

/** A shop as it is stored; its secrets stand apart. */
export type Shop = typeof shops.$inferSelect;

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
    const key = { serviceSecret, licenseKey };
    await addKey(tx, vault, { shopId: shop.shopId, key, state: 'live', inUse: true });
    await askForKeys(tx, shop.shopId);
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
  await askForKeys(tx, shopId);
};
