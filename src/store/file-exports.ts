import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { available } from '../domain/stock';
import type { Queryable } from './database';
import { listLinks } from './links-list';
import { listStock } from './stock';

const PAGE = 1_000;

/** A row of a file that is written, by column. */
export type ExportRow = Readonly<Record<string, string | number | null>>;

/** Everything that a reading gives a page at a time, each after the last item of the one before. */
async function* pages<Item>(read: (after: Item | undefined) => Promise<Item[]>): AsyncGenerator<Item> {
  for (let page = await read(undefined); page.length > 0; page = await read(page.at(-1))) {
    yield* page;
    if (page.length < PAGE) return;
  }
}

const SkuRow = z.object({
  skuCode: z.string(),
  name: z.string(),
  cartCode: z.string().nullable(),
  componentSkuCode: z.string().nullable(),
  componentQuantity: z.int().nullable(),
});

/** All SKUs by code, a set with one row per part. */
export const exportSkus = (db: Queryable): AsyncGenerator<ExportRow> =>
  pages<z.infer<typeof SkuRow>>(async (after) => {
    const { rows } = await db.execute(sql`
      select s.sku_code as "skuCode", s.name, s.cart_code as "cartCode", c.sku_code as "componentSkuCode",
        c.quantity as "componentQuantity"
      from skus s left join sku_components c on c.set_code = s.sku_code
      where s.sku_code >= ${after?.skuCode ?? ''}
        and (s.sku_code, coalesce(c.sku_code, '')) > (${after?.skuCode ?? ''}, ${after?.componentSkuCode ?? ''})
      order by s.sku_code, coalesce(c.sku_code, '') limit ${PAGE}`);
    return rows.map((row) => SkuRow.parse(row));
  });

/** All links of a shop. */
export const exportLinks = (db: Queryable, shopId: string): AsyncGenerator<ExportRow> =>
  pages<ExportRow & { manageNumber: string; variantId: string }>(async (after) => {
    const links = await listLinks(db, shopId, {}, after ?? { manageNumber: '', variantId: '' }, PAGE);
    return links.map(({ manageNumber, variantId, skuCode }) => ({ manageNumber, variantId, skuCode }));
  });

/** All balances. */
export const exportStock = (db: Queryable): AsyncGenerator<ExportRow> =>
  pages<ExportRow & { skuCode: string; location: string }>(async (after) => {
    const balances = await listStock(db, {}, after ?? { skuCode: '', location: '' }, PAGE);
    return balances.map(({ skuCode, location, onHand, reserved, safety, opened }) => ({
      ...{ skuCode, location, onHand, reserved, safety },
      available: available({ onHand, reserved, safety, opened }),
    }));
  });
