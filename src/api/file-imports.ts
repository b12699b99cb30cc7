import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { FILE_SUBJECTS, type FileFault, type FileSubject } from '../domain/files';
import { type Language, say } from '../domain/texts';
import type { FileImport } from '../store/file-imports';
import { beginFile, endFile, findFile, listFiles } from '../store/file-imports';
import { fileWorkflowId, WORKFLOW, workflowUrl } from '../temporal/ids';
import { fileStartOptions } from '../temporal/start';
import { type Caller, demandShop, ownShops } from './caller';
import { check } from './check';
import type { Deps } from './deps';
import { failureOf } from './failure-text';
import { instant, shopId } from './fields';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { Problem } from './problems';
import type { RawCall, Route } from './route';
import { Later, ReceivedFile, route } from './route';
import { existingShop } from './shops';
import { USUAL_UI } from './show-order';
import { withinBound } from './temporal';
import { FILE_TYPES, receiveUpload } from './uploads';

/** How long the answer to a file waits for its end, and how often it looks. */
const PATIENCE_MS = 20_000;
const LOOK_MS = 100;
/** Faults that a refusal carries; the import itself shows more. */
const SHOWN_FAULTS = 100;

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true')
  .meta({ description: '`true`: only checked, nothing is applied' });
const ImportQuery = z.strictObject({ dryRun: flag });
const LinkQuery = z.strictObject({ dryRun: flag, shopId });

const FilePath = z.strictObject({ importId: z.uuid() });
const FilePosition = z.strictObject({ createdAt: instant, importId: z.uuid() });

const FaultView = z.strictObject({
  row: z.int().meta({ description: 'As a spreadsheet counts: the header is row 1' }),
  column: z.string().nullable(),
  code: z.string(),
  message: z.string(),
});

const summary = {
  importId: z.uuid(),
  subject: z.enum(FILE_SUBJECTS),
  shopId: z.string().nullable(),
  format: z.enum(['csv', 'xlsx']),
  dryRun: z.boolean(),
  state: z.enum(['running', 'done', 'refused', 'failed', 'cancelled']),
  bytes: z.int(),
  rowsRead: z.int().meta({ description: 'Rows that were checked so far, without the header' }),
  rowsApplied: z.int(),
  errorCount: z.int().meta({ description: 'All that is wrong' }),
  requestedBy: z.string(),
  createdAt: instant,
  finishedAt: instant.nullable(),
  workflow: z.strictObject({ workflowId: z.string(), url: z.string() }),
};
const FileSummary = z.strictObject(summary).meta({ id: 'FileImportSummary' });
const FileView = z
  .strictObject({
    ...summary,
    failure: z
      .strictObject({ code: z.string(), text: z.string() })
      .nullable()
      .meta({ description: 'Why it failed, where it did' }),
    errors: z.array(FaultView).meta({ description: 'The first 1000 of what is wrong' }),
  })
  .meta({ id: 'FileImport' });

const summaryOf = (
  { config }: Deps,
  { failure: _, errors: __, encoding: ___, createdAt, finishedAt, ...row }: FileImport,
): z.input<typeof FileSummary> => {
  const workflowId = fileWorkflowId(row.importId);
  return {
    ...row,
    shopId: row.shopId ?? null,
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    workflow: {
      workflowId,
      url: workflowUrl(config.temporalUiUrl ?? USUAL_UI, config.temporal.namespace, workflowId),
    },
  };
};

const wordingOf = ({ code, message }: FileFault, language: Language): string =>
  say(language, `file.${code}`, { detail: message });

const viewOf = (deps: Deps, file: FileImport, language: Language): z.input<typeof FileView> => ({
  ...summaryOf(deps, file),
  failure: file.failure === null ? null : failureOf('import', file.failure, language),
  errors: file.errors.map((fault) => ({ ...fault, message: wordingOf(fault, language) })),
});

const refusalOf = (file: FileImport, language: Language): Problem => {
  const errors = file.errors.slice(0, SHOWN_FAULTS).map((fault) => ({
    path: ['rows', fault.row, ...(fault.column === null ? [] : [fault.column])].join('.'),
    code: fault.code,
    message: wordingOf(fault, language),
  }));
  return new Problem(
    'file_refused',
    `${file.errorCount} ${file.errorCount === 1 ? 'error' : 'errors'}; nothing was applied. GET /v1/file-imports/${file.importId} has them all, up to 1000.`,
    { errors },
  );
};

/** Begins a file that was received, and answers with its end where that comes soon. */
const takeIn = async (
  deps: Deps,
  file: ReceivedFile,
  { effectId, language, caller }: Pick<RawCall, 'effectId' | 'language' | 'caller'>,
): Promise<z.input<typeof FileView> | Later> => {
  // The repeat of a request whose answer was lost finds the file of the first.
  const importId = effectId ?? randomUUID();
  await beginFile(deps.db, file.importId, importId);
  const started = await start(deps, importId);
  const ended = await endOf(deps, importId, caller);
  if (ended.state === 'running') return new Later({ importId, ...started });
  if (ended.state === 'refused') throw refusalOf(ended, language);
  return viewOf(deps, ended, language);
};

const start = async ({ db, temporal }: Deps, importId: string) => {
  const options = fileStartOptions(importId);
  try {
    const handle = await withinBound(temporal, () => temporal.workflow.start(WORKFLOW.fileImport, options));
    return { workflowId: options.workflowId, runId: handle.firstExecutionRunId };
  } catch (error) {
    await db.transaction((tx) => endFile(tx, importId, { state: 'failed', failure: 'not_started' }));
    throw error;
  }
};

