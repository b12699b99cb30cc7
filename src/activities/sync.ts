import { RmsError } from '../rms/errors';
import { earliestReach, searchAllOrders, WindowTooFullError } from '../rms/order-search';
import { forgetCursors, moveCursor, readCursors } from '../store/cursors';
import { wantsListings } from '../store/listing-reads';
import { withLock } from '../store/locks';
import { oldestOpenOrder } from '../store/orders';
import { askForListings, askForReconciliation } from '../store/outbox';
import type { Shop } from '../store/shops';
import { findShop } from '../store/shops';
import { findStop } from '../store/stops';
import { warn } from './announce-warning';
import { type BackgroundJob, every, everyMinute, runBackground } from './background';
import type { ActivityContext } from './context';
import { countDay, countLateness } from './daily-count';
import { causeOf, type ParkCause } from './failures';
import { findLateCancellations } from './find-late-cancellations';
import { type Counts, noCounts, takeIn } from './intake';
import { beginPublishing, LOOKED, publishStock } from './publish-stock';
import { rereadOldest } from './rereading';
import type { SearchKind } from './searches';
import { dueSearches, LATE_CANCELLATIONS, MOVES, NEW_ORDERS, SWEEPS } from './searches';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What the synchronisation of a shop is started with. */
export interface SyncInput {
  readonly shopId: string;
}

/** What one synchronisation did. */
export interface SyncResult extends Readonly<Counts> {
  readonly stockPublished: number;
  /** Why stock was not published, or only in part; the next synchronisation does it. */
  readonly stockSkipped?: ParkCause;
  /** Why nothing was done, when the shop is busy, retired or parked. */
  readonly skipped?: string;
}

/** The activities of a shop's synchronisation. */
export const syncActivities = (context: ActivityContext) => ({
  /**
   * One synchronisation of a shop: searches what is new or moved, reads it in batches, stores it, and wakes only the
   * orders concerned; then publishes stock, and does a little of what may wait. One process at a time per shop.
   * @throws RmsError
   */
  syncShop: async ({ shopId }: SyncInput): Promise<SyncResult> => {
    const shop = await findShop(context.db, shopId);
    if (shop === undefined || shop.retiredAt !== null) return nothing('shop_retired');
    const result = await withLock(context.pool, `sync/${shopId}`, () => synchronise(context, shop));
    return result ?? nothing('already_running');
  },
});

/** What the synchronisation of a shop can call. */
export type SyncActivities = ReturnType<typeof syncActivities>;

const nothing = (skipped: string): SyncResult => ({ ...noCounts(), stockPublished: 0, skipped });

/** Clocks of several workers may differ by this much. */
const CLOCKS_DIFFER_MS = 60_000;

/**
 * Where a process whose clock was ahead has searched, nothing would be searched again until that time has come: what it
 * noted is forgotten, and the search begins as a first one does.
 */
const forgetWhatIsAhead = ({ db, now }: ActivityContext, { shopId }: Shop): Promise<void> =>
  forgetCursors(db, shopId, LOOKED_UNTIL, new Date(now().getTime() + CLOCKS_DIFFER_MS));

const LOOKED_UNTIL = [LOOKED, ...[NEW_ORDERS, ...MOVES, ...SWEEPS].map(({ name }) => name)];

const synchronise = async (context: ActivityContext, shop: Shop): Promise<SyncResult> => {
  await forgetWhatIsAhead(context, shop);
  const stopped = (await findStop(context.db, shop.shopId)) !== undefined;
  const publishing = stopped ? 'stopped' : await orCause(() => beginPublishing(context, shop));
  const counts = noCounts();
  const cursors = await readCursors(context.db, shop.shopId);
  const due = dueSearches(shop.settings, (name) => cursors.get(name), context.now());
  for (const kind of due) await search(context, shop, kind, cursors, counts);
  const published =
    publishing === undefined || typeof publishing === 'string'
      ? (publishing ?? 0)
      : await orCause(() => publishStock(context, shop, publishing));
  await runBackground(context, shop.shopId, jobsOf(shop, cursors, counts), cursors);
  return typeof published === 'string'
    ? { ...counts, stockPublished: 0, stockSkipped: published }
    : { ...counts, stockPublished: published };
};

