/** Calendar days in Japan. Everything that Rakuten and a shop call a day is a day in `Asia/Tokyo`, which has no summer time. */
const JST_OFFSET_MS = 9 * 3_600_000;
const DAY_MS = 86_400_000;

const jstIso = (at: Date): string => new Date(at.getTime() + JST_OFFSET_MS).toISOString();

/** The day in Japan at an instant, `YYYY-MM-DD`. */
export const jstDay = (at: Date): string => jstIso(at).slice(0, 10);

/** The time of day in Japan at an instant, `HH:MM`; seconds are cut off. */
export const jstTime = (at: Date): string => jstIso(at).slice(11, 16);

/** The instant of a time of day `HH:MM` on a day in Japan. */
export const jstInstant = (day: string, time: string): Date =>
  new Date(Date.parse(`${day}T${time}:00Z`) - JST_OFFSET_MS);

/** The instant at which a day in Japan ends: its last millisecond. */
export const endOfJstDay = (day: string): Date =>
  new Date(Date.parse(`${day}T00:00:00Z`) - JST_OFFSET_MS + DAY_MS - 1);

/** The day so many days later, or earlier where `days` is negative. */
export const addDays = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

/** The day of the week: 0 Sunday to 6 Saturday. */
export const weekdayOf = (day: string): number => new Date(`${day}T00:00:00Z`).getUTCDay();
/** The instant at which a day in Japan begins. */
export const startOfJstDay = (day: string): Date => new Date(endOfJstDay(day).getTime() - DAY_MS + 1);
