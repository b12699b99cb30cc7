/**
 * Rakuten's dates and times. Every clock on the wire is Japan's, whatever the time zone of this machine;
 * Japan has no summer time, so JST is UTC + 9 h and nothing else (reference, order API §3.2 and §12).
 */

const JST_OFFSET_MS = 9 * 60 * 60 * 1000;
const DATETIME = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\+09:?00)?$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

const jstIso = (instant: Date): string => new Date(instant.getTime() + JST_OFFSET_MS).toISOString();

/** `YYYY-MM-DDThh:mm:ss+0900`, the only form searchOrder accepts. Fractions of a second are cut off. */
export const toWireDatetime = (instant: Date): string => `${jstIso(instant).slice(0, 19)}+0900`;

/**
 * The instant of a datetime that Rakuten sent: `+0900` (orders), `+09:00` (inventory) or without a zone, which
 * is JST as well (the licence's expiry).
 * @throws RangeError when the text is not such a datetime.
 */
export function parseWireDatetime(text: string): Date {
  const [, date, time] = DATETIME.exec(text) ?? [];
  const instant = new Date(`${date}T${time}+09:00`);
  if (Number.isNaN(instant.getTime())) {
    throw new RangeError('Not a datetime of Rakuten (YYYY-MM-DDThh:mm:ss+0900).');
  }
  return instant;
}

/** Whether `parseWireDatetime` can read the text. */
export function isWireDatetime(text: string): boolean {
  return DATETIME.test(text) && !Number.isNaN(Date.parse(`${text.slice(0, 19)}+09:00`));
}

/** Whether the text is a day of the calendar as `YYYY-MM-DD`. */
export function isWireDate(text: string): boolean {
  const instant = DATE.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text);
}
