import { z } from 'zod';
import { RmsError, type RmsIssue } from './errors';
import { issuesOf, parseAnswer } from './parse';
import { requestDate, requireValid, textUpTo } from './request';
import { type ItemModel, type ItemResult, itemResult, itemSearchAnswer } from './schemas/item';
import { CONTENT_TYPE, type RmsConnection, send } from './transport';

const OPERATION = 'items.search';
/** The cursor that begins a walk through every hit. */
export const FIRST_CURSOR = '*';
/** Most pages of one walk: a million items, more than any shop lists. */
const MAX_PAGES = 10_000;

const part = (characters: number) => z.string().min(1).pipe(textUpTo(characters)).optional();
const flag = z.boolean().optional();
const day = requestDate.optional();

const filters = {
  title: part(255),
  manageNumber: part(32),
  itemNumber: part(32),
  articleNumber: part(30),
  /** 40 in old items. */
  variantId: part(40),
  merchantDefinedSkuId: part(96),
  genreId: z
    .string()
    .regex(/^\d{6}$/, 'expected six digits')
    .optional(),
  itemType: z.enum(['NORMAL', 'PRE_ORDER', 'BUYING_CLUB']).optional(),
  /** True: no SKU of the item has stock. */
  isItemStockout: flag,
  isVariantStockout: flag,
  isHiddenItem: flag,
  isHiddenVariant: flag,
  isSearchable: flag,
  isBackOrder: flag,
  isPostageIncluded: flag,
  isSubscription: flag,
  /** Days in JST, whole ones: "changed since" must go back to the beginning of a day. */
  createdFrom: day,
  createdTo: day,
  updatedFrom: day,
  updatedTo: day,
  /** 1–100; 10 when absent. */
  hits: z.number().int().min(1).max(100).optional(),
  isCategoryIncluded: flag,
  isReviewIncluded: flag,
  /** Lead times only, never the quantity. */
  isInventoryIncluded: flag,
};

const SORT_KEYS = [
  'updated',
  'created',
  'itemDisplaySequence',
  'manageNumber',
  'purchasablePeriodStart',
  'purchasablePeriodEnd',
  'pointCampaignStart',
  'pointCampaignEnd',
  'pointRate',
  'reviewCount',
  'reviewAverageRating',
] as const;

const isForward = (from: string | undefined, to: string | undefined): boolean =>
  from === undefined || to === undefined || from <= to;

const itemSearch = z
  .strictObject({
    ...filters,
    /** 0–10000; what lies behind is reached with cursorMark only. */
    offset: z.number().int().min(0).max(10_000).optional(),
    /** `*` for the first page, then the nextCursorMark of the page before. Excludes offset, sortKey and sortOrder. */
    cursorMark: z.string().min(1).optional(),
    /** `updated` when absent. */
    sortKey: z.enum(SORT_KEYS).optional(),
    /** `desc` when absent. */
    sortOrder: z.enum(['asc', 'desc']).optional(),
  })
  .refine(({ cursorMark, offset }) => cursorMark === undefined || offset === undefined, {
    path: ['offset'],
    error: 'cannot go with cursorMark',
  })
  .refine(
    ({ cursorMark, sortKey, sortOrder }) =>
      cursorMark === undefined || (sortKey === undefined && sortOrder === undefined),
    { path: ['sortKey'], error: 'cannot go with cursorMark, nor can sortOrder' },
  )
  .refine(({ createdFrom, createdTo }) => isForward(createdFrom, createdTo), {
    path: ['createdTo'],
    error: 'expected a day not before createdFrom',
  })
  .refine(({ updatedFrom, updatedTo }) => isForward(updatedFrom, updatedTo), {
    path: ['updatedTo'],
    error: 'expected a day not before updatedFrom',
  });

/**
 * A search for items under Rakuten's names (reference, item §4.1). Texts match in PART: filter with `exactItems`. What
 * was registered or deleted less than 24 hours ago may not show.
 */
export type ItemSearch = Readonly<z.input<typeof itemSearch>>;

/** A search whose paging is not the caller's. */
export type ItemQuery = Omit<ItemSearch, 'offset' | 'cursorMark' | 'sortKey' | 'sortOrder'>;

/** What of a search for items Rakuten would refuse; empty when it may be sent (reference §4.1). */
export const checkItemSearch = (search: ItemSearch): readonly RmsIssue[] => issuesOf(itemSearch, search);

/** One page of a search. */
export interface ItemSearchPage {
  /** Hits of the whole search. */
  readonly numFound: number;
  readonly results: readonly ItemResult[];
  /** Results that are not as documented, each by itself. */
  readonly malformed: readonly RmsError[];
  /** The numbers of those, in lower case, where they have one. */
  readonly malformedNumbers: readonly string[];
  /** The next page's cursorMark; the last page repeats the one that was sent. Only where one was sent. */
  readonly nextCursorMark: string | undefined;
}

