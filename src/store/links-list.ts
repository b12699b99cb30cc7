import { sql } from 'drizzle-orm';
import type { Queryable } from './database';
import type { PairPosition } from './link-suggestions';
import type { SkuLink } from './sku-links';

/** A link as a list has it. */
export interface ListedLink extends SkuLink {
  readonly linkedBy: string;
  /** Whether Rakuten lists the pair; null: that is not known, since the shop was never read completely. */
  readonly listed: boolean | null;
}

/** What a list of links can be narrowed by. */
export interface LinkFilter {
  readonly skuCode?: string | undefined;
  readonly manageNumber?: string | undefined;
  /** Links whose pair is listed no longer, or all others. */
  readonly stale?: boolean | undefined;
}

/**
 * Links of a shop in the order of their pairs, a page at a time. A pair of orders from before the SKU project, without
 * a variantId, is listed as long as its item is.
 */
export const listLinks = async (
  db: Queryable,
  shopId: string,
  { skuCode, manageNumber, stale }: LinkFilter,
  after: PairPosition,
  limit: number,
): Promise<ListedLink[]> => {
  const isListed = sql`exists (select 1 from listings l where l.shop_id = k.shop_id
    and l.manage_number = k.manage_number and k.variant_id in ('', l.variant_id) and l.gone_at is null)`;
  const conditions = [
    skuCode === undefined ? [] : [sql`k.sku_code = ${skuCode}`],
    manageNumber === undefined ? [] : [sql`k.manage_number = ${manageNumber}`],
    stale === undefined ? [] : [sql`(read.complete and not ${isListed}) = ${stale}`],
  ].flat();
  const { rows } = await db.execute<{ [Field in keyof ListedLink]: ListedLink[Field] }>(sql`
    with read as (select exists (select 1 from listing_reads where shop_id = ${shopId} and state = 'done') as complete)
    select k.manage_number as "manageNumber", k.variant_id as "variantId", k.sku_code as "skuCode",
      k.linked_by as "linkedBy", case when read.complete then ${isListed} end as listed
    from read cross join sku_links k
    where ${sql.join(
      [
        sql`k.shop_id = ${shopId}`,
        sql`(k.manage_number, k.variant_id) > (${after.manageNumber}, ${after.variantId})`,
        ...conditions,
      ],
      sql` and `,
    )}
    order by k.manage_number, k.variant_id limit ${limit}`);
  return rows;
};
