import { isGrpcDeadlineError } from '@temporalio/client';
import { z } from 'zod';
import { type ConnectionTestRow, summariseConnection } from '../domain/connection-test';
import { functionOfBox, isNeeded } from '../domain/rms-functions';
import type { ShopSettings } from '../domain/settings';
import { type Language, say } from '../domain/texts';
import { type ConnectionTest, lastConnectionTest } from '../store/connection-tests';
import type { Shop } from '../store/shops';
import { WORKFLOW } from '../temporal/ids';
import { connectionTestStartOptions } from '../temporal/start';
import type { ConnectionTestResult } from '../workflows/messages';
import type { Deps } from './deps';
import { instant, NoBody, ShopPath, shopId } from './fields';
import { Problem } from './problems';
import { aboutFunction, FUNCTION_FIELDS } from './rms-function-view';
import type { Route } from './route';
import { Later, route } from './route';
import { activeShop, existingShop } from './shops';
import { withinBound } from './temporal';

const PATH = '/v1/shops/{shopId}/test-connection';

const CauseView = z.strictObject({
  code: z.string(),
  text: z.string(),
  whatToDo: z.string().meta({ description: 'What to click in RMS' }),
});

const RowView = z
  .strictObject({
    ...FUNCTION_FIELDS,
    works: z.boolean().nullable().meta({ description: '`null`: Rakuten did not say; `causes` has why' }),
    httpStatus: z.int().nullable(),
    code: z.string().nullable().meta({ description: 'Rakuten’s code' }),
    causes: z
      .array(CauseView)
      .meta({ description: 'What it can be, most likely first; empty when it works' }),
  })
  .meta({ id: 'ConnectionTestRow' });

const TestView = z
  .strictObject({
    shopId,
    testedAt: instant,
    summary: z.strictObject({ code: z.string(), text: z.string() }),
    rows: z.array(RowView),
  })
  .meta({ id: 'ConnectionTest' });

const rowView = (
  { function: box, works, httpStatus, code, causes }: ConnectionTestRow,
  settings: ShopSettings,
  language: Language,
): z.input<typeof RowView>[] => {
  const known = functionOfBox(box);
  if (known === undefined) return [];
  return [
    {
      ...aboutFunction(known, isNeeded(known, settings), language),
      ...{ works, httpStatus, code },
      causes: causes.map((cause) => ({
        code: cause,
        text: say(language, `connection.cause.${cause}`),
        whatToDo: say(language, `connection.todo.${cause}`),
      })),
    },
  ];
};

const viewOf = (
  { settings }: Shop,
  { shopId: id, testedAt, rows }: ConnectionTest,
  language: Language,
): z.input<typeof TestView> => {
  const { code, params } = summariseConnection(rows, settings);
  return {
    shopId: id,
    testedAt: testedAt.toISOString(),
    summary: { code, text: say(language, code, params) },
    rows: rows.flatMap((row) => rowView(row, settings, language)),
  };
};

/** How long the answer waits for the end of the test. */
const PATIENCE_MS = 25_000;

/** Starts the test, or joins the one that runs. @returns its result, or the run where that takes longer */
const runTest = async (
  { temporal }: Deps,
  id: string,
): Promise<ConnectionTestResult | { readonly workflowId: string; readonly runId: string }> => {
  const options = connectionTestStartOptions(id);
  const handle = await withinBound(temporal, () => temporal.workflow.start(WORKFLOW.testConnection, options));
  try {
    return await withinBound<ConnectionTestResult>(temporal, () => handle.result(), PATIENCE_MS);
  } catch (error) {
    if (!isGrpcDeadlineError(error)) throw error;
    return { workflowId: options.workflowId, runId: handle.firstExecutionRunId };
  }
};

const testNow = async (
  deps: Deps,
  id: string,
  language: Language,
): Promise<z.input<typeof TestView> | Later> => {
  const shop = await activeShop(deps, id);
  const result = await runTest(deps, id);
  if ('runId' in result) return new Later(result);
  const test = result.state === 'done' ? await lastConnectionTest(deps.db, id) : undefined;
  if (test === undefined) throw new Problem('connection_test_failed');
  return viewOf(shop, test, language);
};

/** Testing which of Rakuten's functions a shop's key may call. */
export const connectionTestRoutes = (deps: Deps): Route[] => [
  route({
    method: 'post',
    path: PATH,
    tag: 'Shops',
    summary:
      'Ask every function of Rakuten that is used whether the key may call it; changes nothing there. One test at a time: a second request joins it',
    access: 'operator',
    spoken: true,
    params: ShopPath,
    body: NoBody,
    answer: { status: 200, says: 'One row per function', schema: TestView },
    later: {
      status: 202,
      says: 'The workflow that still tests, after 25 seconds; GET shows what it finds',
      schema: z.strictObject({ workflowId: z.string(), runId: z.string() }),
    },
    problems: ['shop_not_found', 'shop_retired', 'connection_test_failed', 'temporal_unavailable'],
    handle: ({ params, language }) => testNow(deps, params.shopId, language),
  }),
  route({
    method: 'get',
    path: PATH,
    tag: 'Shops',
    summary: 'What the last test of the connection found',
    access: 'viewer',
    spoken: true,
    params: ShopPath,
    answer: { status: 200, says: 'One row per function', schema: TestView },
    problems: ['shop_not_found', 'connection_not_tested'],
    handle: async ({ params, language }) => {
      const shop = await existingShop(deps, params.shopId);
      const test = await lastConnectionTest(deps.db, params.shopId);
      if (test === undefined) throw new Problem('connection_not_tested');
      return viewOf(shop, test, language);
    },
  }),
];
