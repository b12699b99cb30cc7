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

/** Appends lines to an order's timeline, in the order given. Lines are never changed or removed. */
export const addLines = async (db: Queryable, ref: OrderRef, lines: readonly NewLine[]): Promise<void> => {
  if (lines.length === 0) return;
  await db
    .insert(timeline)
    .values(lines.map(({ code, params = {}, actor = 'system' }) => ({ ...ref, code, params, actor })));
};

/** An order's timeline, oldest line first. */
export const linesOfOrder = (db: Queryable, ref: OrderRef) =>
  db
    .select({ at: timeline.at, code: timeline.code, params: timeline.params, actor: timeline.actor })
    .from(timeline)
    .where(and(eq(timeline.shopId, ref.shopId), eq(timeline.orderNumber, ref.orderNumber)))
    .orderBy(asc(timeline.lineId));
