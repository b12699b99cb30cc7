import { z } from 'zod';
import { type Language, say } from '../domain/texts';
import { listDifferences } from '../store/differences';
import type { Reconciliation } from '../store/reconciliations';
import {
  beginReconciliation,
  endReconciliation,
  findReconciliation,
  listReconciliations,
} from '../store/reconciliations';
import { fixDifferences } from '../store/stock-fixes';
import { reconciliationWorkflowId, WORKFLOW } from '../temporal/ids';
import { newReconciliationStartOptions } from '../temporal/start';
import type { Deps } from './deps';
import type { Effect } from './effect';
import { NoBody, ShopPath } from './fields';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { Problem } from './problems';
import {
  DIFFERENCES_OF,
  DifferenceView,
  Fix,
  FixView,
  PairPosition,
  ReconciliationDetail,
  ReconciliationPath,
  ReconciliationPosition,
  ReconciliationView,
} from './reconciliation-fields';
import { detailOf, differenceOf, viewOf } from './reconciliation-view';
import type { Route } from './route';
import { route } from './route';
import { activeShop, existingShop } from './shops';
import { demandMigrated, demandSync, whenOf } from './stock-shop';
import { withinBound } from './temporal';

/** Begins a reconciliation and its workflow. */
const begin = async (deps: Deps, shopId: string, { actor, effectId }: Effect) => {
  demandMigrated(await activeShop(deps, shopId));
  const outcome = await beginReconciliation(deps.db, { shopId, requestedBy: actor }, effectId);
  if ('running' in outcome) throw alreadyRunning(outcome.running.reconciliationId);
  const { reconciliationId } = outcome.begun;
  return { reconciliationId, ...(await start(deps, outcome.begun)) };
};

const alreadyRunning = (reconciliationId: string): Problem =>
  new Problem(
    'reconciliation_running',
    `The reconciliation ${reconciliationId} of this shop runs: wait until it has ended, or cancel it.`,
    { errors: [{ path: 'reconciliationId', code: 'reconciliation_running', message: reconciliationId }] },
  );

/** A reconciliation that Temporal did not take is not left behind as running: it can be asked for again at once. */
const start = async (
  { db, temporal }: Deps,
  row: Reconciliation,
): Promise<{ workflowId: string; runId: string }> => {
  const options = newReconciliationStartOptions(row);
  try {
    const handle = await withinBound(temporal, () =>
      temporal.workflow.start(WORKFLOW.reconcileStock, options),
    );
    return { workflowId: options.workflowId, runId: handle.firstExecutionRunId };
  } catch (error) {
    await endReconciliation(db, row.reconciliationId, { state: 'failed', failure: 'not_started' });
    throw error;
  }
};

const existing = async (
  { db }: Deps,
  { shopId, reconciliationId }: z.output<typeof ReconciliationPath>,
): Promise<Reconciliation> => {
  const row = await findReconciliation(db, shopId, reconciliationId);
  if (row === undefined) throw new Problem('reconciliation_not_found');
  return row;
};

/** Cancels a reconciliation. What counts is PostgreSQL: its workflow ends with its next page even if it does not hear of it. */
const cancel = async (deps: Deps, path: z.output<typeof ReconciliationPath>): Promise<Reconciliation> => {
  const { state } = await existing(deps, path);
  if (!(await endReconciliation(deps.db, path.reconciliationId, { state: 'cancelled' })))
    throw new Problem(
      'reconciliation_finished',
      `The reconciliation is ${state}: there is nothing to cancel.`,
    );
  const handle = deps.temporal.workflow.getHandle(reconciliationWorkflowId(path.shopId));
  await withinBound(deps.temporal, () => handle.cancel()).catch((error: unknown) =>
    deps.log.info({ err: error, ...path }, 'the workflow of a cancelled reconciliation was not told'),
  );
  return existing(deps, path);
};

/** Asks for differences to be mended. */
const fix = async (
  deps: Deps,
  path: z.output<typeof ReconciliationPath>,
  request: z.output<typeof Fix> & { actor: string },
  language: Language,
): Promise<z.input<typeof FixView>> => {
  const shop = await activeShop(deps, path.shopId);
  const row = await existing(deps, path);
  demandMigrated(shop);
  demandSync(shop);
  if (row.state !== 'done')
    throw new Problem(
      'reconciliation_not_done',
      `The reconciliation is ${row.state}: wait, or begin another.`,
    );
  const { left, ...counts } = await fixDifferences(deps.db, row, request);
  return {
    ...counts,
    left: left.map(({ manageNumber, variantId, code }) => ({
      pair: { manageNumber, variantId },
      ...{ code, message: say(language, `left.${code}`) },
    })),
    when: whenOf(shop, language),
  };
};

