import { z } from 'zod';
import { IMPORT_BY, MOST_IMPORT_DAYS } from '../domain/imports';
import { endOfJstDay, startOfJstDay } from '../domain/jst';
import { refusal } from './check';
import { day, instant, line } from './fields';

const DAY_MS = 86_400_000;

const isDay = (text: string): boolean => text.length === 10;
const moment = (means: string) =>
  z
    .union([z.iso.datetime({ offset: true }), day], 'must be an instant (ISO 8601) or a day, YYYY-MM-DD')
    .meta({ description: `An instant, or a day in Japan: ${means}`, example: '2026-07-01' });

const status = z.union([100, 200, 300, 400, 500, 600, 700, 800, 900].map((code) => z.literal(code)));

/** The start of a range: of a day its first moment. */
const fromOf = (text: string): Date => (isDay(text) ? startOfJstDay(text) : new Date(text));
/** The end of a range: of a day its last moment. What lies ahead holds no order yet, so now is the latest. */
const toOf = (text: string): Date => {
  const to = isDay(text) ? endOfJstDay(text) : new Date(text);
  return new Date(Math.min(to.getTime(), Date.now()));
};

/** The instants that a range stands for. */
export const rangeOf = ({ from, to }: { from: string; to: string }): { from: Date; to: Date } => ({
  from: fromOf(from),
  to: toOf(to),
});

/** An import to begin. */
export const NewImport = z
  .strictObject({
    from: moment('from its beginning'),
    to: moment('to its end'),
    by: z.enum(IMPORT_BY).meta({
      description: '`ordered`: when it was placed; `updated`: when it was placed, or moved in any way since',
    }),
    statuses: z.array(status).min(1).max(50).meta({
      description: 'Statuses at which orders stand now (orderProgress)',
    }),
    dryRun: z.boolean().default(false).meta({ description: 'Counts, and takes nothing in' }),
  })
  .superRefine((range, context) => {
    const { from, to } = rangeOf(range);
    const refuse = (path: string, text: string): void => {
      const { error: message, params } = refusal('refused', text);
      context.addIssue({ code: 'custom', path: [path], message, params });
    };
    if (fromOf(range.from).getTime() >= Date.now()) refuse('from', 'must lie in the past');
    else if (from >= to) refuse('to', 'must be after from');
    if (Date.now() - from.getTime() > MOST_IMPORT_DAYS * DAY_MS)
      refuse('from', `must be within the past ${MOST_IMPORT_DAYS} days: Rakuten shows nothing older`);
  })
  .meta({ id: 'NewImport' });

/** The path of one import. */
export const ImportPath = z.strictObject({ importId: z.uuid() });

/** What the list of imports remembers of a page's last row. */
export const ImportPosition = z.strictObject({ createdAt: instant, importId: z.uuid() });

const byKey = <T extends z.ZodType>(value: T) => z.record(line(64), value);

/** An import as it is shown. */
export const ImportView = z
  .strictObject({
    importId: z.uuid(),
    shopId: z.string(),
    from: instant,
    to: instant,
    by: z.enum(IMPORT_BY),
    statuses: z.array(z.int()),
    dryRun: z.boolean(),
    state: z.enum(['running', 'done', 'failed', 'cancelled']),
    progress: z.strictObject({
      percent: z.int().meta({ description: 'How much of the range was searched' }),
      found: byKey(z.int()).meta({ description: 'Orders found so far, by status' }),
      known: z.int().meta({ description: 'Of those: known before the import began' }),
      new: z.int().meta({ description: 'Of those: not known before; taken in, or would be' }),
      until: byKey(instant).meta({
        description: 'How far each search has come, by status and, where there are several, by date',
      }),
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
  .meta({ id: 'Import' });