/** What keeps Rakuten's stock from being read or written never keeps orders from coming in: it is only told. */
const orCause = async <T>(work: () => Promise<T>): Promise<T | ParkCause> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RmsError) return causeOf(error);
    throw error;
  }
};

/** What may wait: the sweeps, reading open orders again, the count of the day, what is listed, and comparing stock. */
const jobsOf = (shop: Shop, cursors: ReadonlyMap<string, Date>, counts: Counts): BackgroundJob[] => [
  ...SWEEPS.map((kind) => ({
    name: kind.name,
    lateness: every(HOUR_MS),
    run: (context: ActivityContext) => search(context, shop, kind, cursors, counts),
  })),
  {
    name: 'reread',
    lateness: everyMinute,
    run: (context) => rereadOldest(context, shop, counts),
  },
  {
    name: 'daily-count',
    lateness: countLateness(shop.shopId),
    run: async (context) => {
      if (cursors.has('daily-count')) await countDay(context, shop, counts);
    },
  },
  {
    name: 'listings',
    lateness: every(DAY_MS),
    run: async ({ db, now }) => {
      if (await wantsListings(db, shop, now())) await askForListings(db, shop.shopId);
    },
  },
  ...(isReconciled(shop) ? [reconciliationOf(shop)] : []),
];

/** Stock that is published by itself is compared once a day. */
const isReconciled = ({ settings }: Shop): boolean =>
  settings.stockSync !== 'off' && settings.automaticOrderIntegration && settings.skuProjectMigrated;

const reconciliationOf = ({ shopId }: Shop): BackgroundJob => ({
  name: 'stock-reconciliation',
  lateness: every(DAY_MS),
  run: ({ db }) => askForReconciliation(db, shopId),
});

/** Runs one search, and warns where it holds more than Rakuten lets anybody read. */
const search: typeof runSearch = async (context, shop, kind, ...rest) => {
  try {
    await runSearch(context, shop, kind, ...rest);
  } catch (error) {
    if (error instanceof WindowTooFullError) {
      const params = { windowReason: 'rows', left: 0, unit: 'rows', search: kind.name };
      await warn(context.db, { shopId: shop.shopId, code: 'search_window_spent', params });
    }
    throw error;
  }
};

/** Runs one search over its windows. Its cursor moves only after everything found was stored. */
const runSearch = async (
  context: ActivityContext,
  shop: Shop,
  kind: SearchKind,
  cursors: ReadonlyMap<string, Date>,
  counts: Counts,
): Promise<void> => {
  const { shopId, settings } = shop;
  const now = context.now();
  const oldestOpen = await oldestOpenOrder(context.db, shopId);
  const start = kind.start({ last: cursors.get(kind.name), oldestOpen, now });
  const gateway = context.gateway(shopId);
  if (start !== undefined && start <= now) {
    const statuses = kind.statuses(settings);
    const windows = searchAllOrders((page) => gateway.searchOrder(page), {
      orderProgressList: statuses,
      dateType: kind.dateType,
      start: latest(start, earliestReach(now)),
      end: now,
    });
    for await (const { orderNumbers, end } of windows) {
      counts.searched += orderNumbers.length;
      await takeIn(context, shop, { statuses, importable: isImportable(shop, kind), orderNumbers }, counts);
      if (kind.name === LATE_CANCELLATIONS) await findLateCancellations(context, shopId, orderNumbers);
      if (kind.goesOn) await moveCursor(context.db, shopId, kind.name, end);
    }
  }
  await moveCursor(context.db, shopId, kind.name, now);
};

const isImportable = ({ settings }: Shop, kind: SearchKind): boolean =>
  kind === NEW_ORDERS ||
  kind.statuses(settings).some((status) => settings.importStatuses.some((own) => own === status));

const latest = (a: Date, b: Date): Date => (a > b ? a : b);
