/** Dates as Rakuten writes them. Japan has no summer time, so JST is a fixed nine hours; the machine's own zone never matters. */
const JST_MS = 9 * 3_600_000;

/** The length of a day in milliseconds. */
export const DAY_MS = 86_400_000;

const jstWallClock = (at: Date): string => new Date(at.getTime() + JST_MS).toISOString();

/** `2024-06-24T13:40:33+0900`, the order API's Datetime (order reference §12). */
export const jstDatetime = (at: Date): string => `${jstWallClock(at).slice(0, 19)}+0900`;

/** `2024-06-24T13:40:33+09:00`, as the inventory API writes it (inventory reference §3.1). */
export const isoDatetime = (at: Date): string => `${jstWallClock(at).slice(0, 19)}+09:00`;

/** `2024-06-24T13:40:33`, without a zone, as the licence API writes it (§2). */
export const zonelessDatetime = (at: Date): string => jstWallClock(at).slice(0, 19);

/** `2024-06-24`, the day in Japan. */
export const jstDate = (at: Date): string => jstWallClock(at).slice(0, 10);

/** `20240624`, the day in Japan, as order numbers carry it. */
export const compactDate = (at: Date): string => jstDate(at).replaceAll('-', '');

/** `20240624134033`, JST, as the ids of asynchronous requests carry it (order reference §12). */
export const compactDatetime = (at: Date): string => jstWallClock(at).slice(0, 19).replaceAll(/[-:T]/g, '');

/** The day `days` after a `YYYY-MM-DD`. */
export const addDays = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

/** Whether this is a day of the calendar, written `YYYY-MM-DD`. */
export const isDate = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) &&
  !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) &&
  addDays(text, 0) === text;

/**
 * Reads the only Datetime the order API takes: `YYYY-MM-DDThh:mm:ss+0900`, nothing else (§3.2).
 * Gives undefined for any other form and for days that do not exist.
 */
export const parseJstDatetime = (text: string): Date | undefined => {
  const match = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\+0900$/.exec(text);
  if (match?.[1] === undefined || !isDate(match[1])) return undefined;
  return new Date(`${text.slice(0, 19)}+09:00`);
};
