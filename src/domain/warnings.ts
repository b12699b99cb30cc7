import { jstDay } from './jst';

/** What can look wrong with how a shop is set up, or is about to go wrong. */
export const WARNING_CODES = [
  'auto_confirm_on',
  'clock_off',
  'search_window_spent',
  'key_expires_soon',
  'key_expired',
] as const;
export type WarningCode = (typeof WARNING_CODES)[number];

/** Whether a string is the code of a warning. */
export const isWarningCode = (code: string): code is WarningCode =>
  WARNING_CODES.some((known) => known === code);

const DAY_MS = 86_400_000;
/** So many days before its end a key is counted down. */
const COUNTDOWN_DAYS = 30;

/** What a key that ends soon, or has ended, is warned of with, and since when; undefined while its end is far. */
export const keyWarning = (expiresAt: Date, now: Date) => {
  const leftMs = expiresAt.getTime() - now.getTime();
  const params = { days: Math.max(0, Math.floor(leftMs / DAY_MS)), day: jstDay(expiresAt) };
  if (leftMs <= 0) return { code: 'key_expired', params, since: expiresAt } as const;
  if (leftMs > COUNTDOWN_DAYS * DAY_MS) return undefined;
  const since = new Date(expiresAt.getTime() - COUNTDOWN_DAYS * DAY_MS);
  return { code: 'key_expires_soon', params, since } as const;
};

/** How far back Rakuten finds orders, and how long one search may be (order reference §3.1), in days. */
const REACH_DAYS = 730;
const WINDOW_DAYS = 63;
/** From here on it is said that the end is near. */
const NEAR_REACH_DAYS = 700;
const NEAR_WINDOW_DAYS = 56;

/** What is left of the room that Rakuten gives searches. */
export interface SearchRoom {
  /** What is nearly used up: `window_reason.*` in the text catalogue. */
  readonly windowReason: 'rows' | 'reach' | 'open_order' | 'window';
  readonly left: number;
  readonly unit: 'days' | 'rows';
}

/** Up to where a shop has been searched, and what is open. */
interface Searched {
  /** Up to where the search for new orders has come; undefined: it never came through. */
  readonly until: Date | undefined;
  /** When the oldest open order was placed. */
  readonly oldestOpen: Date | undefined;
}

/** The room of a shop's searches that is nearly used up, the gravest first; undefined while there is enough. */
export const spentSearchRoom = ({ until, oldestOpen }: Searched, now: Date): SearchRoom | undefined => {
  const age = (at: Date | undefined): number =>
    at === undefined ? 0 : (now.getTime() - at.getTime()) / DAY_MS;
  const left = (days: number, at: Date | undefined) => Math.max(0, Math.floor(days - age(at)));
  if (age(until) >= NEAR_REACH_DAYS)
    return { windowReason: 'reach', left: left(REACH_DAYS, until), unit: 'days' };
  if (age(oldestOpen) >= NEAR_REACH_DAYS)
    return { windowReason: 'open_order', left: left(REACH_DAYS, oldestOpen), unit: 'days' };
  if (age(until) > NEAR_WINDOW_DAYS)
    return { windowReason: 'window', left: left(WINDOW_DAYS, until), unit: 'days' };
  return undefined;
};
