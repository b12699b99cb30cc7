import { Readable } from 'node:stream';
import { z } from 'zod';
import { writeCsv } from '../files/csv';
import { type AuditFilter, type AuditLine, listAudit } from '../store/audit';
import type { Caller } from './caller';
import type { Deps } from './deps';
import { instant, shopId } from './fields';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import type { Route } from './route';
import { FileAnswer, route } from './route';

const FILTER = {
  shopId: shopId.optional(),
  actor: z.string().min(1).max(100).optional().meta({ example: 'user/tanaka' }),
  action: z.string().min(1).max(200).optional().meta({ example: 'PATCH /v1/shops/{shopId}' }),
  from: instant.optional(),
  to: instant.optional().meta({ description: 'Before this time' }),
};

const AuditView = z
  .strictObject({
    auditId: z.int(),
    at: instant,
    actor: z.string(),
    address: z.string().nullable().meta({ description: '`null`: Okuri by itself' }),
    action: z.string(),
    shopId: z.string().nullable(),
    target: z.record(z.string(), z.unknown()),
    request: z.unknown().meta({ description: 'What was asked for, without secrets and personal data' }),
    status: z
      .int()
      .nullable()
      .meta({ description: 'What was answered; `null`: the process ended before it' }),
    code: z.string().nullable(),
    before: z.unknown(),
    after: z.unknown(),
  })
  .meta({ id: 'AuditLine' });
const Position = z.strictObject({ auditId: z.int() });

const view = ({ at, ...line }: AuditLine): z.input<typeof AuditView> => ({ ...line, at: at.toISOString() });

const filterOf = (
  { shopId: asked, from, to, ...rest }: z.output<z.ZodObject<typeof FILTER>>,
  { shops }: Caller,
): AuditFilter => {
  const shopIds = asked === undefined ? shops : [asked];
  return {
    ...rest,
    ...(shopIds === null ? {} : { shopIds }),
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
  };
};

const PAGE_ROWS = 500;

/** Every line, a page at a time from the newest on: the log only grows at its other end. */
async function* everyLine({ db }: Deps, filter: AuditFilter): AsyncGenerator<AuditLine> {
  for (let before: number | undefined; ; ) {
    const page = await listAudit(db, filter, before, PAGE_ROWS);
    yield* page;
    before = page.at(-1)?.auditId;
    if (page.length < PAGE_ROWS) return;
  }
}

const COLUMNS = Object.keys(AuditView.shape) as (keyof z.infer<typeof AuditView>)[];

async function* csvRows(lines: AsyncIterable<AuditLine>): AsyncGenerator<(string | number | null)[]> {
  yield COLUMNS;
  for await (const line of lines) {
    const shown = view(line);
    yield COLUMNS.map((column) => cellOf(shown[column]));
  }
}

const cellOf = (value: unknown): string | number | null => {
  if (value === null || value === undefined) return null;
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value);
};

async function* jsonLines(lines: AsyncIterable<AuditLine>): AsyncGenerator<string> {
  for await (const line of lines) yield `${JSON.stringify(view(line))}\n`;
}

/** The audit log: read and export. Nothing changes it. */
export const auditLogRoutes = (deps: Deps): Route[] => [
  route({
    method: 'get',
    path: '/v1/audit',
    tag: 'Access',
    summary: 'Who did what, when, from where, newest first',
    access: 'administrator',
    reach: 'filtered',
    query: z.strictObject({ ...FILTER, ...PAGE }),
    answer: { status: 200, says: 'A page of the log', schema: pageOf(AuditView) },
    handle: async ({ query: { cursor, limit, ...filter }, caller }) => {
      const before = positionOf(Position, cursor)?.auditId;
      const rows = await listAudit(deps.db, filterOf(filter, caller), before, limit + 1);
      return toPage(rows, limit, ({ auditId }) => ({ auditId }), view);
    },
  }),
  route({
    method: 'get',
    path: '/v1/audit/export',
    tag: 'Access',
    summary: 'The whole log, or what of it is asked for, as a file',
    access: 'administrator',
    reach: 'filtered',
    audited: true,
    query: z.strictObject({ ...FILTER, format: z.enum(['csv', 'ndjson']).default('csv') }),
    answer: {
      status: 200,
      says: 'The file, newest first',
      schema: z.string().meta({ format: 'binary' }),
      type: ['text/csv', 'application/x-ndjson'],
    },
    handle: async ({ query: { format, ...filter }, caller }) => {
      const lines = everyLine(deps, filterOf(filter, caller));
      return format === 'csv'
        ? new FileAnswer('audit.csv', 'text/csv; charset=utf-8', writeCsv(csvRows(lines), 'utf-8'))
        : new FileAnswer('audit.ndjson', 'application/x-ndjson', Readable.from(jsonLines(lines)));
    },
  }),
];
