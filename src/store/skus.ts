import { and, asc, eq, gt, inArray, isNotNull, ne, or, sql } from 'drizzle-orm';
import type { Component } from '../domain/stock';
import { explode } from '../domain/stock';
import type { Queryable, Transaction } from './database';
import { markDirty, wakeOrdersOfSkus } from './stock-news';
import { skuComponents, skus, stockBalances } from './stock-schema';

/** An own SKU; with components it is a set product (セット商品). */
export interface Sku {
  readonly skuCode: string;
  readonly name: string;
  readonly cartCode: string | null;
  readonly components: readonly Component[];
}

/** A SKU to be created or changed. What is absent stays as it is; `cartCode: null` and `components: []` take away. */
export interface SkuChange {
  readonly skuCode: string;
  readonly name: string;
  readonly cartCode?: string | null | undefined;
  readonly components?: readonly Component[] | undefined;
}

/** Why a SKU, a set or a link cannot be kept. */
export type SkuReferenceCode = 'sku_unknown' | 'set_cycle' | 'sku_has_stock' | 'cart_code_taken';

/** A SKU, a set or a link that cannot be kept; `path` names it among those that were given. */
export class SkuReferenceError extends Error {
  override readonly name = 'SkuReferenceError';
  constructor(
    readonly code: SkuReferenceCode,
    readonly path: string,
    message: string,
  ) {
    super(message);
  }
}

/** The sets among these SKUs, and those that they contain, with their components. */
export const componentsOf = async (
  db: Queryable,
  skuCodes: readonly string[],
): Promise<(skuCode: string) => readonly Component[]> => {
  const bySet = new Map<string, Component[]>();
  if (skuCodes.length > 0) {
    const { rows } = await db.execute<{ setCode: string; skuCode: string; quantity: number }>(sql`
      with recursive parts as (
        select c.* from sku_components c where c.set_code = any(${sql.param([...skuCodes])}::text[])
        union select c.* from sku_components c join parts p on c.set_code = p.sku_code)
      select set_code as "setCode", sku_code as "skuCode", quantity from parts order by 1, 2`);
    for (const { setCode, ...part } of rows) bySet.set(setCode, [...(bySet.get(setCode) ?? []), part]);
  }
  return (skuCode) => bySet.get(skuCode) ?? [];
};

/** The plain SKUs that these SKUs are made of, each once; a plain one is made of itself. */
export const plainOf = async (db: Queryable, skuCodes: readonly string[]): Promise<string[]> => {
  const parts = await componentsOf(db, skuCodes);
  return [...new Set(skuCodes.flatMap((code) => explode(code, 1, parts).map((part) => part.skuCode)))];
};

/**
 * Creates or changes SKUs, all or none; up to some thousand at once. Where a set is made of something else than before,
 * the open orders that contain it look again, and what can be promised of it is published.
 * @throws SkuReferenceError naming the row that cannot be kept
 */
export const putSkus = (db: Queryable, rows: readonly SkuChange[]): Promise<void> =>
  db.transaction(async (tx) => {
    const sets = rows.some((row) => row.components !== undefined);
    // Two changes of sets at once could close a circle that neither of them sees.
    if (sets) await tx.execute(sql`lock table ${skuComponents} in share row exclusive mode`);
    await tx
      .insert(skus)
      .values(rows.map(({ skuCode, name }) => ({ skuCode, name })))
      .onConflictDoUpdate({
        target: skus.skuCode,
        set: { name: sql`excluded.name` },
        setWhere: ne(skus.name, sql`excluded.name`),
      });
    await putCartCodes(tx, rows);
    if (sets) await putComponents(tx, rows);
  });

const putCartCodes = async (tx: Transaction, rows: readonly SkuChange[]): Promise<void> => {
  const changes = rows.filter((row) => row.cartCode !== undefined);
  if (changes.length === 0) return;
  const codes = changes.flatMap(({ cartCode }) => cartCode ?? []);
  const own = changes.map(({ skuCode }) => skuCode);
  const repeated = codes.find((code, index) => codes.indexOf(code) !== index);
  const taken =
    codes.length === 0
      ? []
      : await tx
          .select({ cartCode: skus.cartCode })
          .from(skus)
          .where(
            and(inArray(skus.cartCode, codes), sql`not ${skus.skuCode} = any(${sql.param(own)}::text[])`),
          );
  const bad = repeated ?? taken[0]?.cartCode;
  if (bad !== undefined && bad !== null)
    throw new SkuReferenceError(
      'cart_code_taken',
      `skus.${rows.findLastIndex((row) => row.cartCode === bad)}.cartCode`,
      `The cart code ${bad} belongs to another SKU already`,
    );
  // Taken off first, so that two SKUs can exchange theirs.
  await tx
    .update(skus)
    .set({ cartCode: null })
    .where(and(inArray(skus.skuCode, own), isNotNull(skus.cartCode)));
  const wanted = JSON.stringify(changes.filter(({ cartCode }) => cartCode !== null));
  await tx.execute(sql`
    update skus s set cart_code = c."cartCode"
    from jsonb_to_recordset(${wanted}::jsonb) as c("skuCode" text, "cartCode" text) where s.sku_code = c."skuCode"`);
};

