import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { ListingActivities } from '../activities/read-listings';
import { shopTaskQueue } from '../temporal/ids';
import { AT_RAKUTEN, lasting, NOTES } from './lasting';
import type { ListingsInput, ListingsResult } from './messages';

/** A day later the next reading is due, so this one need not wait longer. */
const PATIENCE_MS = 24 * 3_600_000;

const { noteListingsWait, finishListings } = proxyLocalActivities<ListingActivities>(NOTES);

const withShop = ({ shopId }: ListingsInput) =>
  proxyActivities<ListingActivities>({
    taskQueue: shopTaskQueue(shopId),
    startToCloseTimeout: '6 hours',
    scheduleToCloseTimeout: '1 day',
    ...AT_RAKUTEN,
    summary: '商品一覧の読込 / read what is listed',
  });

/**
 * Reads what Rakuten lists in a shop, and then makes the links that are certain, where the shop wants that. A key that
 * may not read items ends it at once: a person has to act, and the next day's reading tries again.
 */
export const readListings = (input: ListingsInput): Promise<ListingsResult> => {
  const { readAllListings, linkCertain } = withShop(input);
  return lasting<ListingsResult>({
    attempt: async () => {
      const result = await readAllListings(input);
      if (result.state === 'done') await linkCertain(input);
      return result;
    },
    note: (cause) => noteListingsWait(input, cause),
    end: (state, cause) => finishListings(input, state, cause),
    patienceMs: PATIENCE_MS,
    hopeless: ['key_refused', 'function_not_ticked', 'rakuten_refused'],
  });
};
