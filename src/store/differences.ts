import { and, asc, eq, sql } from 'drizzle-orm';
import type { Cause, CauseCode } from '../domain/reconciliation';
import type { Database, Queryable, Transaction } from './database';
import { advanceReconciliation, type Reconciliation } from './reconciliations';
import type { Pair, SkuLink } from './sku-links';
import { stockDifferences } from './stock-schema';

/** A pair of which a reconciliation found two numbers. */
export type Difference = typeof stockDifferences.$inferSelect;

/** A difference to store. */
export interface NewDifference extends SkuLink {
  readonly theirs: number | null;
  readonly ours: number | null;
  readonly causes: readonly Cause[];
}

const insert = async (
  tx: Transaction,
  reconciliationId: string,
  rows: readonly NewDifference[],
): Promise<void> => {
  if (rows.length === 0) return;
  await tx.execute(sql`
    insert into stock_differences (reconciliation_id, manage_number, variant_id, sku_code, theirs, ours, causes)
    select ${reconciliationId}::uuid, "manageNumber", "variantId", "skuCode", theirs, ours, causes
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as d("manageNumber" text, "variantId" text,
      "skuCode" text, theirs int, ours int, causes jsonb)`);
};

const beyond = ({ manageNumber, variantId }: Pair) =>
  sql`(${stockDifferences.manageNumber}, ${stockDifferences.variantId}) > (${manageNumber}, ${variantId})`;

/**
 * Stores a page of links that were compared and how far the reconciliation has come with them, in one transaction.
 * @returns whether the reconciliation still runs; where not, nothing is stored
 */
export const saveCompared = (
  db: Database,
  before: Reconciliation,
  links: readonly SkuLink[],
  differences: readonly NewDifference[],
): Promise<boolean> =>
  db.transaction(async (tx) => {
    const last = links.at(-1) ?? before;
    const runs = await advanceReconciliation(tx, before.reconciliationId, {
      manageNumber: last.manageNumber,
      variantId: last.variantId,
      compared: before.compared + links.length,
      differing: before.differing + differences.length,
    });
    if (runs) await insert(tx, before.reconciliationId, differences);
    return runs;
  });

/** Links that were found to differ and are still linked, in the order of their pairs, a page at a time. */
export const differingLinks = async (
  db: Queryable,
  { reconciliationId, shopId }: Reconciliation,
  after: Pair,
  limit: number,
): Promise<SkuLink[]> =>
  (
    await db.execute<SkuLink & Record<string, unknown>>(sql`
      select d.manage_number as "manageNumber", d.variant_id as "variantId", k.sku_code as "skuCode"
      from stock_differences d join sku_links k on k.shop_id = ${shopId}
        and k.manage_number = d.manage_number and k.variant_id = d.variant_id
      where d.reconciliation_id = ${reconciliationId}
        and (d.manage_number, d.variant_id) > (${after.manageNumber}, ${after.variantId})
      order by 1, 2 limit ${limit}`)
  ).rows;

/**
 * Puts what a second look found in the place of what the first one had found between two pairs.
 * @param upTo undefined: to the last one
 * @returns whether the reconciliation still runs; where not, nothing is stored
 */
export const replaceDifferences = (
  db: Database,
  reconciliationId: string,
  range: { readonly after: Pair; readonly upTo: Pair | undefined },
  found: readonly NewDifference[],
): Promise<boolean> =>
  db.transaction(async (tx) => {
    if (!(await advanceReconciliation(tx, reconciliationId, {}))) return false;
    await tx
      .delete(stockDifferences)
      .where(
        and(
          eq(stockDifferences.reconciliationId, reconciliationId),
          beyond(range.after),
          range.upTo === undefined ? undefined : sql`not ${beyond(range.upTo)}`,
        ),
      );
    await insert(tx, reconciliationId, found);
    return true;
  });

/** How many differences a reconciliation found. */
export const countDifferences = (db: Queryable, reconciliationId: string): Promise<number> =>
  db.$count(stockDifferences, eq(stockDifferences.reconciliationId, reconciliationId));

/** How many differences a reconciliation found of each cause; one with several counts for each. */
export const countCauses = async (
  db: Queryable,
  reconciliationId: string,
): Promise<Record<string, number>> => {
  const { rows } = await db.execute<{ code: string; count: number }>(sql`
    select cause ->> 'code' as code, count(*)::int as count
    from stock_differences, jsonb_array_elements(causes) as cause
    where reconciliation_id = ${reconciliationId} group by 1 order by 2 desc, 1`);
  return Object.fromEntries(rows.map(({ code, count }) => [code, count]));
};

/** The differences that a reconciliation found, in the order of their pairs, a page at a time. */
export const listDifferences = (
  db: Queryable,
  reconciliationId: string,
  cause: CauseCode | undefined,
  after: Pair,
  limit: number,
): Promise<Difference[]> =>
  db
    .select()
    .from(stockDifferences)
    .where(
      and(
        eq(stockDifferences.reconciliationId, reconciliationId),
        beyond(after),
        cause === undefined
          ? undefined
          : sql`${stockDifferences.causes} @> ${JSON.stringify([{ code: cause }])}::jsonb`,
      ),
    )
    .orderBy(asc(stockDifferences.manageNumber), asc(stockDifferences.variantId))
    .limit(limit);
