import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm';
import type { OrderRef } from '../domain/order';
import type { Component, SkuDemand } from '../domain/stock';
import { explode } from '../domain/stock';
import type { Database, Queryable, Transaction } from './database';
import { wakeOrders } from './outbox';
import { orderLines, orders } from './schema';
import { skuComponents, skuLinks, skus } from './stock-schema';

/** An own SKU; with components it is a set product (セット商品). */
export interface Sku {
  readonly skuCode: string;
  readonly name: string;
  readonly components: readonly Component[];
}

/** A link from Rakuten's pair to an own SKU. `manageNumber` is lower case, `variantId` keeps its case (inventory reference §3.1). */
export interface SkuLink {
  readonly manageNumber: string;
  readonly variantId: string;
  readonly skuCode: string;
}

/** A SKU, a set or a link that names something that does not exist, or sets that contain each other. */
export class SkuReferenceError extends Error {
  override readonly name = 'SkuReferenceError';
  constructor(
    readonly path: string,
    message: string,
  ) {
    super(message);
  }
}

const componentsOf = async (db: Queryable): Promise<(skuCode: string) => readonly Component[]> => {
  const bySet = new Map<string, Component[]>();
  for (const { setCode, skuCode, quantity } of await db.select().from(skuComponents))
    bySet.set(setCode, [...(bySet.get(setCode) ?? []), { skuCode, quantity }]);
  return (skuCode) => bySet.get(skuCode) ?? [];
};

/** Creates or changes SKUs, all or none. @throws SkuReferenceError naming the row that cannot be kept */
export const putSkus = (
  db: Queryable,
  rows: readonly {
    skuCode: string;
    name: string;
    /** Absent: unchanged; null: none. */
    cartCode?: string | null | undefined;
    components?: readonly Component[] | undefined;
  }[],
): Promise<void> =>
  db.transaction(async (tx) => {
    await tx.execute(sql`lock table ${skuComponents} in share row exclusive mode`);
    await tx
      .insert(skus)
      .values(rows.map(({ skuCode, name }) => ({ skuCode, name })))
      .onConflictDoUpdate({ target: skus.skuCode, set: { name: sql`excluded.name` } });
    const named = [...new Set(rows.flatMap((row) => row.components ?? []).map((part) => part.skuCode))];
    const known = await existing(tx, named);
    for (const [index, row] of rows.entries()) {
      if (row.components === undefined) continue;
      const unknown = row.components.find((part) => !known.has(part.skuCode));
      if (unknown !== undefined)
        throw new SkuReferenceError(`skus.${index}.components`, `SKU ${unknown.skuCode} does not exist`);
      await tx.delete(skuComponents).where(eq(skuComponents.setCode, row.skuCode));
      if (row.components.length > 0)
        await tx
          .insert(skuComponents)
          .values(row.components.map((part) => ({ setCode: row.skuCode, ...part })));
    }
    await refuseCycles(tx, rows);
  });

const existing = async (tx: Transaction, codes: readonly string[]): Promise<Set<string>> => {
  if (codes.length === 0) return new Set();
  const rows = await tx
    .select({ code: skus.skuCode })
    .from(skus)
    .where(inArray(skus.skuCode, [...codes]));
  return new Set(rows.map((row) => row.code));
};

const refuseCycles = async (tx: Transaction, rows: readonly { skuCode: string }[]): Promise<void> => {
  const parts = await componentsOf(tx);
  for (const [index, row] of rows.entries()) {
    try {
      explode(row.skuCode, 1, parts);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new SkuReferenceError(`skus.${index}.components`, cause.message);
    }
  }
};

/** SKUs by code, a page at a time. */
export const listSkus = async (db: Queryable, after: string, limit: number): Promise<Sku[]> => {
  const page = await db
    .select()
    .from(skus)
    .where(gt(skus.skuCode, after))
    .orderBy(asc(skus.skuCode))
    .limit(limit);
  const parts = await componentsOf(db);
  return page.map(({ skuCode, name }) => ({ skuCode, name, components: parts(skuCode) }));
};

/** One SKU. */
export const findSku = async (db: Queryable, skuCode: string): Promise<Sku | undefined> => {
  const [row] = await db.select().from(skus).where(eq(skus.skuCode, skuCode));
  if (row === undefined) return undefined;
  return { skuCode, name: row.name, components: (await componentsOf(db))(skuCode) };
};

/** Removes a SKU that nothing refers to. @returns false when links, sets or movements still name it */
export const deleteSku = (db: Database, skuCode: string): Promise<boolean> =>
  db.transaction(async (tx) => {
    const used = await tx.execute(sql`
      select 1 from sku_links where sku_code = ${skuCode}
      union all select 1 from sku_components where sku_code = ${skuCode}
      union all select 1 from stock_balances where sku_code = ${skuCode} limit 1`);
    if (used.rows.length > 0) return false;
    await tx.delete(skus).where(eq(skus.skuCode, skuCode));
    return true;
  });