function readResult(raw: unknown): ItemResult | RmsError {
  try {
    return parseAnswer(itemResult, raw, { operation: OPERATION, effect: 'read' });
  } catch (error) {
    if (error instanceof RmsError) return error;
    throw error;
  }
}

/** The number that a result has even where nothing else of it can be read. */
const itsNumber = z.looseObject({ item: z.looseObject({ manageNumber: z.string() }) });

const wireSearch = (search: ItemSearch): Record<string, string> =>
  Object.fromEntries(
    Object.entries(search)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, String(value)]),
  );

/**
 * items.search (reference §4.1), one page. Works without the paid 商品一括編集.
 * @throws RmsError
 */
export async function searchItems(connection: RmsConnection, search: ItemSearch): Promise<ItemSearchPage> {
  requireValid(OPERATION, checkItemSearch(search));
  const json = await send(connection, {
    operation: OPERATION,
    effect: 'read',
    method: 'GET',
    path: '/es/2.0/items/search',
    query: wireSearch(search),
    contentType: CONTENT_TYPE.inventory,
  });
  const answer = parseAnswer(itemSearchAnswer, json, { operation: OPERATION, effect: 'read' });
  const read = answer.results.map(readResult);
  const unread = answer.results.filter((_, index) => read[index] instanceof RmsError);
  return {
    numFound: answer.numFound,
    malformedNumbers: unread.flatMap((raw) => {
      const { data } = itsNumber.safeParse(raw);
      return data === undefined ? [] : [data.item.manageNumber.toLowerCase()];
    }),
    results: read.flatMap((result) => (result instanceof RmsError ? [] : [result])),
    malformed: read.flatMap((result) => (result instanceof RmsError ? [result] : [])),
    nextCursorMark: answer.nextCursorMark ?? undefined,
  };
}

const broken = (message: string): RmsError =>
  new RmsError({ kind: 'malformed', operation: OPERATION, issues: [{ path: 'nextCursorMark', message }] });

/**
 * Every page of a search by cursor, one call of `searchPage` a page, until the cursor repeats the one that was sent. An
 * item may come twice when the index moves meanwhile.
 * @param from the cursor at which a walk that was interrupted goes on
 * @throws RmsError of `searchPage`; `malformed` when the cursor is missing or leads in a circle
 */
export async function* searchAllItems(
  searchPage: (search: ItemSearch) => Promise<ItemSearchPage>,
  query: ItemQuery,
  from = FIRST_CURSOR,
): AsyncGenerator<ItemSearchPage, void> {
  const sent = new Set<string>();
  let cursorMark = from;
  while (sent.size < MAX_PAGES) {
    sent.add(cursorMark);
    const page = await searchPage({ hits: 100, ...query, cursorMark });
    yield page;
    const next = page.nextCursorMark;
    if (next === cursorMark) return;
    if (next === undefined) throw broken('is missing, so the pages that follow cannot be read');
    if (sent.has(next)) throw broken('leads back to a page that was read already');
    cursorMark = next;
  }
  throw broken(`does not end after ${MAX_PAGES} pages`);
}

/** What an item, and one and the same SKU of it, must be exactly. */
export interface ExactItem {
  /** Compared in lower case, as Rakuten keeps it. */
  readonly manageNumber?: string;
  readonly itemNumber?: string;
  readonly variantId?: string;
  readonly merchantDefinedSkuId?: string;
  readonly articleNumber?: string;
}

/** An item that fits, and those of its SKUs that do. */
export interface ExactMatch {
  readonly item: ItemModel;
  readonly variantIds: readonly string[];
}

const fits = (wanted: string | undefined, found: string | null | undefined): boolean =>
  wanted === undefined || wanted === found;

/**
 * The items of a search that are exactly what was wanted, since Rakuten matches in part. A deleted item that is still
 * listed has no SKU and fits nothing.
 */
export function exactItems(items: readonly ItemModel[], wanted: ExactItem): readonly ExactMatch[] {
  return items
    .filter(
      (item) =>
        fits(wanted.manageNumber?.toLowerCase(), item.manageNumber.toLowerCase()) &&
        fits(wanted.itemNumber, item.itemNumber),
    )
    .map((item) => ({
      item,
      variantIds: Object.entries(item.variants ?? {})
        .filter(
          ([variantId, variant]) =>
            fits(wanted.variantId, variantId) &&
            fits(wanted.merchantDefinedSkuId, variant.merchantDefinedSkuId) &&
            fits(wanted.articleNumber, variant.articleNumber?.value),
        )
        .map(([variantId]) => variantId),
    }))
    .filter(({ variantIds }) => variantIds.length > 0);
}
