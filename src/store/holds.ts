import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Blocks, DueHold, HoldCode } from '../domain/holds';
import { HOLD_KINDS, RELEASE_ACCEPTS } from '../domain/holds';
import type { OrderRef } from '../domain/order';
import type { Queryable } from './database';
import { holds, orders } from './schema';

/** A hold as it is stored. */
export type Hold = typeof holds.$inferSelect;

const ofOrder = (ref: OrderRef) => and(eq(holds.shopId, ref.shopId), eq(holds.orderNumber, ref.orderNumber));

/** Of those that opened at the same moment first what blocks the confirmation. */
const oldestFirst = [asc(holds.openedAt), asc(holds.blocks), asc(holds.code)];

/** The holds that stand on an order now, oldest first. */
export const openHolds = (db: Queryable, ref: OrderRef): Promise<Hold[]> =>
  db
    .select()
    .from(holds)
    .where(and(ofOrder(ref), isNull(holds.releasedAt)))
    .orderBy(...oldestFirst);

/** The open holds of a page of orders, oldest first, in one query. */
export const openHoldsOf = async (
  db: Queryable,
  refs: readonly OrderRef[],
): Promise<(ref: OrderRef) => readonly Hold[]> => {
  if (refs.length === 0) return () => [];
  const numbers = [...new Set(refs.map((ref) => ref.orderNumber))];
  const shopIds = [...new Set(refs.map((ref) => ref.shopId))];
  const rows = await db
    .select()
    .from(holds)
    .where(and(inArray(holds.shopId, shopIds), inArray(holds.orderNumber, numbers), isNull(holds.releasedAt)))
    .orderBy(...oldestFirst);
  return ({ shopId, orderNumber }) =>
    rows.filter((hold) => hold.shopId === shopId && hold.orderNumber === orderNumber);
};

/** What became of the automatic holds. */
interface HoldChanges {
  readonly opened: readonly DueHold[];
  readonly released: readonly HoldCode[];
  /** All that stand now, people's too, oldest first. */
  readonly standing: readonly Hold[];
}

/**
 * Makes the automatic holds of an order agree with those that are due. A hold whose cause is gone is released; one
 * that a person released stays so for the same cause. Expects the order's row to be locked. `all`: every hold that ever
 * stood on the order, oldest first, where they were read already.
 */
export const settleHolds = async (
  db: Queryable,
  ref: OrderRef,
  due: readonly DueHold[],
  all?: readonly Hold[],
): Promise<HoldChanges> => {
  const ever = all ?? (await db.select().from(holds).where(ofOrder(ref)));
  const known = ever.filter((hold) => !hold.manual);
  const open = known.filter((hold) => hold.releasedAt === null);
  const waived = (wanted: DueHold): boolean =>
    known.some(
      (hold) =>
        hold.code === wanted.code &&
        hold.cause === wanted.cause &&
        (hold.releasedBy ?? 'system') !== 'system',
    ) && !RELEASE_ACCEPTS.includes(wanted.code);
  const opened = due.filter((wanted) => !open.some((hold) => hold.code === wanted.code) && !waived(wanted));
  const gone = open.filter((hold) => !due.some((wanted) => wanted.code === hold.code));
  const moved = open.flatMap((hold) => {
    const wanted = due.find((candidate) => candidate.code === hold.code && candidate.cause !== hold.cause);
    return wanted === undefined ? [] : [{ hold, cause: wanted.cause }];
  });
  if (opened.length > 0)
    await db.insert(holds).values(
      opened.map(({ code, cause }) => ({
        ...ref,
        code,
        cause,
        blocks: HOLD_KINDS[code].blocks,
        manual: false,
        openedBy: 'system',
      })),
    );
  for (const { hold, cause } of moved)
    await db.update(holds).set({ cause }).where(eq(holds.holdId, hold.holdId));
  for (const hold of gone) await release(db, hold.holdId, 'system');
  const unchanged = opened.length + moved.length + gone.length === 0;
  const standing = unchanged
    ? ever.filter(({ releasedAt }) => releasedAt === null)
    : await openHolds(db, ref);
  return { opened, released: gone.map((hold) => hold.code as HoldCode), standing };
};

/** Opens a hold that a person asked for. @returns false when the one with this id was opened before */
export const addManualHold = async (
  db: Queryable,
  ref: OrderRef,
  hold: { holdId?: string | undefined; code: string; text: string; blocks: Blocks; actor: string },
): Promise<boolean> => {
  const { actor, holdId, ...rest } = hold;
  const row = { ...ref, ...rest, cause: hold.text, manual: true, openedBy: actor };
  const opened = await db
    .insert(holds)
    .values(holdId === undefined ? row : { ...row, holdId })
    .onConflictDoNothing()
    .returning({ holdId: holds.holdId });
  return opened.length > 0;
};

/** Releases whatever still stands on an order that has ended, people's holds too. */
export const closeHolds = async (db: Queryable, ref: OrderRef): Promise<void> => {
  await db
    .update(holds)
    .set({ releasedAt: new Date(), releasedBy: 'system' })
    .where(and(ofOrder(ref), isNull(holds.releasedAt)));
};

/** Marks a hold as released by somebody. */
export const release = async (db: Queryable, holdId: string, releasedBy: string): Promise<void> => {
  await db.update(holds).set({ releasedAt: new Date(), releasedBy }).where(eq(holds.holdId, holdId));
};

/** Whether a person released a hold of this code and so decided to go on in spite of it. */
export const wasWaived = (all: readonly Hold[], code: HoldCode): boolean =>
  all.some((hold) => hold.code === code && hold.releasedBy !== null && hold.releasedBy !== 'system');

/** How many holds are open on open orders, by shop and code. */
export const countOpenHolds = async (
  db: Queryable,
): Promise<{ shopId: string; code: string; count: number }[]> =>
  db
    .select({ shopId: holds.shopId, code: holds.code, count: sql<number>`count(*)::int` })
    .from(holds)
    .innerJoin(orders, and(eq(orders.shopId, holds.shopId), eq(orders.orderNumber, holds.orderNumber)))
    .where(and(isNull(holds.releasedAt), isNull(orders.finishedAt)))
    .groupBy(holds.shopId, holds.code);
