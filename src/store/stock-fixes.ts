import { sql } from 'drizzle-orm';
import type { Fixable, FixDirection, LeftCode } from '../domain/reconciliation';
import { leftBecause } from '../domain/reconciliation';
import type { Database, Queryable, Transaction } from './database';
import type { Difference } from './differences';
import { forgetRefusals, requestPublication } from './publications';
import type { Reconciliation } from './reconciliations';
import type { Pair, SkuLink } from './sku-links';
import { asPairs, asSelling } from './sku-links';
import { componentsOf } from './skus';

/** Differences that are looked at together. */
const PAGE = 1_000;
/** So many of those that are left are named; a file of a hundred thousand helps nobody. */
const MOST_NAMED = 1_000;

/** A pair that is left as it is, and why. */
interface LeftPair extends Pair {
  readonly code: LeftCode;
}

/** What became of asking for differences to be mended. */
export interface FixResult {
  /** Pairs that the next synchronisation brings together. */
  readonly asked: number;
  /** The first thousand of those that are left. */
  readonly left: readonly LeftPair[];
  readonly leftCount: number;
}

/** What is to be mended: in which direction, for whom, and of which pairs; without them all that differed. */
export interface FixRequest {
  readonly direction: FixDirection;
  readonly actor: string;
  readonly pairs?: readonly Pair[] | undefined;
}

type Row = Fixable & Pair & { readonly skuCode: string };

/**
 * Asks for differences of a reconciliation to be mended with the next synchronisation: our numbers become Rakuten's, or
 * Rakuten's become ours. One transaction; asking again asks for the same.
 */
export const fixDifferences = (
  db: Database,
  reconciliation: Reconciliation,
  { direction, actor, pairs }: FixRequest,
): Promise<FixResult> =>
  db.transaction(async (tx) => {
    const { shopId, reconciliationId } = reconciliation;
    const codes = new Set<string>();
    const left: LeftPair[] = await missing(tx, reconciliationId, pairs);
    const count = { asked: 0, left: left.length };
    for await (const page of fixables(tx, reconciliation, pairs)) {
      const judged = page.map((row) => ({ ...row, code: leftBecause(row, direction) }));
      const asked = judged.filter(({ code }) => code === undefined);
      for (const { parts = [] } of asked) for (const { skuCode } of parts) codes.add(skuCode);
      for (const { manageNumber, variantId, code } of judged)
        if (code !== undefined && left.length < MOST_NAMED) left.push({ manageNumber, variantId, code });
      count.asked += asked.length;
      count.left += judged.length - asked.length;
      await mark(tx, reconciliationId, asked, { fix: direction, fixedBy: actor });
      if (direction === 'publish') await forgetRefusals(tx, shopId, asked);
    }
    const how = direction === 'publish' ? { register: true } : { adoptFor: actor };
    // At once and in their order, so that two who ask for the same SKUs do not wait for each other.
    await requestPublication(tx, shopId, [...codes], how);
    return { asked: count.asked, left, leftCount: count.left };
  });

/** Those of the pairs that were asked for of which this reconciliation found no difference. */
const missing = async (
  tx: Transaction,
  reconciliationId: string,
  pairs: readonly Pair[] = [],
): Promise<LeftPair[]> => {
  const { rows } = await tx.execute<{ manageNumber: string; variantId: string }>(sql`
    select p."manageNumber", p."variantId" from ${asPairs(pairs)} where not exists (
      select from stock_differences d where d.reconciliation_id = ${reconciliationId}
        and d.manage_number = p."manageNumber" and d.variant_id = p."variantId") order by 1, 2`);
  return rows.map((pair) => ({ ...pair, code: 'no_difference' }));
};