const endOf = async (deps: Deps, importId: string, caller: Caller): Promise<FileImport> => {
  for (const until = Date.now() + PATIENCE_MS; ; await sleep(LOOK_MS)) {
    const file = await existingFile(deps, importId, caller);
    if (file.state !== 'running' || Date.now() >= until) return file;
  }
};

const existingFile = async ({ db }: Deps, importId: string, caller: Caller): Promise<FileImport> => {
  const file = await findFile(db, importId);
  if (file === undefined) throw new Problem('file_import_not_found');
  demandShop(caller, file.shopId);
  return file;
};

/** Cancels a file. What counts is PostgreSQL: its workflow ends with its next step even if it does not hear of it. */
const cancel = async (deps: Deps, importId: string, caller: Caller): Promise<FileImport> => {
  await existingFile(deps, importId, caller);
  await deps.db.transaction((tx) => endFile(tx, importId, { state: 'cancelled' }));
  const file = await existingFile(deps, importId, caller);
  if (file.state !== 'cancelled')
    throw new Problem('file_import_finished', `The file is ${file.state}: there is nothing to cancel.`);
  const handle = deps.temporal.workflow.getHandle(fileWorkflowId(importId));
  await withinBound(deps.temporal, () => handle.cancel()).catch((error: unknown) =>
    deps.log.info({ err: error, importId }, 'the workflow of a cancelled file was not told'),
  );
  return file;
};

const upload = (deps: Deps, path: string, subject: FileSubject, of: string): Route => {
  const query = subject === 'sku-links' ? LinkQuery : ImportQuery;
  return route({
    method: 'post',
    path,
    tag: 'Files',
    summary: `Take in ${of} from a CSV or Excel file, all or nothing`,
    access: 'operator',
    reach: subject === 'sku-links' ? 'named' : 'whole',
    spoken: true,
    query,
    body: z.instanceof(ReceivedFile),
    upload: {
      types: Object.values(FILE_TYPES),
      receive: async (call, request) => {
        const wanted = { subject, requestedBy: call.actor };
        if (subject !== 'sku-links')
          return receiveUpload(deps.db, request, { ...wanted, ...check(ImportQuery, call.query) });
        const links = check(LinkQuery, call.query);
        await existingShop(deps, links.shopId);
        return receiveUpload(deps.db, request, { ...wanted, ...links });
      },
    },
    answer: {
      status: 200,
      says: 'The file, taken in or, in a dry run, found without error',
      schema: FileView,
    },
    later: {
      status: 202,
      says: 'It takes longer than 20 seconds: the import to ask for, and its workflow',
      schema: z.strictObject({ importId: z.uuid(), workflowId: z.string(), runId: z.string() }),
    },
    problems: [
      ...(subject === 'sku-links' ? (['shop_not_found'] as const) : []),
      'file_refused',
      'file_too_large',
      'file_type_unknown',
      'uploads_busy',
      'temporal_unavailable',
    ],
    handle: ({ body, ...call }) => takeIn(deps, body, call),
  });
};

/** Files of SKUs, links and stock movements: send in, show, cancel, list. */
export const fileImportRoutes = (deps: Deps): Route[] => [
  upload(deps, '/v1/skus/import', 'skus', 'SKUs and sets'),
  upload(deps, '/v1/sku-links/import', 'sku-links', 'links of a shop'),
  upload(deps, '/v1/stock/movements/import', 'stock-movements', 'stock movements'),
  route({
    method: 'get',
    path: '/v1/file-imports',
    tag: 'Files',
    summary: 'Files that were sent in, newest first',
    access: 'viewer',
    reach: 'filtered',
    query: z.strictObject(PAGE),
    answer: { status: 200, says: 'A page of files', schema: pageOf(FileSummary) },
    handle: async ({ query: { cursor, limit }, caller }) => {
      const rows = await listFiles(
        deps.db,
        ownShops(caller).shopIds,
        positionOf(FilePosition, cursor),
        limit + 1,
      );
      return toPage(
        rows,
        limit,
        ({ createdAt, importId }) => ({ createdAt: createdAt.toISOString(), importId }),
        (file) => summaryOf(deps, file),
      );
    },
  }),
  route({
    method: 'get',
    path: '/v1/file-imports/{importId}',
    tag: 'Files',
    summary: 'One file: how far it is, and what is wrong with it by row and column',
    access: 'viewer',
    reach: 'filtered',
    spoken: true,
    params: FilePath,
    answer: { status: 200, says: 'The file', schema: FileView },
    problems: ['file_import_not_found'],
    handle: async ({ params, language, caller }) =>
      viewOf(deps, await existingFile(deps, params.importId, caller), language),
  }),
  route({
    method: 'delete',
    path: '/v1/file-imports/{importId}',
    tag: 'Files',
    summary: 'Cancel a file that is worked on; nothing of it is applied',
    access: 'operator',
    reach: 'filtered',
    spoken: true,
    params: FilePath,
    answer: { status: 200, says: 'The file', schema: FileView },
    problems: ['file_import_not_found', 'file_import_finished'],
    handle: async ({ params, language, caller }) =>
      viewOf(deps, await cancel(deps, params.importId, caller), language),
  }),
];
