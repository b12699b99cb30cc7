/** What stands before people change it, for the audit log. */
import { and, asc, inArray, sql } from 'drizzle-orm';
import type { Queryable } from './database';
import { asPairs } from './sku-links';
import { skuComponents, skus, stockBalances } from './stock-schema';

/** SKUs as they are, with their parts. Codes that do not exist are absent. */
export const skusAsTheyAre = (db: Queryable, codes: readonly string[]) =>
  db
    .select({
      skuCode: skus.skuCode,
      name: skus.name,
      cartCode: skus.cartCode,
      components: sql<unknown>`(select jsonb_agg(jsonb_build_object('skuCode', c.sku_code, 'quantity', c.quantity) order by c.sku_code)
        from ${skuComponents} c where c.set_code = ${skus.skuCode})`,
    })
    .from(skus)
    .where(inArray(skus.skuCode, [...codes]))
    .orderBy(asc(skus.skuCode));

/** Links as they are. Pairs without one are absent. */
export const linksAsTheyAre = async (
  db: Queryable,
  shopId: string,
  pairs: readonly { readonly manageNumber: string; readonly variantId: string }[],
) => {
  const { rows } = await db.execute<{ manageNumber: string; variantId: string; skuCode: string }>(sql`
    select l.manage_number as "manageNumber", l.variant_id as "variantId", l.sku_code as "skuCode"
    from sku_links l join ${asPairs(pairs)} on p."manageNumber" = l.manage_number and p."variantId" = l.variant_id
    where l.shop_id = ${shopId} order by 1, 2`);
  return rows;
};

/** Safety stock as it is. */
export const safetyAsItIs = (db: Queryable, codes: readonly string[]) =>
  db
    .select({
      skuCode: stockBalances.skuCode,
      location: stockBalances.location,
      safety: stockBalances.safety,
    })
    .from(stockBalances)
    .where(and(inArray(stockBalances.skuCode, [...codes]), sql`${stockBalances.safety} <> 0`))
    .orderBy(asc(stockBalances.skuCode), asc(stockBalances.location));