const putComponents = async (tx: Transaction, rows: readonly SkuChange[]): Promise<void> => {
  const changes = rows.flatMap(({ skuCode, components }, index) =>
    components === undefined ? [] : [{ skuCode, components, path: `skus.${index}.components` }],
  );
  await refuseUnknown(tx, changes);
  await refuseStocked(tx, changes);
  const before = await componentsOf(
    tx,
    changes.map(({ skuCode }) => skuCode),
  );
  const changed = changes.filter(({ skuCode, components }) => !sameParts(before(skuCode), components));
  if (changed.length === 0) return;
  const setCodes = changed.map(({ skuCode }) => skuCode);
  await tx.delete(skuComponents).where(inArray(skuComponents.setCode, setCodes));
  const parts = changed.flatMap(({ skuCode, components }) =>
    components.map((part) => ({ setCode: skuCode, ...part })),
  );
  if (parts.length > 0) await tx.insert(skuComponents).values(parts);
  await refuseCycles(tx, changed);
  await wakeOrdersOfSkus(tx, setCodes);
  await markDirty(
    tx,
    (await plainOf(tx, setCodes)).map((skuCode) => ({ skuCode, cause: 'other' })),
  );
};

type SetChange = { skuCode: string; components: readonly Component[]; path: string };

/** Whether two lists of components are the same, in whatever order. */
export const sameParts = (a: readonly Component[], b: readonly Component[]): boolean =>
  a.length === b.length &&
  a.every((part) => b.some((own) => own.skuCode === part.skuCode && own.quantity === part.quantity));

const refuseUnknown = async (tx: Transaction, changes: readonly SetChange[]): Promise<void> => {
  const known = await existing(
    tx,
    changes.flatMap(({ components }) => components.map((part) => part.skuCode)),
  );
  for (const { components, path } of changes) {
    const unknown = components.find((part) => !known.has(part.skuCode));
    if (unknown !== undefined)
      throw new SkuReferenceError('sku_unknown', path, `SKU ${unknown.skuCode} does not exist`);
  }
};

/** A set has no stock of its own: what is counted under its code would be neither sold nor seen any more. */
const refuseStocked = async (tx: Transaction, changes: readonly SetChange[]): Promise<void> => {
  const sets = changes.filter(({ components }) => components.length > 0);
  if (sets.length === 0) return;
  const [stocked] = await tx
    .select({ skuCode: stockBalances.skuCode })
    .from(stockBalances)
    .where(
      and(
        inArray(
          stockBalances.skuCode,
          sets.map(({ skuCode }) => skuCode),
        ),
        or(ne(stockBalances.onHand, 0), ne(stockBalances.reserved, 0)),
      ),
    )
    .limit(1);
  const found = sets.find(({ skuCode }) => skuCode === stocked?.skuCode);
  if (found !== undefined)
    throw new SkuReferenceError(
      'sku_has_stock',
      found.path,
      `SKU ${found.skuCode} has stock of its own: adjust it to zero before it becomes a set`,
    );
};

const refuseCycles = async (tx: Transaction, changes: readonly SetChange[]): Promise<void> => {
  const parts = await componentsOf(
    tx,
    changes.map(({ skuCode }) => skuCode),
  );
  for (const { skuCode, path } of changes) {
    try {
      explode(skuCode, 1, parts);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new SkuReferenceError('set_cycle', path, cause.message);
    }
  }
};

/** Those of these codes that are SKUs. */
export const existing = async (db: Queryable, codes: readonly string[]): Promise<ReadonlySet<string>> => {
  if (codes.length === 0) return new Set();
  const rows = await db
    .select({ code: skus.skuCode })
    .from(skus)
    .where(inArray(skus.skuCode, [...new Set(codes)]));
  return new Set(rows.map((row) => row.code));
};

/** SKUs by code, a page at a time. */
export const listSkus = async (db: Queryable, after: string, limit: number): Promise<Sku[]> => {
  const page = await db
    .select()
    .from(skus)
    .where(gt(skus.skuCode, after))
    .orderBy(asc(skus.skuCode))
    .limit(limit);
  const parts = await componentsOf(
    db,
    page.map(({ skuCode }) => skuCode),
  );
  return page.map(({ skuCode, name, cartCode }) => ({ skuCode, name, cartCode, components: parts(skuCode) }));
};

/** One SKU. */
export const findSku = async (db: Queryable, skuCode: string): Promise<Sku | undefined> => {
  const [row] = await db.select().from(skus).where(eq(skus.skuCode, skuCode));
  if (row === undefined) return undefined;
  const { name, cartCode } = row;
  return { skuCode, name, cartCode, components: (await componentsOf(db, [skuCode]))(skuCode) };
};

/** Removes a SKU that nothing refers to. @returns false when links, sets or movements still name it */
export const deleteSku = (db: Queryable, skuCode: string): Promise<boolean> =>
  db.transaction(async (tx) => {
    const used = await tx.execute(sql`
      select 1 from sku_links where sku_code = ${skuCode}
      union all select 1 from sku_components where sku_code = ${skuCode}
      union all select 1 from stock_balances where sku_code = ${skuCode} limit 1`);
    if (used.rows.length > 0) return false;
    await tx.delete(skus).where(eq(skus.skuCode, skuCode));
    return true;
  });
