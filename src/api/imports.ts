import { z } from 'zod';
import { percentOf } from '../domain/imports';
import type { Language } from '../domain/texts';
import type { ImportRow } from '../store/imports';
import { beginImport, endImport, findImport, listImports } from '../store/imports';
import { importWorkflowId, WORKFLOW, workflowUrl } from '../temporal/ids';
import { importStartOptions } from '../temporal/start';
import { type Caller, demandShop } from './caller';
import type { Deps } from './deps';
import type { Effect } from './effect';
import { failureOf } from './failure-text';
import { ShopPath } from './fields';
import { ImportPath, ImportPosition, ImportView, NewImport, rangeOf } from './import-fields';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { Problem } from './problems';
import type { Route } from './route';
import { route } from './route';
import { activeShop, existingShop } from './shops';
import { USUAL_UI } from './show-order';
import { withinBound } from './temporal';

const viewOf = (
  { config }: Deps,
  { rangeFrom, rangeTo, createdAt, finishedAt, progress, failure, ...row }: ImportRow,
  language: Language,
): z.input<typeof ImportView> => {
  const workflowId = importWorkflowId(row.shopId, row.importId);
  const { until, ...counts } = progress;
  const range = { from: rangeFrom, to: rangeTo, by: row.by, statuses: row.statuses };
  return {
    ...row,
    from: rangeFrom.toISOString(),
    to: rangeTo.toISOString(),
    progress: { percent: row.state === 'done' ? 100 : percentOf(range, until), ...counts, until },
    failure: failure === null ? null : failureOf('import', failure, language),
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    workflow: {
      workflowId,
      url: workflowUrl(config.temporalUiUrl ?? USUAL_UI, config.temporal.namespace, workflowId),
    },
  };
};

/** Begins an import and its workflow. Raises `shop_not_found`, `shop_retired`, `import_running`. */
const begin = async (
  deps: Deps,
  shopId: string,
  body: z.output<typeof NewImport>,
  { actor, effectId }: Effect,
) => {
  await activeShop(deps, shopId);
  const { from, to } = rangeOf(body);
  const { by, dryRun } = body;
  const statuses = [...new Set(body.statuses)].sort();
  const wanted = { shopId, rangeFrom: from, rangeTo: to, by, statuses, dryRun, requestedBy: actor };
  const outcome = await beginImport(deps.db, wanted, effectId);
  if ('running' in outcome) throw alreadyRunning(outcome.running.importId);
  const { begun } = outcome;
  return { importId: begun.importId, ...(await start(deps, shopId, begun.importId)) };
};

const alreadyRunning = (importId: string): Problem =>
  new Problem(
    'import_running',
    `The import ${importId} of this shop runs: wait until it has ended, or cancel it.`,
    { errors: [{ path: 'importId', code: 'import_running', message: importId }] },
  );

/** An import that Temporal did not take is not left behind as running: it can be asked for again at once. */
const start = async (
  { db, temporal }: Deps,
  shopId: string,
  importId: string,
): Promise<{ workflowId: string; runId: string }> => {
  const options = importStartOptions({ shopId, importId });
  try {
    const handle = await withinBound(temporal, () => temporal.workflow.start(WORKFLOW.import, options));
    return { workflowId: options.workflowId, runId: handle.firstExecutionRunId };
  } catch (error) {
    await endImport(db, importId, 'failed', 'not_started');
    throw error;
  }
};

const existingImport = async ({ db }: Deps, importId: string, caller: Caller): Promise<ImportRow> => {
  const row = await findImport(db, importId);
  if (row === undefined) throw new Problem('import_not_found');
  demandShop(caller, row.shopId);
  return row;
};

/** Cancels an import. What counts is PostgreSQL: its workflow ends with its next step even if it does not hear of it. */
const cancel = async (deps: Deps, importId: string, caller: Caller): Promise<ImportRow> => {
  const { shopId } = await existingImport(deps, importId, caller);
  const row = await endImport(deps.db, importId, 'cancelled');
  if (row?.state !== 'cancelled')
    throw new Problem('import_finished', `The import is ${row?.state}: there is nothing to cancel.`);
  const handle = deps.temporal.workflow.getHandle(importWorkflowId(shopId, importId));
  await withinBound(deps.temporal, () => handle.cancel()).catch((error: unknown) =>
    deps.log.info({ err: error, importId }, 'the workflow of a cancelled import was not told'),
  );
  return row;
};

/** Imports of a range: begin, show, cancel, list. */
export const importRoutes = (deps: Deps): Route[] => [
  route({
    method: 'post',
    path: '/v1/shops/{shopId}/imports',
    tag: 'Imports',
    summary: 'Import the orders of a range, or count them; one import of a shop at a time',
    access: 'operator',
    params: ShopPath,
    body: NewImport,
    answer: {
      status: 202,
      says: 'The import and its workflow',
      schema: z.strictObject({ importId: z.uuid(), workflowId: z.string(), runId: z.string() }),
    },
    problems: ['shop_not_found', 'shop_retired', 'import_running', 'refused', 'temporal_unavailable'],
    handle: ({ params, body, ...call }) => begin(deps, params.shopId, body, call),
  }),
  route({
    method: 'get',
    path: '/v1/shops/{shopId}/imports',
    tag: 'Imports',
    summary: 'Imports of a shop, newest first',
    access: 'viewer',
    spoken: true,
    params: ShopPath,
    query: z.strictObject(PAGE),
    answer: { status: 200, says: 'A page of imports', schema: pageOf(ImportView) },
    problems: ['shop_not_found'],
    handle: async ({ params: { shopId }, query: { cursor, limit }, language }) => {
      await existingShop(deps, shopId);
      const rows = await listImports(deps.db, shopId, positionOf(ImportPosition, cursor), limit + 1);
      return toPage(
        rows,
        limit,
        ({ createdAt, importId }) => ({ createdAt: createdAt.toISOString(), importId }),
        (row) => viewOf(deps, row, language),
      );
    },
  }),
  route({
    method: 'get',
    path: '/v1/imports/{importId}',
    tag: 'Imports',
    summary: 'One import: what was asked for, and how far it is',
    access: 'viewer',
    reach: 'filtered',
    spoken: true,
    params: ImportPath,
    answer: { status: 200, says: 'The import', schema: ImportView },
    problems: ['import_not_found'],
    handle: async ({ params, language, caller }) =>
      viewOf(deps, await existingImport(deps, params.importId, caller), language),
  }),
  route({
    method: 'delete',
    path: '/v1/imports/{importId}',
    tag: 'Imports',
    summary: 'Cancel an import; what it took in stays',
    access: 'operator',
    reach: 'filtered',
    spoken: true,
    params: ImportPath,
    answer: { status: 200, says: 'The import', schema: ImportView },
    problems: ['import_not_found', 'import_finished'],
    handle: async ({ params, language, caller }) =>
      viewOf(deps, await cancel(deps, params.importId, caller), language),
  }),
];
