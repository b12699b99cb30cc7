import { type InventoryError, inventoryErrors } from './inventory-fields';
import { itemBody } from './item-body';
import { FILTERS, type IndexedItem, SHAPES, type Test, UNKNOWN_PARAMETER } from './item-search-fields';
import { readItems } from './items';
import { isoDatetime } from './japan-time';
import type { Fields } from './json';
import type { Answer, Handler, RmsCall } from './rms-call';
import { findStock, pairKey, type StockRecord } from './stock';

const DEFAULT_HITS = 10;
const FIRST_CURSOR = '*';

/**
 * items.search (item reference §4.1): items that match all parameters, newest change first, ten at a time. The index
 * notices registrations and deletions as late as the settings say; a deleted item that it still lists is a mere number.
 */
export const searchItems: Handler = async (call) => {
  const { query } = call;
  const errors: InventoryError[] = [];
  const tests: Test[] = [];
  for (const [name, value] of query) {
    const read = (FILTERS[name] ?? SHAPES[name])?.(name, value);
    if (FILTERS[name] === undefined && SHAPES[name] === undefined) errors.push(UNKNOWN_PARAMETER);
    else if (typeof read === 'function' && FILTERS[name] !== undefined) tests.push(read);
    else if (typeof read === 'object') errors.push(read);
  }
  errors.push(...cursorErrors(query));
  if (errors.length > 0) return inventoryErrors(400, errors);
  const { indexed, records } = await readIndex(call);
  const found = indexed.filter((item) => tests.every((test) => test(item)));
  return query.has('cursorMark') ? byCursor(call, found, records) : byOffset(call, found, records);
};

/** IE1003, IE1004, and a cursor that this search never gave. */
const cursorErrors = (query: URLSearchParams): InventoryError[] => {
  const cursor = query.get('cursorMark');
  if (cursor === null) return [];
  const alone: InventoryError[] = query.has('offset')
    ? [{ code: 'IE1003', message: 'Only one of offset and cursorMark can be registered.' }]
    : [];
  const unsorted = ['sortKey', 'sortOrder']
    .filter((name) => query.has(name))
    .map((name) => ({
      code: 'IE1004',
      message: `When cursorMark is set, ${name} cannot be registered.`,
    }));
  const known = cursor === FIRST_CURSOR || readCursor(cursor) !== undefined;
  return [...alone, ...unsorted, ...(known ? [] : [UNKNOWN_PARAMETER])];
};

/** What the index knows by now: no item before the lag has passed, and deleted ones until it has. */
const readIndex = async ({ db, shop, now, settings }: RmsCall) => {
  const noticed = new Date(now.getTime() - settings.itemIndexLagSeconds * 1000);
  const stock = await findStock(db, 'shop_code = $1', [shop.shopCode], 1_000_000);
  const quantities = new Map(stock.map((record) => [pairKey(record), record.quantity]));
  const stored = (await readItems(db, shop.shopCode, null)).filter(
    ({ created, deleted }) => created <= noticed && (deleted === null || deleted > noticed),
  );
  return {
    indexed: stored.map((item): IndexedItem => ({ stored: item, body: itemBody(item, shop), quantities })),
    records: new Map(stock.map((record) => [pairKey(record), record])),
  };
};

type Records = ReadonlyMap<string, StockRecord>;

const hitsOf = (query: URLSearchParams): number => Number(query.get('hits') ?? DEFAULT_HITS);

const byOffset = ({ query }: RmsCall, found: readonly IndexedItem[], records: Records): Answer => {
  const offset = Number(query.get('offset') ?? 0);
  const sorted = sort(found, query.get('sortKey') ?? 'updated', query.get('sortOrder') ?? 'desc');
  const results = sorted.slice(offset, offset + hitsOf(query)).map((item) => shown(item, query, records));
  return { status: 200, body: { numFound: found.length, offset, results } };
};

const sort = (found: readonly IndexedItem[], key: string, order: string): IndexedItem[] => {
  const by = ({ stored }: IndexedItem): string | number => {
    if (key === 'manageNumber') return stored.manageNumber;
    return (key === 'created' ? stored.created : stored.updated).getTime();
  };
  const direction = order === 'asc' ? 1 : -1;
  // Items come by manageNumber, and sorting keeps that among equals.
  return [...found].sort((a, b) => (by(a) < by(b) ? -direction : by(a) > by(b) ? direction : 0));
};

/** A cursor goes by manageNumber, so that no row is met twice whatever changes meanwhile; its end is a mark that comes back. */
const byCursor = ({ query }: RmsCall, found: readonly IndexedItem[], records: Records): Answer => {
  const mark = query.get('cursorMark') ?? FIRST_CURSOR;
  const after = readCursor(mark);
  const page = found
    .filter(({ stored }) => after === undefined || stored.manageNumber > after)
    .slice(0, hitsOf(query));
  const last = page.at(-1)?.stored.manageNumber;
  const nextCursorMark = last === undefined ? mark : Buffer.from(`after ${last}`).toString('base64url');
  const results = page.map((item) => shown(item, query, records));
  return { status: 200, body: { numFound: found.length, offset: 0, nextCursorMark, results } };
};

const readCursor = (mark: string): string | undefined =>
  /^after (.+)$/.exec(Buffer.from(mark, 'base64url').toString('utf8'))?.[1];

const shown = ({ stored, body }: IndexedItem, query: URLSearchParams, records: Records): Fields => {
  if (stored.deleted !== null) return { item: { manageNumber: stored.manageNumber } };
  const wants = (name: string): boolean => query.get(name) === 'true';
  const leadTimes = wants('isInventoryIncluded') ? leadTimesOf(stored.skus, records) : {};
  return {
    item: body,
    ...(wants('isCategoryIncluded') ? { category: { categoryIds: [] } } : {}),
    ...(wants('isReviewIncluded') ? { review: { count: 0, averageRating: 0 } } : {}),
    ...(Object.keys(leadTimes).length > 0
      ? { inventory: { manageNumber: stored.manageNumber, variants: leadTimes } }
      : {}),
  };
};

/** Lead times and ship-from of the SKUs that have any set, never a quantity (§4.1); the shape around them is a guess. */
const leadTimesOf = (skus: IndexedItem['stored']['skus'], records: Records): Record<string, Fields> =>
  Object.fromEntries(
    skus.flatMap((sku) => {
      const record = records.get(pairKey(sku));
      if (record === undefined || (record.leadTime === null && record.shipFromIds === null)) return [];
      const { leadTime, shipFromIds, created, updated } = record;
      return [
        [
          sku.variantId,
          {
            ...(leadTime === null ? {} : { operationLeadTime: leadTime }),
            ...(shipFromIds === null ? {} : { shipFromIds }),
            created: isoDatetime(created),
            updated: isoDatetime(updated),
          },
        ],
      ];
    }),
  );
