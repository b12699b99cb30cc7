import type { Db } from './books';
import { type OrderBody, skusOf } from './order-body';

/** One SKU's stock at Rakuten; the pair (manageNumber, variantId) is its key. */
export interface StockRecord {
  readonly manageNumber: string;
  readonly variantId: string;
  readonly quantity: number;
  readonly leadTime: Record<string, number> | null;
  readonly shipFromIds: number[] | null;
  readonly created: Date;
  readonly updated: Date;
}

/** The key of a stock record. */
export interface Pair {
  readonly manageNumber: string;
  readonly variantId: string;
}

/** Units that an order took off a stock record, so that exactly these can be given back. */
export interface StockTaken extends Pair {
  readonly units: number;
  readonly restoreInventoryFlag: number;
}

/** A SKU of the shop's catalogue, from which orders are made. */
export interface CatalogueItem extends Pair {
  readonly name: string;
  /** Yen as listed. */
  readonly price: number;
  readonly taxPercent: 8 | 10;
  readonly taxIncluded: boolean;
  readonly itemNumber: string | null;
  readonly merchantDefinedSkuId: string | null;
  readonly skuInfo: string | null;
  /** Whether a cancellation gives the units back when it follows the item's setting. */
  readonly restockOnCancel: boolean;
}

/** How a cancellation treats stock: 0 as each item is set, 1 give back, 2 keep off (order reference §6.4). */
export type RestoreType = 0 | 1 | 2;

const COLUMNS = `manage_number AS "manageNumber", variant_id AS "variantId", quantity, lead_time AS "leadTime",
  ship_from_ids AS "shipFromIds", created, updated`;

/** The key of a pair as one string, for maps. */
export const pairKey = ({ manageNumber, variantId }: Pair): string => `${manageNumber}\n${variantId}`;

/** The stock records of these pairs, locked when `lock` says so; unknown pairs are left out. */
export const readStock = async (
  db: Db,
  shopCode: string,
  pairs: readonly Pair[],
  lock: 'lock' | 'read',
): Promise<Map<string, StockRecord>> => {
  const { rows } = await db.query<StockRecord>(
    `SELECT ${COLUMNS} FROM stock WHERE shop_code = $1
       AND (manage_number, variant_id) IN (SELECT * FROM unnest($2::text[], $3::text[]))
     ORDER BY manage_number, variant_id ${lock === 'lock' ? 'FOR UPDATE' : ''}`,
    [shopCode, pairs.map((pair) => pair.manageNumber), pairs.map((pair) => pair.variantId)],
  );
  return new Map(rows.map((record) => [pairKey(record), record]));
};

/** The stock records that match an SQL condition on the shop's records, newest `updated` first. */
export const findStock = async (
  db: Db,
  condition: string,
  values: unknown[],
  limit: number,
): Promise<StockRecord[]> =>
  (
    await db.query<StockRecord>(
      `SELECT ${COLUMNS} FROM stock WHERE ${condition} ORDER BY updated DESC, manage_number, variant_id LIMIT ${limit}`,
      values,
    )
  ).rows;

/** Writes a stock record as a whole; `created` stays that of its first registration. */
export const saveStock = async (db: Db, shopCode: string, record: StockRecord): Promise<void> => {
  await db.query(
    `INSERT INTO stock (shop_code, manage_number, variant_id, quantity, lead_time, ship_from_ids, created, updated)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (shop_code, manage_number, variant_id) DO UPDATE SET quantity = excluded.quantity,
       lead_time = excluded.lead_time, ship_from_ids = excluded.ship_from_ids, updated = excluded.updated`,
    [
      shopCode,
      record.manageNumber,
      record.variantId,
      record.quantity,
      record.leadTime && JSON.stringify(record.leadTime),
      record.shipFromIds && JSON.stringify(record.shipFromIds),
      record.created,
      record.updated,
    ],
  );
};

/** Puts SKUs into the shop's catalogue. */
export const saveCatalogue = async (
  db: Db,
  shopCode: string,
  items: readonly CatalogueItem[],
): Promise<void> => {
  for (const item of items) {
    await db.query(
      `INSERT INTO skus (shop_code, manage_number, variant_id, item) VALUES ($1, $2, $3, $4)
       ON CONFLICT (shop_code, manage_number, variant_id) DO UPDATE SET item = excluded.item`,
      [shopCode, item.manageNumber, item.variantId, JSON.stringify(item)],
    );
  }
};

/** The shop's catalogue, by SKU. */
export const readCatalogue = async (db: Db, shopCode: string): Promise<CatalogueItem[]> =>
  (
    await db.query<{ item: CatalogueItem }>(
      'SELECT item FROM skus WHERE shop_code = $1 ORDER BY manage_number, variant_id',
      [shopCode],
    )
  ).rows.map(({ item }) => item);

/**
 * Takes a new order's units off the stock; gives what was taken. A SKU without a record loses nothing, and no
 * record goes below zero: an order that is imported may be for more than there is.
 */
export const takeStock = async (
  db: Db,
  shopCode: string,
  body: OrderBody,
  now: Date,
): Promise<StockTaken[]> => {
  const wanted = skusOf(body);
  const records = await readStock(db, shopCode, wanted, 'lock');
  const left = new Map([...records].map(([key, { quantity }]) => [key, quantity]));
  const taken = wanted.map((sku) => {
    const available = left.get(pairKey(sku)) ?? 0;
    const units = Math.min(available, sku.units);
    if (units > 0) left.set(pairKey(sku), available - units);
    return { ...sku, units };
  });
  await writeQuantities(db, shopCode, records, left, now);
  return taken.filter(({ units }) => units > 0);
};

/** Gives a cancelled order's units back where the cancellation, the line or the item says so; gives what is still taken. */
export const giveStockBack = async (
  db: Db,
  shopCode: string,
  taken: readonly StockTaken[],
  restore: RestoreType,
  now: Date,
): Promise<StockTaken[]> => {
  const records = await readStock(db, shopCode, taken, 'lock');
  const restocks = new Map(
    (await readCatalogue(db, shopCode)).map((item) => [pairKey(item), item.restockOnCancel]),
  );
  const goesBack = (sku: StockTaken): boolean => {
    const rule = restore === 0 ? sku.restoreInventoryFlag : restore;
    return records.has(pairKey(sku)) && (rule === 0 ? (restocks.get(pairKey(sku)) ?? true) : rule === 1);
  };
  const left = new Map([...records].map(([key, { quantity }]) => [key, quantity]));
  for (const sku of taken.filter(goesBack)) {
    left.set(pairKey(sku), Math.min((left.get(pairKey(sku)) ?? 0) + sku.units, 99_999));
  }
  await writeQuantities(db, shopCode, records, left, now);
  return taken.filter((sku) => !goesBack(sku));
};

const writeQuantities = async (
  db: Db,
  shopCode: string,
  records: ReadonlyMap<string, StockRecord>,
  quantities: ReadonlyMap<string, number>,
  now: Date,
): Promise<void> => {
  for (const [key, record] of records) {
    const quantity = quantities.get(key) ?? record.quantity;
    if (quantity !== record.quantity) await saveStock(db, shopCode, { ...record, quantity, updated: now });
  }
};
