import { setMaxListeners } from 'node:events';
import { cancellationSignal, log } from '@temporalio/activity';
import type { NewAlert } from '../store/alerts';
import { addAlert } from '../store/alerts';
import type { NewDifference } from '../store/differences';
import {
  countCauses,
  countDifferences,
  differingLinks,
  replaceDifferences,
  saveCompared,
} from '../store/differences';
import { findImbalances } from '../store/ledger';
import { listLinks } from '../store/links-list';
import type { Reconciliation } from '../store/reconciliations';
import { endReconciliation, findReconciliation, noteReconciliationFailure } from '../store/reconciliations';
import type { Shop } from '../store/shops';
import { findShop } from '../store/shops';
import type { Pair, SkuLink } from '../store/sku-links';
import { compareStock } from './compare-stock';
import type { ActivityContext } from './context';
import type { ParkCause } from './failures';

/** Links that are compared together: as many as one bulk-get takes (inventory reference §3). */
const PAGE = 1_000;

/** What a reconciliation is started with. */
export interface ReconciliationInput {
  readonly shopId: string;
  readonly reconciliationId: string;
}

/** How a reconciliation ended. */
export interface ReconciliationResult {
  readonly state: Reconciliation['state'];
}

/** The activities of a stock reconciliation. */
export const reconciliationActivities = (context: ActivityContext) => {
  const resultOf = async ({
    shopId,
    reconciliationId,
  }: ReconciliationInput): Promise<ReconciliationResult> => ({
    state: (await findReconciliation(context.db, shopId, reconciliationId))?.state ?? 'cancelled',
  });
  return {
    /**
     * Compares every link of a shop with what Rakuten shows, from where the last attempt stopped, and what differed once
     * more. It only reads. Where it is stands in PostgreSQL after each page, so that a killed worker's successor goes on
     * there; it ends early once the reconciliation was cancelled. @throws RmsError
     */
    reconcileStock: async (input: ReconciliationInput): Promise<ReconciliationResult> => {
      const { shopId, reconciliationId } = input;
      const row = await findReconciliation(context.db, shopId, reconciliationId);
      if (row === undefined || row.state !== 'running') return resultOf(input);
      const shop = await findShop(context.db, shopId);
      const failure = impossibleBecause(shop);
      if (shop === undefined || failure !== undefined)
        await endReconciliation(context.db, reconciliationId, { state: 'failed', failure: failure ?? null });
      else if ((await walk(context, shop, row)) && (await lookAgain(context, shop, row)))
        await conclude(context, row);
      return resultOf(input);
    },

    /** Writes down why a reconciliation waits. Runs as a local activity. */
    noteReconciliationWaits: ({ reconciliationId }: ReconciliationInput, cause: ParkCause): Promise<void> =>
      noteReconciliationFailure(context.db, reconciliationId, cause),

    /** Ends a reconciliation that does not end by itself. Runs as a local activity. */
    finishReconciliation: async (
      input: ReconciliationInput,
      state: 'failed' | 'cancelled',
      cause: ParkCause | null = null,
    ): Promise<ReconciliationResult> => {
      await endReconciliation(context.db, input.reconciliationId, { state, failure: cause });
      return resultOf(input);
    },
  };
};

/** What the workflow of a reconciliation can call. */
export type ReconciliationActivities = ReturnType<typeof reconciliationActivities>;

/** A shop from before the SKU project cannot be asked for many pairs at once (inventory reference §3.2 no. 8). */
const impossibleBecause = (shop: Shop | undefined): string | undefined => {
  if (shop === undefined || shop.retiredAt !== null) return 'shop_retired';
  return shop.settings.skuProjectMigrated ? undefined : 'sku_project_not_migrated';
};

/** Compares link after link in the order of their pairs, a page in memory at a time. @returns whether it came to the end */
const walk = async (context: ActivityContext, shop: Shop, begun: Reconciliation): Promise<boolean> => {
  let row = begun;
  for (;;) {
    const links = await listLinks(context.db, shop.shopId, {}, row, PAGE);
    if (links.length === 0) return true;
    const found = await compare(context, shop, links);
    if (!(await saveCompared(context.db, row, links, found))) return false;
    row = {
      ...row,
      ...(links.at(-1) ?? {}),
      compared: row.compared + links.length,
      differing: row.differing + found.length,
    };
  }
};

/**
 * Orders moved while the links were compared one after the other: what differed is compared once more, and what no
 * longer differs is dropped. @returns whether it came to the end
 */
const lookAgain = async (context: ActivityContext, shop: Shop, row: Reconciliation): Promise<boolean> => {
  let after: Pair = { manageNumber: '', variantId: '' };
  for (;;) {
    const links = await differingLinks(context.db, row, after, PAGE);
    const upTo = links.length < PAGE ? undefined : links.at(-1);
    const found = await compare(context, shop, links);
    if (!(await replaceDifferences(context.db, row.reconciliationId, { after, upTo }, found))) return false;
    if (upTo === undefined) return true;
    after = upTo;
  }
};

/** Nobody waits for a reconciliation: it goes behind all work for orders, and is taken back when it is cancelled. */
const compare = (
  context: ActivityContext,
  shop: Shop,
  links: readonly SkuLink[],
): Promise<NewDifference[]> => {
  const signal = cancellationSignal();
  // Each of the pairs that wait for the page's turn listens to it.
  setMaxListeners(PAGE + 1, signal);
  return compareStock(context, shop, links, { priority: 'background', signal });
};

/** Ends a reconciliation with its counts, and tells of what nobody can have meant. */
const conclude = async ({ db }: ActivityContext, row: Reconciliation): Promise<void> => {
  const { shopId, reconciliationId } = row;
  const unbalanced = (await findImbalances(db)).length;
  const differing = await countDifferences(db, reconciliationId);
  const { unexplained = 0 } = await countCauses(db, reconciliationId);
  const alert = (code: NewAlert['code'], units: number): NewAlert[] =>
    units === 0 ? [] : [{ shopId, code, params: { units, reconciliationId } }];
  const alerts = [
    ...alert('alert.stock_unexplained', unexplained),
    ...alert('alert.stock_unbalanced', unbalanced),
  ];
  const ended = await db.transaction(async (tx) => {
    const done = { state: 'done', unbalanced, differing } as const;
    if (!(await endReconciliation(tx, reconciliationId, done))) return false;
    for (const own of alerts) await addAlert(tx, own);
    return true;
  });
  if (!ended) return;
  const told = { shopId, reconciliationId, differing, unexplained, unbalanced };
  if (alerts.length > 0)
    log.warn('a stock reconciliation found what nothing explains; see its differences', told);
  else log.info('a stock reconciliation is done', told);
};
