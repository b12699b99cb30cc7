import type { ShopCalendar } from './calendar';
import { countsForDay, workingDayAfter, workingDayUpTo } from './calendar';
import { addDays, endOfJstDay, jstDay, jstInstant } from './jst';
import type { OrderFacts } from './order';
import { isClosedByRakuten, RAKUTEN_STATUS } from './order';

/** What has to happen by when, in the order it usually comes. */
export const DEADLINE_CODES = ['confirm_by', 'pay_by', 'ship_by', 'close_by', 'answer_by'] as const;
export type DeadlineCode = (typeof DEADLINE_CODES)[number];

/** An instant by which something has to have happened. */
export interface Deadline {
  readonly code: DeadlineCode;
  readonly at: Date;
  /** From when on it is told that it is in danger; absent where nothing can be done about it before. */
  readonly warnAt?: Date;
}

/** What the deadlines of an order follow from. */
export interface DeadlineInput {
  readonly facts: OrderFacts;
  readonly calendar: ShopCalendar;
  readonly allParcelsKnown: boolean;
  /** When every parcel is known and Rakuten shows it: the last day of shipment, and when the last one was reported. */
  readonly reported: { readonly lastShippedOn: string; readonly lastReportedAt: Date } | null;
  /** Since when a person is asked what becomes of a parcel that left although the order is cancelled. */
  readonly parcelLeftSince: Date | null;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Rakuten cancels what is not confirmed for so many days (order reference §7.1). */
const CONFIRM_WITHIN_DAYS = 14;
/** A hold that keeps an order from being confirmed is told so long before Rakuten cancels it. */
const CONFIRM_WARNING_MS = 3 * DAY_MS;
const PAY_WARNING_MS = DAY_MS;
/** Rakuten closes shipped orders in a nightly job shortly after midnight (order reference §7.3); by then it is over. */
const CLOSED_BY = '06:00';
/** How long a person has to say what becomes of a parcel that left. */
const ANSWER_WITHIN_MS = DAY_MS;

const before = (at: Date, ms: number): Date => new Date(at.getTime() - ms);

/** Unconfirmed orders are cancelled after the day that Rakuten names (order reference §4.2, §7.1). */
const confirmBy = ({ facts }: DeadlineInput): Deadline[] => {
  if (facts.rakutenStatus !== RAKUTEN_STATUS.awaitingConfirmation) return [];
  const day = facts.cancelDueDate ?? addDays(jstDay(new Date(facts.orderedAt)), CONFIRM_WITHIN_DAYS);
  const at = endOfJstDay(day);
  return [{ code: 'confirm_by', at, warnAt: before(at, CONFIRM_WARNING_MS) }];
};

/** The limit of payment matters until Rakuten has the money (order reference §4.2, DueDateModel). */
const payBy = ({ facts: { rakutenStatus, paymentDueDate } }: DeadlineInput): Deadline[] => {
  const waits =
    rakutenStatus === RAKUTEN_STATUS.awaitingConfirmation || rakutenStatus === RAKUTEN_STATUS.processing;
  if (!waits || paymentDueDate === null) return [];
  const at = endOfJstDay(paymentDueDate);
  return [{ code: 'pay_by', at, warnAt: before(at, PAY_WARNING_MS) }];
};

/** The last day on which a parcel arrives as wished. */
const shipDayForWish = (wished: string, calendar: ShopCalendar): string | undefined =>
  workingDayUpTo(addDays(wished, -calendar.transitDays), calendar);

const shipDay = (facts: OrderFacts, calendar: ShopCalendar): string | undefined => {
  if (facts.deliveryDate !== null) return shipDayForWish(facts.deliveryDate, calendar);
  if (facts.preorder === true) return undefined;
  const counted = countsForDay(new Date(facts.fixedAt ?? facts.orderedAt), calendar);
  return counted === undefined
    ? undefined
    : workingDayAfter(counted, facts.oneDayOperation === true ? 0 : calendar.shippingLeadDays, calendar);
};

/** By the shop's cut-off, holidays and lead time, or by the wished date; until everything has left. */
const shipBy = ({ facts, calendar, allParcelsKnown }: DeadlineInput): Deadline[] => {
  if (allParcelsKnown || facts.rakutenStatus >= RAKUTEN_STATUS.shipped) return [];
  const day = shipDay(facts, calendar);
  if (day === undefined) return [];
  const warnAt = jstInstant(day, calendar.shippingCutoff);
  const late = warnAt.getTime() <= Date.parse(facts.fixedAt ?? facts.orderedAt);
  return [{ code: 'ship_by', at: endOfJstDay(day), ...(late ? {} : { warnAt }) }];
};

const closeBy = ({ facts, reported }: DeadlineInput): Deadline[] => {
  if (reported === null || isClosedByRakuten(facts.rakutenStatus)) return [];
  const [, last = reported.lastShippedOn] = [reported.lastShippedOn, jstDay(reported.lastReportedAt)].sort();
  return [{ code: 'close_by', at: jstInstant(addDays(last, 1), CLOSED_BY) }];
};

const answerBy = ({ parcelLeftSince }: DeadlineInput): Deadline[] =>
  parcelLeftSince === null
    ? []
    : [{ code: 'answer_by', at: new Date(parcelLeftSince.getTime() + ANSWER_WITHIN_MS) }];

/** All deadlines of an open order, the nearest first. */
export const deadlinesOf = (input: DeadlineInput): Deadline[] =>
  [confirmBy, payBy, shipBy, closeBy, answerBy]
    .flatMap((rule) => rule(input))
    .sort((a, b) => a.at.getTime() - b.at.getTime());

/**
 * The wished delivery date, when it could not be met even by a parcel that left on the day of the order: there is no
 * working day from then until it would have to leave. It never depends on today, so that a late order is not held for
 * being late.
 */
export const deliveryConflict = (
  { deliveryDate, orderedAt }: OrderFacts,
  calendar: ShopCalendar,
): string | undefined => {
  if (deliveryDate === null) return undefined;
  const leaves = shipDayForWish(deliveryDate, calendar);
  return leaves !== undefined && leaves >= jstDay(new Date(orderedAt)) ? undefined : deliveryDate;
};

/** The nearest moment that is still ahead at which something is to be told of a deadline. */
export const nextInstant = (deadlines: readonly Deadline[], now: Date): Date | undefined =>
  deadlines
    .flatMap(({ at, warnAt }) => [at, ...(warnAt === undefined ? [] : [warnAt])])
    .filter((at) => at > now)
    .sort((a, b) => a.getTime() - b.getTime())[0];

/** Something to be told of a deadline. */
export interface Notice {
  readonly code: DeadlineCode;
  readonly at: Date;
  readonly kind: 'at_risk' | 'missed';
}

/** What is to be told of the deadlines by now: that one was missed, or else that it is in danger. */
export const noticesDue = (deadlines: readonly Deadline[], now: Date): Notice[] =>
  deadlines
    .filter(({ at, warnAt = at }) => warnAt <= now)
    .map(({ code, at }) => ({ code, at, kind: at <= now ? 'missed' : 'at_risk' }));
