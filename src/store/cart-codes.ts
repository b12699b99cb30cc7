import { inArray } from 'drizzle-orm';
import type { Queryable } from './database';
import { skus } from './stock-schema';

/** The cart codes of SKUs. */
export const cartCodesOf = async (
  db: Queryable,
  skuCodes: readonly string[],
): Promise<Map<string, string | null>> => {
  const rows = await db
    .select({ skuCode: skus.skuCode, cartCode: skus.cartCode })
    .from(skus)
    .where(inArray(skus.skuCode, [...skuCodes]));
  return new Map(rows.map(({ skuCode, cartCode }) => [skuCode, cartCode]));
};
