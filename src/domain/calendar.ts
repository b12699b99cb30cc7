import holidayJp from '@holiday-jp/holiday_jp';
import { addDays, jstDay, jstTime, weekdayOf } from './jst';
import type { ShopSettings } from './settings';

/** When a shop ships: its cut-off, how long it takes, and the days on which it is closed. */
export type ShopCalendar = Pick<
  ShopSettings,
  | 'shippingCutoff'
  | 'shippingLeadDays'
  | 'transitDays'
  | 'closedWeekdays'
  | 'closedOnPublicHolidays'
  | 'closedDays'
>;

/** A shop that is closed for longer than this has no next working day. */
const LONGEST_BREAK_DAYS = 400;

const isPublicHoliday = (day: string): boolean => Object.hasOwn(holidayJp.holidays, day);

/** Whether the shop ships on this day, `YYYY-MM-DD` in JST. */
export const isWorkingDay = (day: string, calendar: ShopCalendar): boolean =>
  !calendar.closedWeekdays.includes(weekdayOf(day)) &&
  !calendar.closedDays.includes(day) &&
  !(calendar.closedOnPublicHolidays && isPublicHoliday(day));

/** The first working day from this one on, forwards or backwards; undefined where the shop is closed for over a year. */
const workingDayFrom = (day: string, calendar: ShopCalendar, direction: 1 | -1): string | undefined => {
  for (let days = 0; days <= LONGEST_BREAK_DAYS; days += 1) {
    const candidate = addDays(day, direction * days);
    if (isWorkingDay(candidate, calendar)) return candidate;
  }
  return undefined;
};

/**
 * The working day that lies so many working days after the first one from this day on; none further is that first one
 * itself. Undefined where the shop is closed for over a year.
 */
export const workingDayAfter = (
  day: string,
  workingDays: number,
  calendar: ShopCalendar,
): string | undefined => {
  let found = workingDayFrom(day, calendar, 1);
  for (let count = 0; count < workingDays && found !== undefined; count += 1)
    found = workingDayFrom(addDays(found, 1), calendar, 1);
  return found;
};

/** The last working day up to this one. Undefined where the shop was closed for over a year. */
export const workingDayUpTo = (day: string, calendar: ShopCalendar): string | undefined =>
  workingDayFrom(day, calendar, -1);

/** The working day that an order of this instant counts for: after the cut-off it is the next one. */
export const countsForDay = (at: Date, calendar: ShopCalendar): string | undefined => {
  const day = jstDay(at);
  return workingDayAfter(jstTime(at) < calendar.shippingCutoff ? day : addDays(day, 1), 0, calendar);
};
