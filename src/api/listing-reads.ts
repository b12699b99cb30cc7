import { z } from 'zod';
import type { Language } from '../domain/texts';
import type { ListingRead } from '../store/listing-reads';
import { beginListingRead, endListingRead, lastListingRead } from '../store/listing-reads';
import { listingsWorkflowId, WORKFLOW, workflowUrl } from '../temporal/ids';
import { listingsStartOptions } from '../temporal/start';
import type { Deps } from './deps';
import type { Effect } from './effect';
import { failureOf } from './failure-text';
import { instant, ShopPath } from './fields';
import { Problem } from './problems';
import type { Route } from './route';
import { route } from './route';
import { activeShop, existingShop } from './shops';
import { USUAL_UI } from './show-order';
import { withinBound } from './temporal';

const PATH = '/v1/shops/{shopId}/listings/read';

const ReadView = z
  .strictObject({
    readId: z.uuid(),
    shopId: z.string(),
    state: z.enum(['running', 'done', 'failed', 'cancelled']),
    progress: z.strictObject({
      percent: z.int().nullable().meta({ description: '`null` before the first page' }),
      pages: z.int(),
      items: z.int(),
      skus: z.int(),
      malformed: z.int().meta({ description: 'Items that could not be read; the worker’s log names them' }),
      expected: z.int().nullable().meta({ description: 'How many items Rakuten says there are' }),
    }),
    failure: z
      .strictObject({ code: z.string(), text: z.string() })
      .nullable()
      .meta({ description: 'Why it failed, or what it waits for at the moment' }),
    requestedBy: z.string(),
    createdAt: instant,
    finishedAt: instant.nullable(),
    workflow: z.strictObject({ workflowId: z.string(), url: z.string() }),
  })
  .meta({ id: 'ListingRead' });

const percentOf = ({ state, items, malformed, expected }: ListingRead): number | null => {
  if (state === 'done') return 100;
  return expected === null
    ? null
    : Math.min(100, Math.floor(((items + malformed) / Math.max(1, expected)) * 100));
};

const viewOf = ({ config }: Deps, read: ListingRead, language: Language): z.input<typeof ReadView> => {
  const { readId, shopId, state, pages, items, skus, malformed, expected, failure, requestedBy } = read;
  const workflowId = listingsWorkflowId(shopId);
  return {
    ...{ readId, shopId, state, requestedBy },
    progress: { percent: percentOf(read), pages, items, skus, malformed, expected },
    failure: failure === null ? null : failureOf('listings', failure, language),
    createdAt: read.createdAt.toISOString(),
    finishedAt: read.finishedAt?.toISOString() ?? null,
    workflow: {
      workflowId,
      url: workflowUrl(config.temporalUiUrl ?? USUAL_UI, config.temporal.namespace, workflowId),
    },
  };
};

/** Begins a reading and its workflow. Raises `shop_not_found`, `shop_retired`, `listings_read_running`. */
const begin = async (deps: Deps, shopId: string, { actor, effectId }: Effect) => {
  await activeShop(deps, shopId);
  const outcome = await beginListingRead(deps.db, shopId, actor, effectId);
  if ('running' in outcome) throw alreadyRunning(outcome.running.readId);
  const { readId } = outcome.begun;
  return { readId, ...(await start(deps, shopId, readId)) };
};

const alreadyRunning = (readId: string): Problem =>
  new Problem(
    'listings_read_running',
    `The reading ${readId} of this shop runs: wait until it has ended, or cancel it.`,
    { errors: [{ path: 'readId', code: 'listings_read_running', message: readId }] },
  );

/** A reading that Temporal did not take is not left behind as running: it can be asked for again at once. */
const start = async (
  { db, temporal }: Deps,
  shopId: string,
  readId: string,
): Promise<{ workflowId: string; runId: string }> => {
  const options = listingsStartOptions({ shopId, readId }, true);
  try {
    const handle = await withinBound(temporal, () => temporal.workflow.start(WORKFLOW.readListings, options));
    return { workflowId: options.workflowId, runId: handle.firstExecutionRunId };
  } catch (error) {
    await endListingRead(db, readId, 'failed', 'not_started');
    throw error;
  }
};

const lastRead = async (deps: Deps, shopId: string): Promise<ListingRead> => {
  await existingShop(deps, shopId);
  const read = await lastListingRead(deps.db, shopId);
  if (read === undefined) throw new Problem('listings_not_read');
  return read;
};

/** Cancels the running reading. What counts is PostgreSQL: its workflow ends with its next page even if it does not hear of it. */
const cancel = async (deps: Deps, shopId: string): Promise<ListingRead> => {
  const { readId, state } = await lastRead(deps, shopId);
  const read = state === 'running' ? await endListingRead(deps.db, readId, 'cancelled') : undefined;
  if (read?.state !== 'cancelled')
    throw new Problem(
      'listings_read_finished',
      `The reading is ${read?.state ?? state}: there is nothing to cancel.`,
    );
  const handle = deps.temporal.workflow.getHandle(listingsWorkflowId(shopId));
  await withinBound(deps.temporal, () => handle.cancel()).catch((error: unknown) =>
    deps.log.info({ err: error, readId }, 'the workflow of a cancelled reading was not told'),
  );
  return read;
};

/** Reading what a shop lists: begin, show, cancel. */
export const listingReadRoutes = (deps: Deps): Route[] => [
  route({
    method: 'post',
    path: PATH,
    tag: 'SKUs',
    summary: 'Read what Rakuten lists in the shop; one reading of a shop at a time',
    access: 'operator',
    params: ShopPath,
    answer: {
      status: 202,
      says: 'The reading and its workflow',
      schema: z.strictObject({ readId: z.uuid(), workflowId: z.string(), runId: z.string() }),
    },
    problems: ['shop_not_found', 'shop_retired', 'listings_read_running', 'temporal_unavailable'],
    handle: ({ params, ...call }) => begin(deps, params.shopId, call),
  }),
  route({
    method: 'get',
    path: PATH,
    tag: 'SKUs',
    summary: 'The last reading of what the shop lists, and how far it is',
    access: 'viewer',
    spoken: true,
    params: ShopPath,
    answer: { status: 200, says: 'The reading', schema: ReadView },
    problems: ['shop_not_found', 'listings_not_read'],
    handle: async ({ params, language }) => viewOf(deps, await lastRead(deps, params.shopId), language),
  }),
  route({
    method: 'delete',
    path: PATH,
    tag: 'SKUs',
    summary: 'Cancel the reading that runs; what it read stays',
    access: 'operator',
    spoken: true,
    params: ShopPath,
    answer: { status: 200, says: 'The reading', schema: ReadView },
    problems: ['shop_not_found', 'listings_not_read', 'listings_read_finished'],
    handle: async ({ params, language }) => viewOf(deps, await cancel(deps, params.shopId), language),
  }),
];
