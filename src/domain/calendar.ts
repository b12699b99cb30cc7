import holidayJp from '@holiday-jp/holiday_jp';
import { addDays, jstDay, jstTime, weekdayOf } from './jst';
import type { ShopSettings } from './settings';

export { addDays };

/** On which days a shop ships and how fast: the settings that its working days are judged by. */
export type ShippingCalendar = Pick<
  ShopSettings,
  | 'shippingCutoff'
  | 'shippingLeadDays'
  | 'transitDays'
  | 'closedWeekdays'
  | 'closedOnPublicHolidays'
  | 'closedDays'
>;

/** A shop that is closed for longer than this at a stretch, in days, has no next working day. */
const LONGEST_CLOSURE_DAYS = 366;

/** Looked up by the day as text: the library's own functions take the time zone of the machine. Known to 2050. */
const isPublicHoliday = (day: string): boolean => Object.hasOwn(holidayJp.holidays, day);

/** Whether the shop ships on a day in Japan, `YYYY-MM-DD`. */
export const isWorkingDay = (day: string, calendar: ShippingCalendar): boolean =>
  !calendar.closedWeekdays.includes(weekdayOf(day)) &&
  !calendar.closedDays.includes(day) &&
  !(calendar.closedOnPublicHolidays && isPublicHoliday(day));

/** The first working day from `day` on, going by `step` days; undefined after the longest closure. */
const workingDayFrom = (day: string, calendar: ShippingCalendar, step: 1 | -1): string | undefined => {
  for (let days = 0; days <= LONGEST_CLOSURE_DAYS; days += 1) {
    const candidate = addDays(day, days * step);
    if (isWorkingDay(candidate, calendar)) return candidate;
  }
  return undefined;
};

/**
 * The working day `n` working days after `day`, counted from `day` or, when the shop is closed then, from the next
 * working day; 0 gives that day itself. Undefined where the shop is closed for more than a year at a stretch.
 */
export const nextWorkingDay = (day: string, calendar: ShippingCalendar, n: number): string | undefined => {
  let found = workingDayFrom(day, calendar, 1);
  for (let left = n; left > 0 && found !== undefined; left -= 1)
    found = workingDayFrom(addDays(found, 1), calendar, 1);
  return found;
};

/** The last working day at or before `day`. Undefined where the shop was closed for more than a year. */
export const lastWorkingDayAt = (day: string, calendar: ShippingCalendar): string | undefined =>
  workingDayFrom(day, calendar, -1);

/**
 * The working day that an order of this instant counts for: its own day when that is a working day and the cut-off
 * is still ahead, else the next working day. Undefined where the shop is closed for more than a year.
 */
export const countsForDay = (at: Date, calendar: ShippingCalendar): string | undefined => {
  const day = jstDay(at);
  return nextWorkingDay(jstTime(at) < calendar.shippingCutoff ? day : addDays(day, 1), calendar, 0);
};
