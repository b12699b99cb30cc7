import { and, asc, eq, gt, sql } from 'drizzle-orm';
import type { Queryable, Transaction } from './database';
import { asPairs, type Pair } from './sku-links';
import { stockDirty, stockPublications } from './stock-schema';

/** A SKU that a shop is to publish, or whose number it is to take over from Rakuten. */
export type DirtyStock = typeof stockDirty.$inferSelect;

/** What Rakuten was last found to show of a link, and what it should show. */
export type Publication = typeof stockPublications.$inferSelect;

/**
 * SKUs of a shop that are to be published: what should not wait first, then what has waited longest. What people asked
 * for, maybe for all SKUs at once, keeps nothing waiting that moved.
 */
export const dirtyStock = (db: Queryable, shopId: string, limit: number): Promise<DirtyStock[]> =>
  db
    .select()
    .from(stockDirty)
    .where(eq(stockDirty.shopId, shopId))
    .orderBy(
      stockDirty.ordersOnly,
      sql`${stockDirty.register} or ${stockDirty.adoptFor} is not null`,
      stockDirty.since,
      stockDirty.skuCode,
    )
    .limit(limit);

/** Whether a shop has stock to publish that should not wait for more to join it. */
export const hasUrgentStock = async (db: Queryable, shopId: string): Promise<boolean> => {
  const urgent = await db
    .select({ skuCode: stockDirty.skuCode })
    .from(stockDirty)
    .where(and(eq(stockDirty.shopId, shopId), eq(stockDirty.ordersOnly, false)))
    .limit(1);
  return urgent.length > 0;
};

