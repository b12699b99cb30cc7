import { RAKUTEN_STATUS } from '../domain/order';
import type { ShopSettings } from '../domain/settings';
import type { OrderSearch } from '../rms/orders';

/** How far the first search of a shop reaches back: as far as one search may (order reference §3.1), less an hour. */
const WINDOW_MS = 63 * 86_400_000 - 3_600_000;
/** What became visible a little late is still found: each search starts this much before where the last one ended. */
const OVERLAP_MS = 10 * 60_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** One kind of search that synchronisation repeats. searchOrder has no "updated since", so each status is its own. */
export interface SearchKind {
  readonly name: string;
  readonly dateType: OrderSearch['dateType'];
  readonly statuses: (settings: ShopSettings) => readonly number[];
  /** From where the last search ended (the first one: a window back, or now), or from the oldest open order. */
  readonly from: 'window_ago' | 'now' | 'oldest_open';
  /** How often it is due; `every_cycle` for what the shop waits for most. */
  readonly every: 'cycle' | 'minute' | 'hour';
}

const S = RAKUTEN_STATUS;
const open = [S.awaitingConfirmation, S.processing, S.awaitingShipment, S.changePending];

/**
 * What is searched how often. A shop whose stock we publish looks for everything that was sold, whatever its status:
 * what Rakuten has sold and we have not seen would otherwise be offered again.
 */
export const SEARCHES: readonly SearchKind[] = [
  {
    name: 'new',
    dateType: 'ordered',
    statuses: ({ importStatuses, stockSync }) =>
      stockSync === 'off' ? importStatuses.filter((status) => status === S.awaitingConfirmation) : open,
    from: 'window_ago',
    every: 'cycle',
  },
  {
    name: 'fixed',
    dateType: 'fixed',
    statuses: () => [S.awaitingShipment],
    from: 'window_ago',
    every: 'minute',
  },
  {
    name: 'shipped',
    dateType: 'shippingReported',
    statuses: () => [S.shipped, S.paymentInProgress, S.paymentDone],
    from: 'now',
    every: 'minute',
  },
  {
    name: 'cancelled',
    dateType: 'ordered',
    statuses: () => [S.cancelPending, S.cancelled],
    from: 'oldest_open',
    every: 'minute',
  },
  ...[
    [S.awaitingConfirmation],
    [S.processing],
    [S.awaitingShipment],
    [S.changePending],
    [S.shipped, S.paymentInProgress, S.paymentDone],
  ].map(
    (statuses) =>
      ({
        name: `sweep-${statuses[0]}`,
        dateType: 'ordered',
        statuses: () => statuses,
        from: 'oldest_open',
        every: 'hour',
      }) as const,
  ),
];

/**
 * Which searches a cycle makes: those of every cycle; the minute's in rotation, so that each has its turn within a
 * minute however short the interval is; and the hour's likewise once their hour is over, so that an idle shop never
 * needs more than five calls in a minute.
 */
export const dueSearches = (
  settings: ShopSettings,
  lastRun: (name: string) => Date | undefined,
  now: Date,
): SearchKind[] => {
  const age = (kind: SearchKind): number => now.getTime() - (lastRun(kind.name)?.getTime() ?? 0);
  const intervalMs = settings.syncIntervalSeconds * 1000;
  const inTurn = (every: SearchKind['every'], periodMs: number): SearchKind[] => {
    const kinds = SEARCHES.filter((kind) => kind.every === every).sort((a, b) => age(b) - age(a));
    return kinds.slice(0, Math.ceil((kinds.length * intervalMs) / periodMs));
  };
  const minutes = inTurn('minute', MINUTE_MS);
  const hours = inTurn('hour', HOUR_MS).filter((kind) => age(kind) >= HOUR_MS);
  return SEARCHES.filter(
    (kind) =>
      kind.statuses(settings).length > 0 &&
      (kind.every === 'cycle' || minutes.includes(kind) || hours.includes(kind)),
  );
};

/** Where a search starts that goes on from its last end. Orders taken in later than now close later than now. */
export const startOf = (kind: SearchKind, cursor: Date | undefined, now: Date): Date => {
  if (cursor !== undefined) return new Date(cursor.getTime() - OVERLAP_MS);
  return new Date(now.getTime() - (kind.from === 'now' ? OVERLAP_MS : WINDOW_MS));
};
