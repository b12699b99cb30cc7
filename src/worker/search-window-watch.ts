import { takeBack, warn } from '../activities/announce-warning';
import { NEW_ORDERS } from '../activities/searches';
import { spentSearchRoom, type WarningCode } from '../domain/warnings';
import { readCursors } from '../store/cursors';
import type { Database } from '../store/database';
import { oldestOpenOrder } from '../store/orders';
import { listWarnings, type ShopWarning } from '../store/shop-warnings';
import { listShops, type Shop } from '../store/shops';

const WARNING: WarningCode = 'search_window_spent';

/**
 * Looks whether the room that Rakuten gives searches is nearly used up, for every shop, whether its searches come
 * through or not: warns, and takes the warning back when it is over.
 */
export const watchSearchWindows = async (db: Database, now: Date): Promise<void> => {
  const warnings = await listWarnings(db);
  for (const shop of await listShops(db)) {
    const open = warnings.find(({ shopId, code }) => shopId === shop.shopId && code === WARNING);
    await watchShop(db, shop, open, now);
  }
};

const watchShop = async (
  db: Database,
  { shopId, settings, retiredAt }: Shop,
  open: ShopWarning | undefined,
  now: Date,
): Promise<void> => {
  const isSearched = retiredAt === null && settings.automaticOrderIntegration;
  const cursors = await readCursors(db, shopId);
  const until = cursors.get(NEW_ORDERS.name);
  const room = isSearched
    ? spentSearchRoom({ until, oldestOpen: await oldestOpenOrder(db, shopId) }, now)
    : undefined;
  if (room !== undefined) return warn(db, { shopId, code: WARNING, params: { ...room } });
  if (open === undefined || (isSearched && isStillTooFull(open, cursors))) return;
  await takeBack(db, shopId, WARNING);
};

/** A search that was too full says so itself, and has not come through since. */
const isStillTooFull = (
  { params: { windowReason, search }, lastSeenAt }: ShopWarning,
  cursors: ReadonlyMap<string, Date>,
): boolean => {
  const until = cursors.get(String(search));
  return windowReason === 'rows' && (until === undefined || until <= lastSeenAt);
};
