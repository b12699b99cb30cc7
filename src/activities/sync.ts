import type { OrderRef } from '../domain/order';
import { isClosedByRakuten, RAKUTEN_STATUS } from '../domain/order';
import { RmsError } from '../rms/errors';
import { earliestReach, searchAllOrders } from '../rms/order-search';
import type { GetOrderAnswer } from '../rms/orders';
import { moveCursor, readCursor } from '../store/cursors';
import { withLock } from '../store/locks';
import type { KnownOrder } from '../store/orders';
import { ensureOrder, knownOrders, oldestOpenOrder, reopenMissing, saveStatuses } from '../store/orders';
import { wakeOrders } from '../store/outbox';
import type { Shop } from '../store/shops';
import { findShop } from '../store/shops';
import { addLines } from '../store/timeline';
import { assess } from './assess';
import type { ActivityContext } from './context';
import { causeOf, type ParkCause } from './failures';
import { beginPublishing, publishStock } from './publish-stock';
import { storeAnswer } from './read-order';
import type { SearchKind } from './searches';
import { dueSearches, SEARCHES, startOf } from './searches';

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
  const fromOldest = kind.from === 'oldest_open';
  const from = fromOldest
    ? await oldestOpenOrder(context.db, shop.shopId)
    : startOf(kind, await readCursor(context.db, shop.shopId, kind.name), now);
  const gateway = context.gateway(shop.shopId);
  if (from !== undefined) {
    const windows = searchAllOrders((search) => gateway.searchOrder(search), {
      orderProgressList: kind.statuses(shop.settings),
      dateType: kind.dateType,
      start: latest(from, earliestReach(now)),
      end: now,
    });
    for await (const { orderNumbers, end } of windows) {
      counts.searched += orderNumbers.length;
      await takeIn(context, shop, kind, orderNumbers, counts);
      if (!fromOldest) await moveCursor(context.db, shop.shopId, kind.name, end);
    }
  }
  if (fromOldest) await moveCursor(context.db, shop.shopId, kind.name, now);
};

const latest = (a: Date, b: Date): Date => (a > b ? a : b);

/** Searches rank below the work on orders; reading what they found is such work. */
const ORDER_WORK = { priority: 'order' } as const;

/**
 * Takes in what is new, and what stands at another status than we last saw; one query tells for all numbers. Where the
 * search has said all that is to be known, the status alone is noted, and no order is read for it.
 */
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
  const told = wanted.filter((number) => needsNoReading(shop, statuses, known.get(number)));
  counts.moved += await noteStatus(context, shop.shopId, told, statuses[0]);
  await readAll(
    context,
    shop,
    wanted.filter((number) => !told.includes(number)),
    known,
    counts,
  );
};

/**
 * Whether a search has told all of a moved order that matters. An order at 300 is read at its ship gate anyway, if we
 * send its instruction; of one that is closed nothing is open any more once all its parcels were reported.
 */
const needsNoReading = (
  { settings }: Shop,
  statuses: readonly number[],
  order: KnownOrder | undefined,
): boolean => {
  if (order === undefined || !order.read) return false;
  if (statuses.every(isClosedByRakuten)) return order.stage === 'shipping_reported';
  const [status, ...others] = statuses;
  if (others.length > 0) return false;
  if (status === RAKUTEN_STATUS.processing) return true;
  return status === RAKUTEN_STATUS.awaitingShipment && settings.automaticShippingInstructions;
};

/** Notes that orders stand at another status, and wakes them, both or neither. @returns how many had moved */
const noteStatus = (
  context: ActivityContext,
  shopId: string,
  orderNumbers: readonly string[],
  status: number | undefined,
): Promise<number> =>
  status === undefined || orderNumbers.length === 0
    ? Promise.resolve(0)
    : context.db.transaction(async (tx) => {
        const moved = await saveStatuses(tx, shopId, orderNumbers, status);
        for (const { orderNumber, from } of moved)
          await addLines(tx, { shopId, orderNumber }, [
            { code: 'order.status_changed', params: { from, to: status }, actor: 'rakuten' },
          ]);
        await wakeOrders(
          tx,
          moved.map(({ orderNumber }) => ({ shopId, orderNumber })),
        );
        return moved.length;
      });

/** Reads and stores orders in batches, and wakes them. */
const readAll = async (
  context: ActivityContext,
  shop: Shop,
  wanted: readonly string[],
  known: ReadonlyMap<string, KnownOrder>,
  counts: Counts,
): Promise<void> => {
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
