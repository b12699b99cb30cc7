import { and, asc, desc, eq, gt, sql } from 'drizzle-orm';
import type { Database, Queryable, Transaction } from './database';
import { shops } from './shop-schema';
import { skuLinks, stockReconciliations } from './stock-schema';

/** A comparison of Rakuten's stock with ours, as it is stored. */
export type Reconciliation = typeof stockReconciliations.$inferSelect;

const KEPT_DAYS = 30;

/**
 * Begins a reconciliation, unless one of the shop runs already: then that one is given. What is older than thirty days
 * is deleted, but for the last one.
 */
export const beginReconciliation = (
  db: Database,
  { shopId, requestedBy }: Pick<Reconciliation, 'shopId' | 'requestedBy'>,
  reconciliationId?: string,
): Promise<{ readonly begun: Reconciliation } | { readonly running: Reconciliation }> =>
  db.transaction(async (tx) => {
    // Of two that are asked for at once the second waits here, and then sees the first.
    await tx.select().from(shops).where(eq(shops.shopId, shopId)).for('update');
    const known =
      reconciliationId === undefined ? undefined : await findReconciliation(tx, shopId, reconciliationId);
    if (known !== undefined) return { begun: known };
    const [running] = await tx
      .select()
      .from(stockReconciliations)
      .where(and(eq(stockReconciliations.shopId, shopId), eq(stockReconciliations.state, 'running')));
    if (running !== undefined) return { running };
    await forgetOld(tx, shopId);
    const pairs = await tx.$count(skuLinks, eq(skuLinks.shopId, shopId));
    const [begun] = await tx
      .insert(stockReconciliations)
      .values({
        ...(reconciliationId === undefined ? {} : { reconciliationId }),
        shopId,
        requestedBy,
        pairs,
        state: 'running',
      })
      .returning();
    if (begun === undefined) throw new Error('PostgreSQL inserted a reconciliation and returned none');
    return { begun };
  });

const forgetOld = async (tx: Transaction, shopId: string): Promise<void> => {
  await tx.execute(sql`
    delete from stock_reconciliations
    where shop_id = ${shopId} and created_at < now() - ${KEPT_DAYS} * interval '1 day'
      and reconciliation_id <> (select reconciliation_id from stock_reconciliations
        where shop_id = ${shopId} order by created_at desc, reconciliation_id desc limit 1)`);
};

/** One reconciliation of a shop. */
export const findReconciliation = async (
  db: Queryable,
  shopId: string,
  reconciliationId: string,
): Promise<Reconciliation | undefined> => {
  const [row] = await db
    .select()
    .from(stockReconciliations)
    .where(
      and(
        eq(stockReconciliations.shopId, shopId),
        eq(stockReconciliations.reconciliationId, reconciliationId),
      ),
    );
  return row;
};

/** All reconciliations that run, the oldest first. */
export const runningReconciliations = (db: Queryable): Promise<Reconciliation[]> =>
  db
    .select()
    .from(stockReconciliations)
    .where(eq(stockReconciliations.state, 'running'))
    .orderBy(asc(stockReconciliations.createdAt));

/** Whether a reconciliation of the shop was done since then. */
export const reconciledSince = async (db: Queryable, shopId: string, since: Date): Promise<boolean> =>
  (await db.$count(
    stockReconciliations,
    and(
      eq(stockReconciliations.shopId, shopId),
      eq(stockReconciliations.state, 'done'),
      gt(stockReconciliations.finishedAt, since),
    ),
  )) > 0;

/** The reconciliations of a shop, newest first, a page at a time. */
export const listReconciliations = (
  db: Queryable,
  shopId: string,
  before: { createdAt: string; reconciliationId: string } | undefined,
  limit: number,
): Promise<Reconciliation[]> =>
  db
    .select()
    .from(stockReconciliations)
    .where(
      and(
        eq(stockReconciliations.shopId, shopId),
        before === undefined
          ? undefined
          : sql`(${stockReconciliations.createdAt}, ${stockReconciliations.reconciliationId})
              < (${before.createdAt}::timestamptz, ${before.reconciliationId}::uuid)`,
      ),
    )
    .orderBy(desc(stockReconciliations.createdAt), desc(stockReconciliations.reconciliationId))
    .limit(limit);

const running = (reconciliationId: string) =>
  and(eq(stockReconciliations.reconciliationId, reconciliationId), eq(stockReconciliations.state, 'running'));

/** Changes a reconciliation that runs; what it last waited for is over. @returns whether it still runs */
export const advanceReconciliation = async (
  db: Queryable,
  reconciliationId: string,
  change: Partial<Pick<Reconciliation, 'manageNumber' | 'variantId' | 'compared' | 'differing'>>,
): Promise<boolean> => {
  const saved = await db
    .update(stockReconciliations)
    .set({ ...change, failure: null })
    .where(running(reconciliationId))
    .returning({ reconciliationId: stockReconciliations.reconciliationId });
  return saved.length > 0;
};

/** Notes by its code why a reconciliation that runs waits. */
export const noteReconciliationFailure = async (
  db: Queryable,
  reconciliationId: string,
  failure: string,
): Promise<void> => {
  await db.update(stockReconciliations).set({ failure }).where(running(reconciliationId));
};

/** Ends a reconciliation that runs. @returns whether it ran: one that has ended stays as it is */
export const endReconciliation = async (
  db: Queryable,
  reconciliationId: string,
  end: Pick<Reconciliation, 'state'> & Partial<Pick<Reconciliation, 'failure' | 'unbalanced' | 'differing'>>,
): Promise<boolean> => {
  const ended = await db
    .update(stockReconciliations)
    .set({ failure: null, ...end, finishedAt: sql`now()` })
    .where(running(reconciliationId))
    .returning({ reconciliationId: stockReconciliations.reconciliationId });
  return ended.length > 0;
};
