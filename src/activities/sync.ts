import type { OrderRef } from '../domain/order';
import { RmsError } from '../rms/errors';
import type { RmsGateway } from '../rms/gateway';
import type { GetOrderAnswer } from '../rms/orders';
import { moveCursor, readCursor } from '../store/cursors';
import { withLock } from '../store/locks';
import { ensureOrder, knownOrders, oldestOpenOrder, reopenMissing } from '../store/orders';
import { wakeOrders } from '../store/outbox';
import type { Shop } from '../store/shops';
import { findShop } from '../store/shops';
import { assess } from './assess';
import type { ActivityContext } from './context';
import { causeOf, type ParkCause } from './failures';
import { beginPublishing, publishStock } from './publish-stock';
import { storeAnswer } from './read-order';
import type { SearchKind } from './searches';
import { dueSearches, SEARCHES, startOf, windowsOf } from './searches';

const PAGE_SIZE = 1000;
/** Rakuten gives at most 15,000 rows of a search (order reference §3.1): more means that the window must be cut. */
const REACHABLE = 15_000;
/** Orders read and stored at a time, so that a failure loses little and memory stays small. */
const CHUNK = 100;

/** What the synchronisation of a shop is started with. */
export interface SyncInput {
  readonly shopId: string;
}

/** What one synchronisation did. */
export interface SyncResult {
  readonly searched: number;
  readonly read: number;
  readonly imported: number;
  readonly moved: number;
  readonly stockPublished: number;
  /** Why stock was not published, or only in part; the next synchronisation does it. */
  readonly stockSkipped?: ParkCause;
  /** Why nothing was done, when the shop is busy, retired or parked. */
  readonly skipped?: string;
}

/** Orders stored side by side: enough to keep PostgreSQL busy, few enough to leave connections to the workflows. */
const AT_ONCE = 6;

interface Counts {
  searched: number;
  read: number;
  imported: number;
  moved: number;
}

