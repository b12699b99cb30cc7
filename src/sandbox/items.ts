import { z } from 'zod';
import type { Db } from './books';
import { type CatalogueItem, saveCatalogue } from './stock';

/** What the control page may say about an item as a whole; what is absent follows from its SKUs. */
export const itemFieldsSchema = z.strictObject({
  title: z.string().min(1).max(255).optional(),
  tagline: z.string().max(174).optional(),
  itemNumber: z.string().max(32).optional(),
  genreId: z
    .string()
    .regex(/^\d{6}$/)
    .optional(),
  itemType: z.enum(['NORMAL', 'PRE_ORDER', 'BUYING_CLUB']).optional(),
  hideItem: z.boolean().optional(),
});

type ItemFields = z.infer<typeof itemFieldsSchema>;

/** An item with its SKUs. A deleted one keeps those it had, for an index that has not noticed yet. */
export interface StoredItem {
  readonly manageNumber: string;
  readonly fields: ItemFields;
  readonly created: Date;
  readonly updated: Date;
  readonly deleted: Date | null;
  readonly skus: readonly CatalogueItem[];
}

/** Puts SKUs into the catalogue and registers or refreshes the items that they belong to. */
export const registerSkus = async (
  db: Db,
  shopCode: string,
  skus: readonly CatalogueItem[],
  now: Date,
): Promise<void> => {
  await saveCatalogue(db, shopCode, skus);
  for (const manageNumber of new Set(skus.map((sku) => sku.manageNumber))) {
    await registerItem(db, shopCode, manageNumber, undefined, now);
  }
};

/** Registers an item, or refreshes it; undefined fields stay as they are. One that was deleted begins anew. */
export const registerItem = async (
  db: Db,
  shopCode: string,
  manageNumber: string,
  fields: ItemFields | undefined,
  now: Date,
): Promise<void> => {
  await db.query(
    `INSERT INTO items (shop_code, manage_number, fields, created, updated) VALUES ($1, $2, $3, $4, $4)
     ON CONFLICT (shop_code, manage_number) DO UPDATE SET updated = excluded.updated, deleted = NULL,
       fields = CASE WHEN $5 THEN excluded.fields ELSE items.fields END,
       created = CASE WHEN items.deleted IS NULL THEN items.created ELSE excluded.created END`,
    [shopCode, manageNumber, JSON.stringify(fields ?? {}), now, fields !== undefined],
  );
};

/** Deletes an item with its SKUs and their stock; false when the shop has no such item. */
export const deleteItem = async (
  db: Db,
  shopCode: string,
  manageNumber: string,
  now: Date,
): Promise<boolean> => {
  const { rowCount } = await db.query(
    `UPDATE items SET deleted = $3, last_skus =
       (SELECT json_agg(item ORDER BY variant_id) FROM skus WHERE shop_code = $1 AND manage_number = $2)
     WHERE shop_code = $1 AND manage_number = $2 AND deleted IS NULL`,
    [shopCode, manageNumber, now],
  );
  for (const table of ['skus', 'stock']) {
    await db.query(`DELETE FROM ${table} WHERE shop_code = $1 AND manage_number = $2`, [
      shopCode,
      manageNumber,
    ]);
  }
  return rowCount === 1;
};

/** The shop's items, also deleted ones, by manageNumber; only those that are named, when names are given. */
export const readItems = async (
  db: Db,
  shopCode: string,
  manageNumbers: readonly string[] | null,
): Promise<StoredItem[]> =>
  (
    await db.query<StoredItem>(
      `SELECT manage_number AS "manageNumber", fields, created, updated, deleted,
         coalesce(CASE WHEN deleted IS NULL THEN (SELECT json_agg(item ORDER BY variant_id) FROM skus
           WHERE skus.shop_code = items.shop_code AND skus.manage_number = items.manage_number)
           ELSE last_skus END, '[]') AS skus
       FROM items WHERE shop_code = $1 AND ($2::text[] IS NULL OR manage_number = ANY($2))
       ORDER BY manage_number COLLATE "C"`,
      [shopCode, manageNumbers],
    )
  ).rows;
