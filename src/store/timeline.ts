import { AsyncLocalStorage } from 'node:async_hooks';
import { and, asc, eq } from 'drizzle-orm';
import type { OrderRef } from '../domain/order';
import type { TextCode } from '../domain/texts';
import type { Queryable } from './database';
import { timeline } from './schema';

/** A line to write: a code of the text catalogue with its parameters. No personal data. */
export interface NewLine {
  readonly code: TextCode;
  readonly params?: Readonly<Record<string, string | number>>;
  /** `system`, or the person or machine that caused it. */
  readonly actor?: string;
}

/** What of a workflow writes lines: its id and run, and the activity with the attempt. */
export interface Writer {
  readonly workflowId: string;
  readonly runId: string;
  readonly activity: string;
}

const writer = new AsyncLocalStorage<Writer>();

/** Does something whose lines are marked as written by an activity of a workflow. */
export const writingAs = <T>(by: Writer, work: () => T): T => writer.run(by, work);

/**
 * Appends lines to an order's timeline, in the order given. Lines are never removed, nor changed, except that what people
 * wrote in them goes with the personal data of the order.
 */
export const addLines = async (db: Queryable, ref: OrderRef, lines: readonly NewLine[]): Promise<void> => {
  if (lines.length > 0) await insertLines(db, ref, lines);
};

/** The statement that appends these lines, at least one of them. */
export const insertLines = (db: Queryable, ref: OrderRef, lines: readonly NewLine[]) => {
  const by = writer.getStore();
  return db
    .insert(timeline)
    .values(lines.map(({ code, params = {}, actor = 'system' }) => ({ ...ref, code, params, actor, ...by })));
};

/** An order's timeline, oldest line first. */
export const linesOfOrder = (db: Queryable, ref: OrderRef) =>
  db
    .select({
      at: timeline.at,
      code: timeline.code,
      params: timeline.params,
      actor: timeline.actor,
      workflowId: timeline.workflowId,
      runId: timeline.runId,
      activity: timeline.activity,
    })
    .from(timeline)
    .where(and(eq(timeline.shopId, ref.shopId), eq(timeline.orderNumber, ref.orderNumber)))
    .orderBy(asc(timeline.lineId));