/** The differences to mend, a page at a time, with what their pairs stand for now. */
async function* fixables(
  tx: Transaction,
  { shopId, reconciliationId }: Reconciliation,
  pairs: readonly Pair[] | undefined,
): AsyncGenerator<Row[]> {
  const among =
    pairs === undefined
      ? sql``
      : sql`and (d.manage_number, d.variant_id) in (select p."manageNumber", p."variantId" from ${asPairs(pairs)})`;
  let after: Pair = { manageNumber: '', variantId: '' };
  for (let size = PAGE; size === PAGE; ) {
    const { rows } = await tx.execute<DifferenceRow>(sql`
      select d.manage_number as "manageNumber", d.variant_id as "variantId", d.sku_code as "skuCode",
        d.theirs, d.ours, d.causes, k.sku_code is not distinct from d.sku_code as linked
      from stock_differences d left join sku_links k on k.shop_id = ${shopId}
        and k.manage_number = d.manage_number and k.variant_id = d.variant_id
      where d.reconciliation_id = ${reconciliationId}
        and (d.manage_number, d.variant_id) > (${after.manageNumber}, ${after.variantId}) ${among}
      order by 1, 2 limit ${PAGE}`);
    size = rows.length;
    after = rows.at(-1) ?? after;
    const selling = await asSelling(tx, rows);
    yield rows.map((row, index) => ({ ...row, parts: row.linked ? selling[index]?.parts : undefined }));
  }
}

type DifferenceRow = SkuLink &
  Pick<Difference, 'theirs' | 'ours' | 'causes'> & { readonly linked: boolean } & Record<string, unknown>;

const mark = async (
  tx: Transaction,
  reconciliationId: string,
  pairs: readonly Pair[],
  { fix, fixedBy }: { fix: FixDirection; fixedBy: string },
): Promise<void> => {
  await tx.execute(sql`
    update stock_differences d set fix = ${fix}, fixed_by = ${fixedBy} from ${asPairs(pairs)}
    where d.reconciliation_id = ${reconciliationId}
      and d.manage_number = p."manageNumber" and d.variant_id = p."variantId"`);
};

/**
 * Asks for Rakuten's numbers to become ours for every plain SKU that is linked in a shop and has no opening balance at
 * this location. @returns how many there are
 */
export const requestOpeningBalances = async (
  db: Queryable,
  { shopId, location, actor }: { shopId: string; location: string; actor: string },
): Promise<number> => {
  const { rowCount } = await db.execute(sql`
    insert into stock_dirty (shop_id, sku_code, since, adopt_for)
    select ${shopId}, k.sku_code, clock_timestamp(), ${actor} from (
      select distinct sku_code from sku_links where shop_id = ${shopId}) k
    where not exists (select from sku_components c where c.set_code = k.sku_code)
      and not exists (select from stock_balances b
        where b.sku_code = k.sku_code and b.location = ${location} and b.opened)
    order by k.sku_code
    on conflict (shop_id, sku_code) do update
      set since = greatest(excluded.since, stock_dirty.since + interval '1 millisecond'), orders_only = false,
        adopt_for = excluded.adopt_for`);
  return rowCount ?? 0;
};

/** A SKU that is left as it is, and why. */
interface LeftSku {
  readonly skuCode: string;
  readonly code: LeftCode;
}

/** Asks for Rakuten's numbers of these SKUs to become ours, also of those that have an opening balance. */
export const requestAdoption = (
  db: Database,
  { shopId, skuCodes, actor }: { shopId: string; skuCodes: readonly string[]; actor: string },
): Promise<{ readonly asked: number; readonly left: readonly LeftSku[] }> =>
  db.transaction(async (tx) => {
    const componentsBy = await componentsOf(tx, skuCodes);
    const { rows } = await tx.execute<{ code: string }>(sql`
      select distinct sku_code as code from sku_links
      where shop_id = ${shopId} and sku_code = any(${sql.param([...skuCodes])}::text[])`);
    const linked = new Set(rows.map(({ code }) => code));
    const left = skuCodes.flatMap((skuCode): LeftSku[] => {
      if (componentsBy(skuCode).length > 0) return [{ skuCode, code: 'set' }];
      return linked.has(skuCode) ? [] : [{ skuCode, code: 'not_linked' }];
    });
    const asked = skuCodes.filter((skuCode) => !left.some((own) => own.skuCode === skuCode));
    await requestPublication(tx, shopId, asked, { adoptFor: actor });
    return { asked: asked.length, left };
  });
