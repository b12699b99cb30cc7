import { Again, type Operation, type Said } from './operation';
import { searchOrder } from './orders';
import { checkOrderNumber } from './request';
import { USUAL_LINGER } from './ripeness';
import { MAX_PAGE_SIZE } from './search-request';

/** An order that is to be found among the confirmed ones. */
export interface SoughtConfirmation {
  readonly orderNumber: string;
  /** When it was confirmed, at the earliest. */
  readonly since: Date;
  /** The page to be looked at next. */
  readonly page: number;
}

/** Every status that a confirmed order can have. */
const CONFIRMED = [200, 300, 400, 500, 600, 700, 800, 900];
/** Rakuten's clock may be behind ours. */
const OVERLAP_MS = 10 * 60_000;
const MOST_PAGES = 15;

/**
 * Reads confirmations back: one search by confirmation date (reference, order API §3.1) shows a thousand of them, where
 * reading the orders would take ten calls. `true`: Rakuten shows the order as confirmed; `false`: it does not, read the
 * order. `now`: milliseconds since the epoch.
 */
export const findConfirmed = (now: () => number): Operation<SoughtConfirmation, boolean> => ({
  name: 'searchOrder',
  family: 'order',
  effect: 'read',
  limit: MAX_PAGE_SIZE,
  key: ({ orderNumber }) => orderNumber,
  duplicates: 'share',
  splits: () => false,
  linger: { ...USUAL_LINGER, longestMs: 25_000 },
  check: ({ orderNumber }) => checkOrderNumber(orderNumber),
  orderNumbers: ({ orderNumber }) => [orderNumber],
  send: async (connection, sought) => {
    const page = Math.min(...sought.map((one) => one.page));
    const since = Math.min(...sought.map((one) => one.since.getTime()));
    const answer = await searchOrder(connection, {
      orderProgressList: CONFIRMED,
      dateType: 'confirmed',
      start: new Date(since - OVERLAP_MS),
      end: new Date(now()),
      page,
      pageSize: MAX_PAGE_SIZE,
      sort: 'desc',
    });
    const found = new Set(answer.orderNumbers);
    const more = page < Math.min(answer.totalPages, MOST_PAGES);
    const say = (one: SoughtConfirmation): Said<SoughtConfirmation, boolean> => {
      if (found.has(one.orderNumber)) return true;
      return more || one.page > page ? new Again({ ...one, page: Math.max(one.page, page + 1) }) : false;
    };
    return new Map(sought.map((one) => [one.orderNumber, say(one)] as const));
  },
});