const differencesRoute = (deps: Deps): Route =>
  route({
    method: 'get',
    path: '/v1/shops/{shopId}/stock/reconciliations/{reconciliationId}/differences',
    tag: 'Stock',
    summary: 'What differs: Rakuten’s number, ours, and why',
    access: 'viewer',
    spoken: true,
    params: ReconciliationPath,
    query: z.strictObject({ ...PAGE, ...DIFFERENCES_OF }),
    answer: { status: 200, says: 'A page of differences', schema: pageOf(DifferenceView) },
    problems: ['reconciliation_not_found'],
    handle: async ({ params, query: { cursor, limit, cause }, language }) => {
      await existing(deps, params);
      const after = positionOf(PairPosition, cursor) ?? { manageNumber: '', variantId: '' };
      const rows = await listDifferences(deps.db, params.reconciliationId, cause, after, limit + 1);
      return toPage(
        rows,
        limit,
        ({ manageNumber, variantId }) => ({ manageNumber, variantId }),
        (row) => differenceOf(row, language),
      );
    },
  });

/** Reconciliations of a shop's stock with Rakuten's: begin, show, mend, cancel, list. */
export const reconciliationRoutes = (deps: Deps): Route[] => [
  route({
    method: 'post',
    path: '/v1/shops/{shopId}/stock/reconciliations',
    tag: 'Stock',
    summary: 'Compare the stock of all links with Rakuten’s; one at a time per shop, and nothing is changed',
    access: 'operator',
    params: ShopPath,
    body: NoBody,
    answer: {
      status: 202,
      says: 'The reconciliation and its workflow',
      schema: z.strictObject({ reconciliationId: z.uuid(), workflowId: z.string(), runId: z.string() }),
    },
    problems: [
      'shop_not_found',
      'shop_retired',
      'sku_project_not_migrated',
      'reconciliation_running',
      'temporal_unavailable',
    ],
    handle: ({ params, ...call }) => begin(deps, params.shopId, call),
  }),
  route({
    method: 'get',
    path: '/v1/shops/{shopId}/stock/reconciliations',
    tag: 'Stock',
    summary: 'Stock reconciliations of a shop, newest first; they are kept for 30 days',
    access: 'viewer',
    spoken: true,
    params: ShopPath,
    query: z.strictObject(PAGE),
    answer: { status: 200, says: 'A page of reconciliations', schema: pageOf(ReconciliationView) },
    problems: ['shop_not_found'],
    handle: async ({ params: { shopId }, query: { cursor, limit }, language }) => {
      await existingShop(deps, shopId);
      const before = positionOf(ReconciliationPosition, cursor);
      const rows = await listReconciliations(deps.db, shopId, before, limit + 1);
      return toPage(
        rows,
        limit,
        ({ createdAt, reconciliationId }) => ({ createdAt: createdAt.toISOString(), reconciliationId }),
        (row) => viewOf(deps, row, language),
      );
    },
  }),
  route({
    method: 'get',
    path: '/v1/shops/{shopId}/stock/reconciliations/{reconciliationId}',
    tag: 'Stock',
    summary: 'One reconciliation: how far it is, and what it found',
    access: 'viewer',
    spoken: true,
    params: ReconciliationPath,
    answer: { status: 200, says: 'The reconciliation', schema: ReconciliationDetail },
    problems: ['reconciliation_not_found'],
    handle: async ({ params, language }) => detailOf(deps, await existing(deps, params), language),
  }),
  differencesRoute(deps),
  route({
    method: 'delete',
    path: '/v1/shops/{shopId}/stock/reconciliations/{reconciliationId}',
    tag: 'Stock',
    summary: 'Cancel a reconciliation that runs',
    access: 'operator',
    spoken: true,
    params: ReconciliationPath,
    answer: { status: 200, says: 'The reconciliation', schema: ReconciliationDetail },
    problems: ['reconciliation_not_found', 'reconciliation_finished'],
    handle: async ({ params, language }) => detailOf(deps, await cancel(deps, params), language),
  }),
  route({
    method: 'post',
    path: '/v1/shops/{shopId}/stock/reconciliations/{reconciliationId}/fix',
    tag: 'Stock',
    summary:
      'Mend differences with the next synchronisation: ours becomes Rakuten’s number, or Rakuten’s becomes ours',
    access: 'operator',
    spoken: true,
    params: ReconciliationPath,
    body: Fix,
    answer: { status: 200, says: 'What was asked for and what is left, and why', schema: FixView },
    problems: [
      'shop_not_found',
      'shop_retired',
      'reconciliation_not_found',
      'reconciliation_not_done',
      'sku_project_not_migrated',
      'stock_sync_off',
      'duplicate',
    ],
    handle: ({ params, body, actor, language }) => fix(deps, params, { ...body, actor }, language),
  }),
];
