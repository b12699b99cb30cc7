import { and, asc, eq, inArray, isNotNull, isNull, lt, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Deadline, DeadlineCode } from '../domain/deadlines';
import type { OrderRef, Stage } from '../domain/order';
import type { Queryable } from './database';
import { deadlineNotices, orders } from './schema';

/** How a deadline of an open order stands: still ahead, ahead but announced as endangered, or past. */
export const DEADLINE_STATES = ['at_risk', 'missed', 'ahead'] as const;
export type DeadlineState = (typeof DEADLINE_STATES)[number];

/** What is announced of a deadline. */
export type NoticeKind = Exclude<DeadlineState, 'ahead'>;

type Nearest = Pick<Deadline, 'code' | 'at'>;

/**
 * Notes that a deadline is announced as endangered or missed; one that was moved to another time is another.
 * @returns whether it was not announced before, so that this is the time to tell
 */
export const noteDeadline = async (
  db: Queryable,
  ref: OrderRef,
  { code, at, kind }: Nearest & { kind: NoticeKind },
): Promise<boolean> => {
  const noted = await db
    .insert(deadlineNotices)
    .values({ ...ref, code, deadlineAt: at, kind })
    .onConflictDoNothing()
    .returning({ code: deadlineNotices.code });
  return noted.length > 0;
};

const atRisk = alias(deadlineNotices, 'at_risk');
const missed = alias(deadlineNotices, 'missed');
/** What was announced of the deadline that an order has now. */
const announced = (notices: typeof atRisk | typeof missed, kind: NoticeKind) =>
  and(
    eq(notices.shopId, orders.shopId),
    eq(notices.orderNumber, orders.orderNumber),
    eq(notices.code, orders.deadlineCode),
    eq(notices.deadlineAt, orders.deadlineAt),
    eq(notices.kind, kind),
  );
const STATE = sql<DeadlineState>`case when ${orders.deadlineAt} < now() then 'missed'
  when ${atRisk.at} is not null then 'at_risk' else 'ahead' end`;
const isOpen = and(isNull(orders.finishedAt), isNotNull(orders.deadlineAt), isNotNull(orders.deadlineCode));

/** What a list of deadlines can be narrowed by. */
export interface DeadlineFilter {
  readonly shopId?: string | undefined;
  /** Of these shops alone. */
  readonly shopIds?: readonly string[] | undefined;
  readonly code?: DeadlineCode | undefined;
  readonly before?: Date | undefined;
  readonly state?: DeadlineState | undefined;
}

/** Where an order stands among the deadlines. */
export interface DeadlinePosition extends OrderRef {
  readonly at: string;
}

/** The nearest deadline of an open order. */
export interface DeadlineRow extends OrderRef {
  readonly code: DeadlineCode;
  readonly at: Date;
  readonly state: DeadlineState;
  readonly stage: Stage;
  readonly parked: string | null;
  /** When it was announced as endangered, and as missed; null where it was not. */
  readonly atRiskSince: Date | null;
  readonly missedSince: Date | null;
}

/** Open orders with a deadline, the nearest first, a page at a time. */
export const listDeadlines = async (
  db: Queryable,
  { shopId, shopIds, code, before, state }: DeadlineFilter,
  after: DeadlinePosition | undefined,
  limit: number,
): Promise<DeadlineRow[]> => {
  const rows = await db
    .select({
      shopId: orders.shopId,
      orderNumber: orders.orderNumber,
      code: orders.deadlineCode,
      at: orders.deadlineAt,
      state: STATE,
      stage: orders.stage,
      parked: orders.parked,
      atRiskSince: atRisk.at,
      missedSince: missed.at,
    })
    .from(orders)
    .leftJoin(atRisk, announced(atRisk, 'at_risk'))
    .leftJoin(missed, announced(missed, 'missed'))
    .where(
      and(
        isOpen,
        shopId === undefined ? undefined : eq(orders.shopId, shopId),
        shopIds === undefined ? undefined : inArray(orders.shopId, [...shopIds]),
        code === undefined ? undefined : eq(orders.deadlineCode, code),
        before === undefined ? undefined : lt(orders.deadlineAt, before),
        state === undefined ? undefined : eq(STATE, state),
        after === undefined
          ? undefined
          : sql`(${orders.deadlineAt}, ${orders.shopId}, ${orders.orderNumber})
                > (${after.at}::timestamptz, ${after.shopId}, ${after.orderNumber})`,
      ),
    )
    .orderBy(asc(orders.deadlineAt), asc(orders.shopId), asc(orders.orderNumber))
    .limit(limit);
  return rows.flatMap(({ code: of, at, ...row }) =>
    of === null || at === null ? [] : [{ ...row, code: of, at }],
  );
};

/** How many open orders have their nearest deadline in each state, for metrics. */
export const countDeadlines = async (
  db: Queryable,
): Promise<{ shopId: string; code: DeadlineCode; state: DeadlineState; count: number }[]> =>
  db
    .select({
      shopId: orders.shopId,
      code: sql<DeadlineCode>`${orders.deadlineCode}`,
      state: STATE,
      count: sql<number>`count(*)::int`,
    })
    .from(orders)
    .leftJoin(atRisk, announced(atRisk, 'at_risk'))
    .where(isOpen)
    .groupBy(orders.shopId, orders.deadlineCode, STATE);
