import { RAKUTEN_STATUS } from '../domain/order';
import type { ShopSettings } from '../domain/settings';
import type { OrderSearch } from '../rms/orders';
import { NEW_ORDERS_SEARCH } from '../store/cursors';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** As far as one search may reach (order reference §3.1), less an hour. */
const WINDOW_MS = 63 * DAY_MS - 3_600_000;
/** What became visible a little late is still found: each search starts this much before where the last one ended. */
const OVERLAP_MS = 10 * MINUTE_MS;
/** Most buyers who cancel do so soon: so far back the search of every minute reaches, all the way that of every hour. */
const SOON_MS = 3 * DAY_MS;

/** What the start of a search depends on. */
export interface SearchedSoFar {
  /** Where the last search of this kind ended, or when it was made. */
  readonly last: Date | undefined;
  /** When the oldest open order was placed. */
  readonly oldestOpen: Date | undefined;
  readonly now: Date;
}

type Start = (soFar: SearchedSoFar) => Date | undefined;

/** One kind of search that synchronisation repeats. searchOrder has no "updated since", so each status is its own. */
export interface SearchKind {
  readonly name: string;
  readonly dateType: OrderSearch['dateType'];
  readonly statuses: (settings: ShopSettings) => readonly number[];
  /** From when on is searched; undefined: there is nothing to find. */
  readonly start: Start;
  /** Whether it goes on from where it ended, so that no gap remains after a stop of any length. */
  readonly goesOn: boolean;
}

const before = (instant: Date, ms: number): Date => new Date(instant.getTime() - ms);
const later = (a: Date, b: Date): Date => (a > b ? a : b);

/** From where the last search ended; the first one reaches so far back. */
const sinceLast =
  (firstMs: number): Start =>
  ({ last, now }) =>
    last === undefined ? before(now, firstMs) : before(last, OVERLAP_MS);
/** From the oldest open order, but not further back than this. */
const sinceOldestOpen =
  (mostMs = Number.POSITIVE_INFINITY): Start =>
  ({ oldestOpen, now }) =>
    oldestOpen && (Number.isFinite(mostMs) ? later(oldestOpen, before(now, mostMs)) : oldestOpen);

const S = RAKUTEN_STATUS;
const OPEN: readonly number[] = [S.awaitingConfirmation, S.processing, S.awaitingShipment, S.changePending];
const CLOSED: readonly number[] = [S.shipped, S.paymentInProgress, S.paymentDone];

/** Orders that Rakuten confirmed by itself never stand at 100; a shop that confirms here has to hear of it. */
const newStatuses = ({ importStatuses, stockSync, automaticOrderConfirmation }: ShopSettings) => {
  if (stockSync !== 'off') return OPEN;
  if (!importStatuses.includes(S.awaitingConfirmation)) return [];
  return automaticOrderConfirmation ? [S.awaitingConfirmation, S.processing] : [S.awaitingConfirmation];
};

/**
 * What orders arrive by, searched in every cycle. A shop whose stock we publish looks for everything that was sold,
 * whatever its status: what Rakuten has sold and we have not seen would otherwise be offered again.
 */
export const NEW_ORDERS: SearchKind = {
  name: NEW_ORDERS_SEARCH,
  dateType: 'ordered',
  statuses: newStatuses,
  start: sinceLast(WINDOW_MS),
  goesOn: true,
};

/**
 * How orders move, each once a minute. They reach back by hours or days, never to all open orders: an idle shop with
 * ten thousand of them gets a page each. Orders taken in later than now close later than now.
 */
export const MOVES: readonly SearchKind[] = [
  {
    name: 'fixed',
    dateType: 'fixed',
    statuses: () => [S.awaitingShipment],
    start: sinceLast(WINDOW_MS),
    goesOn: true,
  },
  {
    name: 'shipped',
    dateType: 'shippingReported',
    statuses: () => CLOSED,
    start: sinceLast(OVERLAP_MS),
    goesOn: true,
  },
  {
    name: 'cancelled',
    dateType: 'ordered',
    statuses: () => [S.cancelPending, S.cancelled],
    start: sinceOldestOpen(SOON_MS),
    goesOn: false,
  },
];

/** The search that also shows completed orders which were cancelled after all. */
export const LATE_CANCELLATIONS = 'cancelled-late';

/** Everything once more, each once an hour: what the others missed. */
export const SWEEPS: readonly SearchKind[] = [
  ...OPEN.map(
    (status): SearchKind => ({
      name: `sweep-${status}`,
      dateType: 'ordered',
      statuses: () => [status],
      start: sinceOldestOpen(),
      goesOn: false,
    }),
  ),
  {
    name: 'sweep-500',
    dateType: 'shippingReported',
    statuses: () => CLOSED,
    start: sinceOldestOpen(DAY_MS),
    goesOn: false,
  },
  {
    name: LATE_CANCELLATIONS,
    dateType: 'ordered',
    statuses: () => [S.cancelPending, S.cancelled],
    start: ({ oldestOpen, now }) => {
      const window = before(now, WINDOW_MS);
      return oldestOpen === undefined || oldestOpen > window ? window : oldestOpen;
    },
    goesOn: false,
  },
];

/**
 * Which searches a cycle makes: the one for new orders, and those for moved ones in rotation, so that each has its
 * turn within a minute however short the interval is.
 */
export const dueSearches = (
  settings: ShopSettings,
  lastRun: (name: string) => Date | undefined,
  now: Date,
): SearchKind[] => {
  const age = ({ name }: SearchKind): number => now.getTime() - (lastRun(name)?.getTime() ?? 0);
  const inTurn = [...MOVES].sort((a, b) => age(b) - age(a));
  const share = Math.ceil((MOVES.length * settings.syncIntervalSeconds * 1000) / MINUTE_MS);
  const moves = inTurn.slice(0, share);
  return [NEW_ORDERS, ...MOVES].filter(
    (kind) => kind.statuses(settings).length > 0 && (kind === NEW_ORDERS || moves.includes(kind)),
  );
};
