/** Calendar days in Japan. Everything that Rakuten and a shop call a day is a day in `Asia/Tokyo`, which has no summer time. */
const JST_OFFSET_MS = 9 * 3_600_000;
const DAY_MS = 86_400_000;

/** The day in Japan at an instant, `YYYY-MM-DD`. */
export const jstDay = (at: Date): string => new Date(at.getTime() + JST_OFFSET_MS).toISOString().slice(0, 10);

/** The instant at which a day in Japan ends: its last millisecond. */
export const endOfJstDay = (day: string): Date =>
  new Date(Date.parse(`${day}T00:00:00Z`) - JST_OFFSET_MS + DAY_MS - 1);

/** The instant at which a day in Japan begins. */
export const startOfJstDay = (day: string): Date => new Date(endOfJstDay(day).getTime() - DAY_MS + 1);