const asRows = (rows: readonly Pick<DirtyStock, 'shopId' | 'skuCode' | 'since'>[]) =>
  sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as d("shopId" text, "skuCode" text, since timestamptz)`;

/** Forgets that SKUs are to be published, unless they changed again since. */
export const clearDirty = async (
  db: Queryable,
  rows: readonly Pick<DirtyStock, 'shopId' | 'skuCode' | 'since'>[],
): Promise<void> => {
  if (rows.length === 0) return;
  await db.execute(sql`
    delete from stock_dirty s using ${asRows(rows)}
    where s.shop_id = d."shopId" and s.sku_code = d."skuCode" and s.since <= d.since`);
};

/** What was written is read back with the next publication, which need not come sooner for that. */
export const calmDirty = async (
  db: Queryable,
  rows: readonly Pick<DirtyStock, 'shopId' | 'skuCode' | 'since'>[],
): Promise<void> => {
  if (rows.length === 0) return;
  await db.execute(sql`
    update stock_dirty s set orders_only = true, register = false from ${asRows(rows)}
    where s.shop_id = d."shopId" and s.sku_code = d."skuCode" and s.since <= d.since`);
};

/** Asks a shop to publish SKUs, or to take Rakuten's numbers over for the person that is named. */
export const requestPublication = async (
  tx: Transaction,
  shopId: string,
  skuCodes: readonly string[],
  { adoptFor = null, register = false }: { adoptFor?: string | null; register?: boolean },
): Promise<void> => {
  if (skuCodes.length === 0) return;
  await tx.execute(sql`
    insert into stock_dirty (shop_id, sku_code, since, adopt_for, register)
    select ${shopId}, code, clock_timestamp(), ${adoptFor}::text, ${register}
    from unnest(${sql.param([...new Set(skuCodes)])}::text[]) as u(code) order by code
    on conflict (shop_id, sku_code) do update
      set since = greatest(excluded.since, stock_dirty.since + interval '1 millisecond'), orders_only = false,
        adopt_for = excluded.adopt_for, register = stock_dirty.register or excluded.register`);
};

/** Asks a shop to publish everything that it sells: it begins to publish, or to offer what is kept somewhere else. */
export const requestEverything = async (tx: Transaction, shopId: string): Promise<void> => {
  await tx.execute(sql`
    insert into stock_dirty (shop_id, sku_code, since)
    with recursive parts(code) as (
      select sku_code from sku_links where shop_id = ${shopId}
      union select c.sku_code from parts p join sku_components c on c.set_code = p.code)
    select ${shopId}, code, clock_timestamp() from parts
    where exists (select from stock_balances b where b.sku_code = code and b.opened) order by code
    on conflict (shop_id, sku_code) do update
      set since = greatest(excluded.since, stock_dirty.since + interval '1 millisecond'), orders_only = false`);
};

/** Notes what Rakuten was found to show of links, and what became of writing them. */
export const savePublications = async (
  db: Queryable,
  shopId: string,
  found: readonly Omit<Publication, 'shopId' | 'at'>[],
): Promise<void> => {
  if (found.length === 0) return;
  await db
    .insert(stockPublications)
    .values(found.map((row) => ({ shopId, ...row })))
    .onConflictDoUpdate({
      target: [stockPublications.shopId, stockPublications.manageNumber, stockPublications.variantId],
      set: {
        state: sql`excluded.state`,
        theirs: sql`excluded.theirs`,
        ours: sql`excluded.ours`,
        code: sql`excluded.code`,
        at: sql`now()`,
      },
    });
};

/** Links of a shop that Rakuten refused to take stock for since then, by `manageNumber/variantId`. */
export const refusedSince = async (db: Queryable, shopId: string, since: Date): Promise<Set<string>> => {
  const rows = await db
    .select({ manageNumber: stockPublications.manageNumber, variantId: stockPublications.variantId })
    .from(stockPublications)
    .where(
      and(
        eq(stockPublications.shopId, shopId),
        eq(stockPublications.state, 'refused'),
        gt(stockPublications.at, since),
      ),
    );
  return new Set(rows.map(({ manageNumber, variantId }) => `${manageNumber}/${variantId}`));
};

/** Forgets that Rakuten refused these links, because a person asks for another try. */
export const forgetRefusals = async (
  tx: Transaction,
  shopId: string,
  pairs: readonly Pair[],
): Promise<void> => {
  if (pairs.length === 0) return;
  await tx.execute(sql`
    delete from stock_publications s using ${asPairs(pairs)}
    where s.shop_id = ${shopId} and s.state = 'refused'
      and s.manage_number = p."manageNumber" and s.variant_id = p."variantId"`);
};

/** With which code Rakuten refused links when they were published last, by `manageNumber/variantId`; absent: it did not. */
export const refusalsAmong = async (
  db: Queryable,
  shopId: string,
  pairs: readonly Pair[],
): Promise<Map<string, string>> => {
  if (pairs.length === 0) return new Map();
  const { rows } = await db.execute<{ pair: string; code: string | null }>(sql`
    select s.manage_number || '/' || s.variant_id as pair, s.code from stock_publications s join ${asPairs(pairs)}
      on s.manage_number = p."manageNumber" and s.variant_id = p."variantId"
    where s.shop_id = ${shopId} and s.state = 'refused'`);
  return new Map(rows.map(({ pair, code }) => [pair, code ?? 'refused']));
};

/** Those of these SKUs that wait for a shop's next publication, or to be taken over from Rakuten. */
export const waitingAmong = async (
  db: Queryable,
  shopId: string,
  skuCodes: readonly string[],
): Promise<Set<string>> => {
  if (skuCodes.length === 0) return new Set();
  const rows = await db
    .select({ skuCode: stockDirty.skuCode })
    .from(stockDirty)
    .where(
      and(
        eq(stockDirty.shopId, shopId),
        sql`${stockDirty.skuCode} = any(${sql.param([...new Set(skuCodes)])}::text[])`,
      ),
    );
  return new Set(rows.map(({ skuCode }) => skuCode));
};

/** Those of these pairs that the shop is known to list, by `manageNumber/variantId`. */
export const listedAmong = async (
  db: Queryable,
  shopId: string,
  pairs: readonly Pair[],
): Promise<Set<string>> => {
  if (pairs.length === 0) return new Set();
  const { rows } = await db.execute<{ pair: string }>(sql`
    select l.manage_number || '/' || l.variant_id as pair from listings l join ${asPairs(pairs)}
      on l.manage_number = p."manageNumber" and l.variant_id = p."variantId"
    where l.shop_id = ${shopId} and l.gone_at is null`);
  return new Set(rows.map(({ pair }) => pair));
};

/** Publications of a shop in the order of their pairs, a page at a time. */
export const listPublications = (
  db: Queryable,
  shopId: string,
  { state }: { state?: Publication['state'] | undefined },
  after: Pair,
  limit: number,
): Promise<Publication[]> =>
  db
    .select()
    .from(stockPublications)
    .where(
      and(
        eq(stockPublications.shopId, shopId),
        state === undefined ? undefined : eq(stockPublications.state, state),
        sql`(${stockPublications.manageNumber}, ${stockPublications.variantId}) > (${after.manageNumber}, ${after.variantId})`,
      ),
    )
    .orderBy(asc(stockPublications.manageNumber), asc(stockPublications.variantId))
    .limit(limit);