/** The activities of a shop's synchronisation. */
export const syncActivities = (context: ActivityContext) => ({
  /**
   * One synchronisation of a shop: searches what is new or moved, reads it in batches, stores it, and wakes only the
   * orders concerned; then publishes stock. One process at a time per shop. @throws RmsError
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

const nothing = (skipped: string): SyncResult => ({
  searched: 0,
  read: 0,
  imported: 0,
  moved: 0,
  stockPublished: 0,
  skipped,
});

const synchronise = async (context: ActivityContext, shop: Shop): Promise<SyncResult> => {
  const publishing = await orCause(() => beginPublishing(context, shop));
  const counts: Counts = { searched: 0, read: 0, imported: 0, moved: 0 };
  for (const kind of await dueNow(context, shop)) await runSearch(context, shop, kind, counts);
  const published =
    typeof publishing === 'string'
      ? publishing
      : await orCause(() => publishStock(context, shop, publishing));
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

const dueNow = async (context: ActivityContext, shop: Shop): Promise<SearchKind[]> => {
  const last = new Map<string, Date | undefined>();
  for (const { name } of SEARCHES) last.set(name, await readCursor(context.db, shop.shopId, name));
  return dueSearches(shop.settings, (name) => last.get(name), context.now());
};

/** Runs one search over its windows. Its cursor moves only after everything found was stored. */
const runSearch = async (
  context: ActivityContext,
  shop: Shop,
  kind: SearchKind,
  counts: Counts,
): Promise<void> => {
  const now = context.now();
  const from =
    kind.from === 'oldest_open'
      ? await oldestOpenOrder(context.db, shop.shopId)
      : startOf(kind, await readCursor(context.db, shop.shopId, kind.name), now);
  const pending = from === undefined ? [] : windowsOf(from, now);
  for (let window = pending.shift(); window !== undefined; window = pending.shift()) {
    const numbers = await searchWindow(context.gateway(shop.shopId), shop, kind, window);
    if (numbers === 'too_many') pending.unshift(...halves(window));
    else {
      counts.searched += numbers.length;
      await takeIn(context, shop, kind, numbers, counts);
      if (kind.from !== 'oldest_open') await moveCursor(context.db, shop.shopId, kind.name, window.end);
    }
  }
  if (kind.from === 'oldest_open') await moveCursor(context.db, shop.shopId, kind.name, now);
};

const halves = ({ start, end }: { start: Date; end: Date }): { start: Date; end: Date }[] => {
  const middle = new Date((start.getTime() + end.getTime()) / 2);
  return [
    { start, end: middle },
    { start: middle, end },
  ];
};

/** Searches rank below the work on orders; reading what they found is such work. */
const ORDER_WORK = { priority: 'order' } as const;

/** How often a window is searched anew when orders moved in or out of it while its pages were read. */
const RESEARCHES = 3;

/** All order numbers of one window, read page by page from the oldest, so that new ones do not shift the pages. */
const searchWindow = async (
  gateway: RmsGateway,
  shop: Shop,
  kind: SearchKind,
  window: { start: Date; end: Date },
): Promise<string[] | 'too_many'> => {
  const found = new Set<string>();
  for (let round = 0; round < RESEARCHES; round += 1) {
    const outcome = await readPages(gateway, shop, kind, window, found);
    if (outcome === 'too_many') return outcome;
    if (outcome === 'whole') break;
  }
  return [...found];
};

/** Reads the pages of a search once into `found`; `moved` when they shifted meanwhile, so that a number may be missing. */
const readPages = async (
  gateway: RmsGateway,
  shop: Shop,
  kind: SearchKind,
  window: { start: Date; end: Date },
  found: Set<string>,
): Promise<'whole' | 'moved' | 'too_many'> => {
  const totals = new Set<number>();
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const answer = await gateway.searchOrder({
      orderProgressList: kind.statuses(shop.settings),
      dateType: kind.dateType,
      ...window,
      page,
      pageSize: PAGE_SIZE,
      sort: 'asc',
    });
    if (answer.totalRecords > REACHABLE) return 'too_many';
    for (const number of answer.orderNumbers) found.add(number);
    totals.add(answer.totalRecords);
    pages = answer.totalPages;
  }
  return totals.size > 1 || found.size < Math.max(...totals) ? 'moved' : 'whole';
};

/** Reads and stores what is new or stands at another status than we last saw; one query tells for all numbers. */
const takeIn = async (
  context: ActivityContext,
  shop: Shop,
  kind: SearchKind,
  numbers: readonly string[],
  counts: Counts,
): Promise<void> => {
  const statuses = kind.statuses(shop.settings);
  const known = await knownOrders(context.db, shop.shopId, numbers);
  const importable =
    kind.name === 'new' ||
    statuses.some((status) => shop.settings.importStatuses.some((own) => own === status));
  const wanted = numbers.filter((number) => {
    const order = known.get(number);
    if (order === undefined) return importable;
    return !order.finished && !statuses.includes(order.rakutenStatus);
  });
  for (let at = 0; at < wanted.length; at += CHUNK) {
    const answers = await context.gateway(shop.shopId).getOrders(wanted.slice(at, at + CHUNK), ORDER_WORK);
    const pending = [...answers];
    for (let some = pending.splice(0, AT_ONCE); some.length > 0; some = pending.splice(0, AT_ONCE))
      await Promise.all(
        some.map(([orderNumber, answer]) =>
          storeAndWake(context, { shopId: shop.shopId, orderNumber }, answer),
        ),
      );
    const moved = [...answers.keys()].filter((number) => known.has(number)).length;
    counts.read += answers.size;
    counts.moved += moved;
    counts.imported += answers.size - moved;
  }
};

/**
 * Stores one order and wakes its workflow, both or neither. An order that cannot be read is kept all the same: its own
 * workflow reads it again and says why it stands, at its own pace, so it is not woken for the same answer once more.
 * What was sold is reserved at once, before stock is published.
 */
const storeAndWake = async (
  context: ActivityContext,
  ref: OrderRef,
  answer: GetOrderAnswer,
): Promise<void> => {
  const news = await context.db.transaction(async (tx) => {
    const taken = (await ensureOrder(tx, ref)) || (await reopenMissing(tx, ref));
    if (answer.kind === 'found') await storeAnswer(tx, context, ref, answer);
    else if (!taken) return false;
    await wakeOrders(tx, [ref]);
    return true;
  });
  if (news) await assess(context, ref);
};
