import type { Db } from './books';
import { addDays, jstDate } from './japan-time';

/** A shop of the sandbox, as its authenticated requests see it. */
export interface Shop {
  readonly shopCode: string;
  readonly rakutenShopId: string;
  /** Functions ticked in 利用機能編集; null: all of them. */
  readonly functions: readonly string[] | null;
  readonly skuMigrated: boolean;
}

/** A licence key of a shop; several may be alive at once (licence reference §2). */
export interface ShopKey {
  readonly serviceSecret: string;
  readonly licenseKey: string;
  readonly activeFrom: Date;
  readonly expiresAt: Date;
}

/** Days that a licence key lives (licence reference §2). */
const KEY_DAYS = 90;

/** When a key that is issued now ends: the last second of its last day in Japan. */
export const keyEnd = (issued: Date): Date =>
  new Date(`${addDays(jstDate(issued), KEY_DAYS)}T23:59:59+09:00`);

const SHOP_COLUMNS = `s.shop_code AS "shopCode", s.rakuten_shop_id AS "rakutenShopId", s.functions,
  s.sku_migrated AS "skuMigrated"`;

/** The shop and key behind a pair of credentials, alive or not; undefined when nobody knows them. Both are case-sensitive. */
export const findByCredentials = async (
  db: Db,
  serviceSecret: string,
  licenseKey: string,
): Promise<{ shop: Shop; key: ShopKey } | undefined> => {
  const { rows } = await db.query<Shop & ShopKey>(
    `SELECT ${SHOP_COLUMNS}, k.service_secret AS "serviceSecret", k.license_key AS "licenseKey",
       k.active_from AS "activeFrom", k.expires_at AS "expiresAt"
     FROM shop_keys k JOIN shops s USING (shop_code) WHERE k.service_secret = $1 AND k.license_key = $2`,
    [serviceSecret, licenseKey],
  );
  return rows[0] && { shop: rows[0], key: rows[0] };
};

/** The shop with this code, or undefined. */
export const findShop = async (db: Db, shopCode: string): Promise<Shop | undefined> =>
  (await db.query<Shop>(`SELECT ${SHOP_COLUMNS} FROM shops s WHERE shop_code = $1`, [shopCode])).rows[0];

/** All shops, by code. */
export const listShops = async (db: Db): Promise<Shop[]> =>
  (await db.query<Shop>(`SELECT ${SHOP_COLUMNS} FROM shops s ORDER BY shop_code`)).rows;

/** Registers or changes a shop, and adds or changes one key; the other keys of the shop live on until they expire. */
export const saveShop = async (db: Db, shop: Shop, key: ShopKey): Promise<void> => {
  await db.query(
    `INSERT INTO shops (shop_code, rakuten_shop_id, functions, sku_migrated) VALUES ($1, $2, $3, $4)
     ON CONFLICT (shop_code) DO UPDATE SET rakuten_shop_id = excluded.rakuten_shop_id,
       functions = excluded.functions, sku_migrated = excluded.sku_migrated`,
    [shop.shopCode, shop.rakutenShopId, shop.functions, shop.skuMigrated],
  );
  await saveKey(db, shop.shopCode, key);
};

/** Adds or changes one key of a shop. */
export const saveKey = async (db: Db, shopCode: string, key: ShopKey): Promise<void> => {
  await db.query(
    `INSERT INTO shop_keys (service_secret, license_key, shop_code, active_from, expires_at)
     VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (service_secret, license_key) DO UPDATE SET shop_code = excluded.shop_code,
       active_from = excluded.active_from, expires_at = excluded.expires_at`,
    [key.serviceSecret, key.licenseKey, shopCode, key.activeFrom, key.expiresAt],
  );
};

/** A shop's keys, the newest first. */
export const listKeys = async (db: Db, shopCode: string): Promise<ShopKey[]> =>
  (
    await db.query<ShopKey>(
      `SELECT service_secret AS "serviceSecret", license_key AS "licenseKey", active_from AS "activeFrom",
         expires_at AS "expiresAt"
       FROM shop_keys WHERE shop_code = $1 ORDER BY active_from DESC, license_key`,
      [shopCode],
    )
  ).rows;

/** Lets one of a shop's live keys end at this moment, or all of them (undefined); gives how many ended. */
export const expireKeys = async (
  db: Db,
  shopCode: string,
  licenseKey: string | undefined,
  now: Date,
): Promise<number> => {
  const { rowCount } = await db.query(
    `UPDATE shop_keys SET expires_at = $3 WHERE shop_code = $1 AND ($2::text IS NULL OR license_key = $2)
       AND active_from <= $4 AND expires_at >= $4`,
    [shopCode, licenseKey ?? null, new Date(now.getTime() - 1), now],
  );
  return rowCount ?? 0;
};
