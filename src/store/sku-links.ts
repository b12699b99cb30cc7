import { and, eq, inArray, sql } from 'drizzle-orm';
import type { SkuDemand } from '../domain/stock';
import { explode } from '../domain/stock';
import type { Queryable, Transaction } from './database';
import { wakeAtPace } from './outbox';
import { componentsOf, existing, plainOf, SkuReferenceError } from './skus';
import { markDirty } from './stock-news';
import { skuLinks } from './stock-schema';

/** Rakuten's pair that names a SKU of a shop. `manageNumber` is lower case, `variantId` keeps its case (inventory reference §3.1). */
export interface Pair {
  readonly manageNumber: string;
  readonly variantId: string;
}

/** Pairs as a table `p("manageNumber", "variantId")`, for any number of them. */
export const asPairs = (pairs: readonly Pair[]) => {
  const names = pairs.map(({ manageNumber, variantId }) => ({ manageNumber, variantId }));
  return sql`jsonb_to_recordset(${JSON.stringify(names)}::jsonb) as p("manageNumber" text, "variantId" text)`;
};

/** A link from Rakuten's pair to an own SKU. */
export interface SkuLink extends Pair {
  readonly skuCode: string;
}

/**
 * Links pairs to SKUs, all or none. The open orders that contain them are woken, the most urgent first, and what can
 * be promised of them is published. @throws SkuReferenceError
 */
export const putLinks = (
  db: Queryable,
  shopId: string,
  links: readonly SkuLink[],
  linkedBy = 'system',
): Promise<void> =>
  db.transaction(async (tx) => {
    const known = await existing(
      tx,
      links.map((link) => link.skuCode),
    );
    const bad = links.findIndex((link) => !known.has(link.skuCode));
    if (bad >= 0)
      throw new SkuReferenceError(
        'sku_unknown',
        `links.${bad}.skuCode`,
        `SKU ${links[bad]?.skuCode ?? ''} does not exist: create it first`,
      );
    const changed = await tx
      .insert(skuLinks)
      .values(links.map((link) => ({ shopId, linkedBy, ...link })))
      .onConflictDoUpdate({
        target: [skuLinks.shopId, skuLinks.manageNumber, skuLinks.variantId],
        set: { skuCode: sql`excluded.sku_code`, linkedBy: sql`excluded.linked_by` },
        setWhere: sql`${skuLinks.skuCode} <> excluded.sku_code`,
      })
      .returning();
    await noteChange(tx, shopId, changed);
  });

/** Removes one link; open orders that contain the pair look again. @returns whether there was one */
export const deleteLink = (db: Queryable, shopId: string, pair: Pair): Promise<boolean> =>
  db.transaction(async (tx) => {
    const removed = await tx
      .delete(skuLinks)
      .where(
        and(
          eq(skuLinks.shopId, shopId),
          eq(skuLinks.manageNumber, pair.manageNumber),
          eq(skuLinks.variantId, pair.variantId),
        ),
      )
      .returning();
    await noteChange(tx, shopId, removed);
    return removed.length > 0;
  });

const noteChange = async (tx: Transaction, shopId: string, links: readonly SkuLink[]): Promise<void> => {
  if (links.length === 0) return;
  await wakeAtPace(
    tx,
    sql`shop_id = ${shopId} and order_number in (
      select l.order_number from order_lines l
      join ${asPairs(links)}
        on l.manage_number = p."manageNumber" and l.variant_id = p."variantId"
      where l.shop_id = ${shopId})`,
  );
  const plain = await plainOf(
    tx,
    links.map((link) => link.skuCode),
  );
  await markDirty(
    tx,
    plain.map((skuCode) => ({ skuCode, cause: 'other' })),
  );
};

/** What a linked pair stands for: the SKU it is linked to and, for one unit, the plain SKUs that it is made of. */
export interface PairDemand {
  readonly skuCode: string;
  readonly parts: readonly SkuDemand[];
}

/** What each pair stands for, by `manageNumber/variantId`. A pair without a link is absent. */
export const demandOf = async (
  db: Queryable,
  shopId: string,
  pairs: readonly Pair[],
): Promise<Map<string, PairDemand>> => {
  if (pairs.length === 0) return new Map();
  const links = await db
    .select()
    .from(skuLinks)
    .where(
      and(
        eq(skuLinks.shopId, shopId),
        inArray(skuLinks.manageNumber, [...new Set(pairs.map((pair) => pair.manageNumber))]),
      ),
    );
  const parts = await componentsOf(
    db,
    links.map((link) => link.skuCode),
  );
  return new Map(
    links.map(({ manageNumber, variantId, skuCode }) => [
      `${manageNumber}/${variantId}`,
      { skuCode, parts: explode(skuCode, 1, parts) },
    ]),
  );
};

/** A link with the plain SKUs that one unit of it is made of. */
export interface SellingLink {
  readonly link: SkuLink;
  readonly parts: readonly SkuDemand[];
}

/** These links with what they are made of. */
export const asSelling = async (db: Queryable, links: readonly SkuLink[]): Promise<SellingLink[]> => {
  const parts = await componentsOf(
    db,
    links.map((link) => link.skuCode),
  );
  return links.map(({ manageNumber, variantId, skuCode }) => ({
    link: { manageNumber, variantId, skuCode },
    parts: explode(skuCode, 1, parts),
  }));
};

/** Every link of a shop whose SKU is one of these or a set that contains one of these. */
export const linksSelling = async (
  db: Queryable,
  shopId: string,
  skuCodes: readonly string[],
): Promise<SellingLink[]> => {
  const { rows } = await db.execute<SkuLink & Record<string, unknown>>(sql`
    with recursive sold(code) as (
      select unnest(${sql.param([...skuCodes])}::text[])
      union select c.set_code from sku_components c join sold on c.sku_code = sold.code)
    select k.manage_number as "manageNumber", k.variant_id as "variantId", k.sku_code as "skuCode"
    from sku_links k where k.shop_id = ${shopId} and k.sku_code in (select code from sold) order by 1, 2`);
  return asSelling(db, rows);
};
