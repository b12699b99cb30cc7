import { createHash } from 'node:crypto';
import { jstDay, startOfJstDay } from '../domain/jst';
import { RAKUTEN_STATUS } from '../domain/order';
import type { ShopSettings } from '../domain/settings';
import { earliestReach, searchAllOrders } from '../rms/order-search';
import { saveDailyCount } from '../store/daily-counts';
import { knownOrders } from '../store/orders';
import type { Shop } from '../store/shops';
import type { BackgroundJob } from './background';
import type { ActivityContext } from './context';
import type { Counts } from './intake';
import { readAll } from './intake';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Shops count within so many hours after midnight in Japan, each at its own moment. */
const SPREAD_MS = 6 * HOUR_MS;
/** Orders newer than this are left to the search for new ones, which comes to them in its own time. */
const NEWEST_MS = 10 * 60_000;

/** The moment of a shop's day at which it is counted, in milliseconds after midnight. */
const momentOf = (shopId: string): number =>
  createHash('sha256').update(shopId).digest().readUInt32BE() % SPREAD_MS;

/** The latest moment until now at which a shop was to be counted. */
const lastMoment = (shopId: string, now: Date): number => {
  const today = startOfJstDay(jstDay(now)).getTime() + momentOf(shopId);
  return today > now.getTime() ? today - DAY_MS : today;
};

/** How late the count of a day is: an hour makes it more urgent than a sweep. The moment when a shop is first synchronised counts as one, since all is new then. */
export const countLateness =
  (shopId: string): BackgroundJob['lateness'] =>
  (last, now) => {
    const moment = lastMoment(shopId, now);
    if (last === undefined) return Number.POSITIVE_INFINITY;
    return last.getTime() < moment ? 1 + (now.getTime() - moment) / HOUR_MS : 0;
  };

/** What a shop takes in, and what it must have seen when it publishes stock. */
const countedStatuses = ({ importStatuses, stockSync }: ShopSettings): number[] => {
  const { awaitingConfirmation, processing, awaitingShipment, changePending } = RAKUTEN_STATUS;
  const sold = [awaitingConfirmation, processing, awaitingShipment, changePending];
  return [...new Set([...importStatuses, ...(stockSync === 'off' ? [] : sold)])].sort();
};

/**
 * Compares every number that Rakuten shows of the past two years with what we have, and takes in what is missing. The
 * count is stored before that, so that what was missing is known even when it cannot be read now. @throws RmsError
 */
export const countDay = async (context: ActivityContext, shop: Shop, counts: Counts): Promise<void> => {
  const now = context.now();
  const { theirs, missing } = await compare(context, shop, now);
  const day = jstDay(now);
  const ours = theirs - missing.length;
  await saveDailyCount(context.db, { shopId: shop.shopId, day, theirs, ours, missing, countedAt: now });
  const reading = {
    urgency: { priority: 'order' },
    lines: [{ code: 'order.found_by_count', params: { day } }],
  } as const;
  await readAll(context, shop, missing, reading, counts);
};

const compare = async (
  context: ActivityContext,
  shop: Shop,
  now: Date,
): Promise<{ theirs: number; missing: string[] }> => {
  const gateway = context.gateway(shop.shopId);
  const windows = searchAllOrders((search) => gateway.searchOrder(search), {
    orderProgressList: countedStatuses(shop.settings),
    dateType: 'ordered',
    start: earliestReach(now),
    end: new Date(now.getTime() - NEWEST_MS),
  });
  let theirs = 0;
  const suspects: string[] = [];
  for await (const { orderNumbers } of windows) {
    theirs += orderNumbers.length;
    suspects.push(...(await unknownAmong(context, shop.shopId, orderNumbers)));
  }
  // Whoever else takes orders in may have done so while the other windows were searched.
  return { theirs, missing: await unknownAmong(context, shop.shopId, suspects) };
};

/** An order that was asked for here before Rakuten had it is unknown as well. */
const unknownAmong = async (
  { db }: ActivityContext,
  shopId: string,
  orderNumbers: readonly string[],
): Promise<string[]> => {
  const known = await knownOrders(db, shopId, orderNumbers);
  return orderNumbers.filter((number) => (known.get(number)?.stage ?? 'not_found') === 'not_found');
};
