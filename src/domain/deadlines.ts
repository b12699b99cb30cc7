import type { ShippingCalendar } from './calendar';
import { addDays, countsForDay, lastWorkingDayAt, nextWorkingDay } from './calendar';
import { endOfJstDay, jstDay, jstInstant } from './jst';
import type { OrderFacts } from './order';
import { PREPAID_METHODS, RAKUTEN_STATUS } from './order';

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

/** All that the deadlines of an order depend on. */
export interface DeadlineInput {
  readonly facts: OrderFacts;
  readonly calendar: ShippingCalendar;
  /** Whether parcels cover every unit of every basket. */
  readonly allParcelsKnown: boolean;
  /** Once Rakuten shows every parcel: the latest day of shipment, and when the last of them was seen; null before. */
  readonly reported: { readonly lastShippedOn: string; readonly lastReportedAt: Date } | null;
  /** Since when a person is asked what to do with a parcel that left although the order is cancelled. */
  readonly parcelLeftSince: Date | null;
}

/** A deadline that was missed or is in danger; `at` is the deadline's own instant. */
export interface DeadlineNotice {
  readonly code: DeadlineCode;
  readonly at: Date;
  readonly kind: 'at_risk' | 'missed';
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Rakuten cancels an order that was not confirmed so many days after it was placed (order reference §7.1). */
const CONFIRM_DAYS = 14;
const CONFIRM_WARN_DAYS = 3;
const PAY_WARN_DAYS = 1;
/** When Rakuten's nightly job has closed what it closes: it was seen within the first hour (order reference §7.3). */
const NIGHT_IS_OVER = '06:00';
const ANSWER_HOURS = 24;

const before = (at: Date, ms: number): Date => new Date(at.getTime() - ms);

const isOpen = ({ rakutenStatus }: OrderFacts): boolean => rakutenStatus < RAKUTEN_STATUS.shipped;

/** At its day's end Rakuten cancels an order that is still unconfirmed. */
const confirmBy = ({ facts }: DeadlineInput): Omit<Deadline, 'code'> | undefined => {
  if (facts.rakutenStatus !== RAKUTEN_STATUS.awaitingConfirmation) return undefined;
  const at = endOfJstDay(facts.cancelDueDate ?? addDays(jstDay(new Date(facts.orderedAt)), CONFIRM_DAYS));
  return { at, warnAt: before(at, CONFIRM_WARN_DAYS * DAY_MS) };
};

const PAY_DURING: readonly number[] = [RAKUTEN_STATUS.awaitingConfirmation, RAKUTEN_STATUS.processing];

/** Paying matters until Rakuten has the money; after that day Rakuten cancels (order reference §7.2). */
const payBy = ({ facts }: DeadlineInput): Omit<Deadline, 'code'> | undefined => {
  if (facts.paymentDueDate === null || !PAY_DURING.includes(facts.rakutenStatus)) return undefined;
  const at = endOfJstDay(facts.paymentDueDate);
  return { at, warnAt: before(at, PAY_WARN_DAYS * DAY_MS) };
};

/** The last working day on which a parcel can leave and still come on the wished day. */
const wishedShipDay = (deliveryDate: string, calendar: ShippingCalendar): string | undefined =>
  lastWorkingDayAt(addDays(deliveryDate, -calendar.transitDays), calendar);

/** From when on an order counts for shipping. */
const countsFrom = ({ fixedAt, orderedAt }: OrderFacts): Date => new Date(fixedAt ?? orderedAt);

const promisedShipDay = (facts: OrderFacts, calendar: ShippingCalendar): string | undefined => {
  const counted = countsForDay(countsFrom(facts), calendar);
  if (counted === undefined || facts.oneDayOperation) return counted;
  return nextWorkingDay(counted, calendar, calendar.shippingLeadDays);
};

/** What is paid in advance counts from when Rakuten has the money (order reference §7.2). */
const awaitsPayment = ({ fixedAt, settlementMethodCode }: OrderFacts): boolean =>
  (fixedAt ?? null) === null &&
  settlementMethodCode !== null &&
  PREPAID_METHODS.includes(settlementMethodCode);

const shipDay = ({ facts, calendar }: DeadlineInput): string | undefined => {
  if (facts.deliveryDate !== null) return wishedShipDay(facts.deliveryDate, calendar);
  return facts.preorder || awaitsPayment(facts) ? undefined : promisedShipDay(facts, calendar);
};

const shipBy = (input: DeadlineInput): Omit<Deadline, 'code'> | undefined => {
  const { facts, calendar, allParcelsKnown } = input;
  const day = isOpen(facts) && !allParcelsKnown ? shipDay(input) : undefined;
  if (day === undefined) return undefined;
  const warnAt = jstInstant(day, calendar.shippingCutoff);
  return { at: endOfJstDay(day), ...(warnAt < countsFrom(facts) ? {} : { warnAt }) };
};

/** Rakuten closes the order in the night after the day of shipment (order reference §7.3), of which none has warning. */
const closeBy = ({ facts, allParcelsKnown, reported }: DeadlineInput): Omit<Deadline, 'code'> | undefined => {
  if (!isOpen(facts) || !allParcelsKnown || reported === null) return undefined;
  const days = [reported.lastShippedOn, jstDay(reported.lastReportedAt)];
  const nights = days.map((day) => jstInstant(addDays(day, 1), NIGHT_IS_OVER).getTime());
  return { at: new Date(Math.max(...nights)) };
};

const answerBy = ({ parcelLeftSince: since }: DeadlineInput): Omit<Deadline, 'code'> | undefined =>
  since === null ? undefined : { at: new Date(since.getTime() + ANSWER_HOURS * HOUR_MS) };

const RULES: Readonly<Record<DeadlineCode, (input: DeadlineInput) => Omit<Deadline, 'code'> | undefined>> = {
  confirm_by: confirmBy,
  pay_by: payBy,
  ship_by: shipBy,
  close_by: closeBy,
  answer_by: answerBy,
};

/** The deadlines of an order that matter now, the nearest first. Days end with their last millisecond in Japan. */
export const deadlinesOf = (input: DeadlineInput): Deadline[] =>
  DEADLINE_CODES.flatMap((code) => {
    const due = RULES[code](input);
    return due === undefined ? [] : [{ code, ...due }];
  }).sort((a, b) => a.at.getTime() - b.at.getTime());

/**
 * The wished date, when it cannot be met: not even a parcel that left on the day of the order would have come in time.
 * Judged by when the order was placed and never by now, because being late is no conflict; and by the whole day, because
 * past its cut-off a shop may still make it.
 */
export const deliveryConflict = (facts: OrderFacts, calendar: ShippingCalendar): string | undefined => {
  if (facts.deliveryDate === null) return undefined;
  const leaves = wishedShipDay(facts.deliveryDate, calendar);
  return leaves !== undefined && leaves >= jstDay(new Date(facts.orderedAt)) ? undefined : facts.deliveryDate;
};

/** The nearest instant after `now` at which a deadline comes into danger or is missed: what the one timer waits for. */
export const nextInstant = (deadlines: readonly Deadline[], now: Date): Date | undefined =>
  deadlines
    .flatMap(({ at, warnAt }) => [at, ...(warnAt ? [warnAt] : [])])
    .filter((instant) => instant > now)
    .sort((a, b) => a.getTime() - b.getTime())[0];

/** What there is to tell of these deadlines now; of one that is missed no longer that it was in danger. */
export const noticesDue = (deadlines: readonly Deadline[], now: Date): DeadlineNotice[] =>
  deadlines.flatMap(({ code, at, warnAt }): DeadlineNotice[] => {
    if (at <= now) return [{ code, at, kind: 'missed' }];
    return warnAt !== undefined && warnAt <= now ? [{ code, at, kind: 'at_risk' }] : [];
  });
