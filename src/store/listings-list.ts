import { sql } from 'drizzle-orm';
import type { Queryable } from './database';
import type { PairPosition } from './link-suggestions';
import type { Listing } from './listings';

/** A listing as a list has it, with the SKU it is linked to. */
export interface ListedListing extends Listing {
  readonly seenAt: Date;
  readonly goneAt: Date | null;
  readonly skuCode: string | null;
}

/** What a list of listings can be narrowed by. */
export interface ListingFilter {
  readonly linked?: boolean | undefined;
  readonly gone?: boolean | undefined;
  /** The beginning of a 商品管理番号, a 商品番号 or システム連携用SKU番号 as a whole, or a part of a title. */
  readonly q?: string | undefined;
}

/** Listings of a shop in the order of their pairs, a page at a time. */
export const listListings = async (
  db: Queryable,
  shopId: string,
  { linked, gone, q }: ListingFilter,
  after: PairPosition,
  limit: number,
): Promise<ListedListing[]> => {
  const conditions = [
    linked === undefined ? [] : [sql`(k.sku_code is not null) = ${linked}`],
    gone === undefined ? [] : [sql`(l.gone_at is not null) = ${gone}`],
    q === undefined
      ? []
      : [
          sql`(starts_with(l.manage_number, lower(${q})) or l.item_number = ${q}
            or l.merchant_defined_sku_id = ${q} or position(lower(${q}) in lower(l.title)) > 0)`,
        ],
  ].flat();
  type Row = Omit<ListedListing, 'seenAt' | 'goneAt'> & {
    readonly seenAt: string;
    readonly goneAt: string | null;
  };
  const { rows } = await db.execute<{ [Field in keyof Row]: Row[Field] }>(sql`
    select l.manage_number as "manageNumber", l.variant_id as "variantId", l.item_number as "itemNumber",
      l.merchant_defined_sku_id as "merchantDefinedSkuId", l.title, l.option_text as "optionText", l.single, l.hidden,
      l.seen_at as "seenAt", l.gone_at as "goneAt", k.sku_code as "skuCode"
    from listings l left join sku_links k using (shop_id, manage_number, variant_id)
    where ${sql.join(
      [
        sql`l.shop_id = ${shopId}`,
        sql`(l.manage_number, l.variant_id) > (${after.manageNumber}, ${after.variantId})`,
        ...conditions,
      ],
      sql` and `,
    )}
    order by l.manage_number, l.variant_id limit ${limit}`);
  return rows.map((row) => ({
    ...row,
    seenAt: new Date(row.seenAt),
    goneAt: row.goneAt === null ? null : new Date(row.goneAt),
  }));
};