/** Links pairs to SKUs, all or none, and wakes the open orders that contain them. @throws SkuReferenceError */
export const putLinks = (
  db: Queryable,
  shopId: string,
  links: readonly SkuLink[],
  linkedBy = 'system',
): Promise<void> =>
  db.transaction(async (tx) => {
    const known = await existing(tx, [...new Set(links.map((link) => link.skuCode))]);
    const bad = links.findIndex((link) => !known.has(link.skuCode));
    if (bad >= 0)
      throw new SkuReferenceError(
        `links.${bad}.skuCode`,
        `SKU ${links[bad]?.skuCode ?? ''} does not exist: create it first`,
      );
    await tx
      .insert(skuLinks)
      .values(links.map((link) => ({ shopId, linkedBy, ...link })))
      .onConflictDoUpdate({
        target: [skuLinks.shopId, skuLinks.manageNumber, skuLinks.variantId],
        set: { skuCode: sql`excluded.sku_code`, linkedBy: sql`excluded.linked_by` },
      });
    await wakeOrders(tx, await openOrdersWith(tx, shopId, links));
  });

const openOrdersWith = async (
  tx: Transaction,
  shopId: string,
  pairs: readonly { manageNumber: string; variantId: string }[],
): Promise<OrderRef[]> => {
  const wanted = new Set(pairs.map((pair) => `${pair.manageNumber}/${pair.variantId}`));
  const rows = await tx
    .selectDistinct({
      shopId: orderLines.shopId,
      orderNumber: orderLines.orderNumber,
      manageNumber: orderLines.manageNumber,
      variantId: orderLines.variantId,
      orderedAt: orders.orderedAt,
    })
    .from(orderLines)
    .innerJoin(
      orders,
      and(eq(orders.shopId, orderLines.shopId), eq(orders.orderNumber, orderLines.orderNumber)),
    )
    .where(
      and(
        eq(orderLines.shopId, shopId),
        inArray(orderLines.manageNumber, [...new Set(pairs.map((pair) => pair.manageNumber))]),
        sql`${orders.finishedAt} is null`,
      ),
    )
    .orderBy(asc(orders.orderedAt));
  const hits = rows.filter((row) => wanted.has(`${row.manageNumber}/${row.variantId}`));
  return [...new Set(hits.map((row) => row.orderNumber))].map((orderNumber) => ({ shopId, orderNumber }));
};

/** Links of a shop in the order of their pairs, a page at a time. */
export const listLinks = (
  db: Queryable,
  shopId: string,
  after: { manageNumber: string; variantId: string },
  limit: number,
): Promise<SkuLink[]> =>
  db
    .select({
      manageNumber: skuLinks.manageNumber,
      variantId: skuLinks.variantId,
      skuCode: skuLinks.skuCode,
    })
    .from(skuLinks)
    .where(
      and(
        eq(skuLinks.shopId, shopId),
        sql`(${skuLinks.manageNumber}, ${skuLinks.variantId}) > (${after.manageNumber}, ${after.variantId})`,
      ),
    )
    .orderBy(asc(skuLinks.manageNumber), asc(skuLinks.variantId))
    .limit(limit);

/** Removes one link. @returns whether there was one */
export const deleteLink = async (
  db: Queryable,
  shopId: string,
  pair: { manageNumber: string; variantId: string },
): Promise<boolean> => {
  const removed = await db
    .delete(skuLinks)
    .where(
      and(
        eq(skuLinks.shopId, shopId),
        eq(skuLinks.manageNumber, pair.manageNumber),
        eq(skuLinks.variantId, pair.variantId),
      ),
    )
    .returning({ skuCode: skuLinks.skuCode });
  return removed.length > 0;
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
  pairs: readonly { manageNumber: string; variantId: string }[],
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
  const parts = await componentsOf(db);
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

/** Every link of a shop whose SKU is one of these or a set that contains one of these. */
export const linksSelling = async (
  db: Queryable,
  shopId: string,
  skuCodes: readonly string[],
): Promise<SellingLink[]> => {
  const parts = await componentsOf(db);
  const wanted = new Set(skuCodes);
  const links = await db.select().from(skuLinks).where(eq(skuLinks.shopId, shopId));
  return links
    .map((link) => ({ link, parts: explode(link.skuCode, 1, parts) }))
    .filter((entry) => entry.parts.some((part) => wanted.has(part.skuCode)));
};
