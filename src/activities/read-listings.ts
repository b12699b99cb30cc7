import { cancellationSignal, log } from '@temporalio/activity';
import { RmsError } from '../rms/errors';
import { FIRST_CURSOR, type ItemSearchPage, searchAllItems } from '../rms/item-search';
import { applySuggestions } from '../store/apply-suggestions';
import type { ListingRead } from '../store/listing-reads';
import {
  endListingRead,
  findListingRead,
  noteListingReadFailure,
  restartListingRead,
} from '../store/listing-reads';
import { type Listing, saveListingPage } from '../store/listings';
import { findShop } from '../store/shops';
import type { ActivityContext } from './context';
import type { ParkCause } from './failures';
import { listingsOf } from './listing-rows';

/** By whom links are said to be made that a reading makes by itself. */
const AUTOMATIC = 'automatic';

/** What a reading of listings is started with. */
export interface ListingsInput {
  readonly shopId: string;
  readonly readId: string;
}

/** How a reading ended. */
export interface ListingsResult {
  readonly state: ListingRead['state'];
}

/** The activities of a reading of listings. */
export const listingActivities = (context: ActivityContext) => ({
  /**
   * Reads every item of a shop, from the page where the last attempt stopped. A page and how far it has come are stored
   * together. It ends early once the reading was cancelled. @throws RmsError
   */
  readAllListings: async ({ shopId, readId }: ListingsInput): Promise<ListingsResult> => {
    const read = await findListingRead(context.db, readId);
    if (read === undefined || read.state !== 'running') return resultOf(read);
    const shop = await findShop(context.db, shopId);
    if (shop === undefined || shop.retiredAt !== null)
      return resultOf(await endListingRead(context.db, readId, 'failed', 'shop_retired'));
    await goOn(context, read);
    return resultOf(await findListingRead(context.db, readId));
  },

  /** After a complete reading, where the shop wants it: makes the links that are certain. */
  linkCertain: async ({ shopId }: ListingsInput): Promise<{ readonly linked: number }> => {
    const shop = await findShop(context.db, shopId);
    if (shop === undefined || shop.retiredAt !== null || !shop.settings.automaticSkuLinks)
      return { linked: 0 };
    const wanted = { atLeast: 'certain', linkedBy: AUTOMATIC, dryRun: false } as const;
    const { count } = await applySuggestions(context.db, shop, wanted, cancellationSignal());
    return { linked: count };
  },

  /** Writes down why a reading waits. Runs as a local activity. */
  noteListingsWait: ({ readId }: ListingsInput, cause: ParkCause): Promise<void> =>
    noteListingReadFailure(context.db, readId, cause),

  /** Ends a reading that does not end by itself. Runs as a local activity. */
  finishListings: async (
    { readId }: ListingsInput,
    state: 'failed' | 'cancelled',
    cause: ParkCause | null = null,
  ): Promise<ListingsResult> => resultOf(await endListingRead(context.db, readId, state, cause)),
});

/** What the workflow of a reading can call. */
export type ListingActivities = ReturnType<typeof listingActivities>;

/** A reading that is gone can only have been removed by hand: nothing is to be done for it. */
const resultOf = (read: ListingRead | undefined): ListingsResult => ({ state: read?.state ?? 'cancelled' });

/** Goes on at the stored page. A cursor that Rakuten does not take any more is given up, and all is read anew. */
const goOn = async (context: ActivityContext, read: ListingRead): Promise<void> => {
  const { cursorMark, readId } = read;
  if (cursorMark !== null) {
    const came = { pages: 0 };
    try {
      return await readPages(context, read, cursorMark, came);
    } catch (error) {
      if (came.pages > 0 || !(error instanceof RmsError) || !REFUSALS.includes(error.kind)) throw error;
    }
  }
  await restartListingRead(context.db, readId);
  await readPages(context, read, FIRST_CURSOR, { pages: 0 });
};

const REFUSALS: readonly RmsError['kind'][] = ['refused', 'invalid_request', 'malformed'];

const readPages = async (
  context: ActivityContext,
  { shopId, readId }: ListingRead,
  from: string,
  came: { pages: number },
): Promise<void> => {
  const urgency = { priority: 'background', signal: cancellationSignal() } as const;
  const { searchItems } = context.gateway(shopId);
  let sent = from;
  for await (const page of searchAllItems((search) => searchItems(search, urgency), {}, from)) {
    if (page.malformed.length > 0)
      log.warn('items could not be read', { shopId, manageNumbers: page.malformedNumbers });
    const saved = await saveListingPage(context.db, {
      ...{ readId, shopId, ...contentOf(page), now: context.now() },
      cursorMark: page.nextCursorMark ?? null,
      last: page.nextCursorMark === sent,
    });
    came.pages += 1;
    if (!saved) return;
    sent = page.nextCursorMark ?? sent;
  }
};

const contentOf = ({ results, malformed, malformedNumbers, numFound }: ItemSearchPage) => {
  const items = new Map(results.map(({ item }) => [item.manageNumber.toLowerCase(), item]));
  const rows: Listing[] = [...items.values()].flatMap(listingsOf);
  return {
    rows,
    items: [...items.keys()],
    unread: malformedNumbers,
    malformed: malformed.length,
    expected: numFound,
  };
};
