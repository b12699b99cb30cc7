import { noteAsked, ordersToRead } from '../store/readings';
import type { Shop } from '../store/shops';
import type { ActivityContext } from './context';
import type { Counts } from './intake';
import { readAll } from './intake';

const MINUTE_MS = 60_000;
/** What buyers edit cannot be searched: every open order is read again once a day… */
const ANY_MS = 24 * 60 * MINUTE_MS;
/** …and while the warehouse has it, this often: a label may be printed at any moment. */
const WITH_WAREHOUSE_MS = 15 * MINUTE_MS;
/** One getOrder call reads so many. */
const BATCH = 100;

/**
 * Reads those orders again whose turn it is, the longest unread first, in at most one call. Only those of which
 * something changed are woken. @throws RmsError
 */
export const rereadOldest = async (context: ActivityContext, shop: Shop, counts: Counts): Promise<void> => {
  const now = context.now();
  const ago = (ms: number): Date => new Date(now.getTime() - ms);
  const due = { any: ago(ANY_MS), withWarehouse: ago(WITH_WAREHOUSE_MS) };
  const orderNumbers = await ordersToRead(context.db, shop.shopId, due, BATCH);
  if (orderNumbers.length === 0) return;
  await readAll(context, shop, orderNumbers, { urgency: { priority: 'background' } }, counts);
  // Also those that could not be read: they must not stand before the others for ever.
  await noteAsked(context.db, shop.shopId, orderNumbers, now);
};
