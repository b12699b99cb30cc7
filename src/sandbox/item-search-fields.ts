import type { InventoryError } from './inventory-fields';
import type { StoredItem } from './items';
import { isDate } from './japan-time';
import type { Fields } from './json';
import { type Pair, pairKey } from './stock';

/** An item as the index holds it: with its body as it is answered and the units in stock by SKU. */
export interface IndexedItem {
  readonly stored: StoredItem;
  readonly body: Fields;
  readonly quantities: ReadonlyMap<string, number>;
}

/** Whether an item belongs to the result. */
export type Test = (item: IndexedItem) => boolean;

/** How one parameter is read: a test, an error, or undefined where it does not narrow. */
type Reader = (name: string, value: string) => Test | InventoryError | undefined;

const badRequest = (): InventoryError => ({ code: 'IE1005', message: 'Invalid request parameter.' });
const badChoice = (name: string): InventoryError => ({
  code: 'IE0007',
  message: `Invalid choice selected for ${name}.`,
});
/** IE0003: a number out of its range. */
const outOfRange = (name: string, min: number, max: number): InventoryError => ({
  code: 'IE0003',
  message: `${name} must be between ${min} and ${max}.`,
});

/** Reads a whole number within bounds; gives the error when it is none. */
const readNumber = (name: string, value: string, min: number, max: number): number | InventoryError => {
  if (!/^-?\d{1,10}$/.test(value)) return badRequest();
  const number = Number(value);
  return number < min || number > max ? outOfRange(name, min, max) : number;
};

const text =
  (of: (item: IndexedItem) => readonly (string | null | undefined)[]): Reader =>
  (_name, value) =>
  (item) =>
    of(item).some((one) => one?.includes(value) === true);

const exact =
  (of: (item: IndexedItem) => unknown, pattern: RegExp): Reader =>
  (_name, value) =>
    pattern.test(value) ? (item) => of(item) === value : badRequest();

const choice =
  (allowed: readonly string[], of?: (item: IndexedItem) => unknown): Reader =>
  (name, value) => {
    if (!allowed.includes(value)) return badChoice(name);
    return of === undefined ? undefined : (item) => of(item) === value;
  };

/** A flag; `of` undefined: no item of the sandbox has what it asks for. */
const flag =
  (of: Test = () => false): Reader =>
  (name, value) =>
    value === 'true' || value === 'false' ? (item) => of(item) === (value === 'true') : badChoice(name);

const number =
  (min: number, max: number, test: (item: IndexedItem, value: number) => boolean): Reader =>
  (name, value) => {
    const read = readNumber(name, value, min, max);
    return typeof read === 'number' ? (item) => test(item, read) : read;
  };

const price = (test: (price: number, bound: number) => boolean): Reader =>
  number(0, 999_999_999, ({ stored }, bound) => stored.skus.some((sku) => test(sku.price, bound)));

/** Days are JST and whole: from their first to their last millisecond (item reference §4.1). */
const day =
  (of: (item: IndexedItem) => Date | undefined, side: 'from' | 'to'): Reader =>
  (_name, value) => {
    if (!isDate(value)) return badRequest();
    const time = side === 'from' ? '00:00:00.000' : '23:59:59.999';
    const bound = new Date(`${value}T${time}+09:00`);
    return (item) => {
      const at = of(item);
      return at !== undefined && (side === 'from' ? at >= bound : at <= bound);
    };
  };

const units = ({ quantities }: IndexedItem, pair: Pair): number => quantities.get(pairKey(pair)) ?? 0;
const isOut = (item: IndexedItem): boolean => item.stored.skus.every((sku) => units(item, sku) === 0);
const hasOut = (item: IndexedItem): boolean => item.stored.skus.some((sku) => units(item, sku) === 0);
const ITEM_TYPES = ['NORMAL', 'PRE_ORDER', 'BUYING_CLUB', 'SUBSCRIPTION'];
const created = ({ stored }: IndexedItem): Date => stored.created;
const updated = ({ stored }: IndexedItem): Date => stored.updated;
const never = (): undefined => undefined;

/** The orders of results (item reference §4.1); those by what no item has here leave the default. */
const SORT_KEYS: readonly string[] = [
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
];

/** The parameters that narrow (item reference §4.1). All texts match in part. */
export const FILTERS: Readonly<Record<string, Reader>> = {
  title: text(({ body }) => [String(body.title)]),
  tagline: text(({ stored }) => [stored.fields.tagline]),
  manageNumber: (name, value) => text(({ stored }) => [stored.manageNumber])(name, value.toLowerCase()),
  itemNumber: text(({ body }) => [typeof body.itemNumber === 'string' ? body.itemNumber : null]),
  articleNumber: text(() => []),
  variantId: text(({ stored }) => stored.skus.map((sku) => sku.variantId)),
  merchantDefinedSkuId: text(({ stored }) => stored.skus.map((sku) => sku.merchantDefinedSkuId)),
  genreId: exact(({ body }) => body.genreId, /^\d{6}$/),
  itemType: choice(ITEM_TYPES, ({ body }) => body.itemType),
  standardPriceFrom: price((one, bound) => one >= bound),
  standardPriceTo: price((one, bound) => one <= bound),
  basePriceFrom: number(0, 999_999_999, () => false),
  basePriceTo: number(0, 999_999_999, () => false),
  isItemStockout: flag(isOut),
  isVariantStockout: flag(hasOut),
  isHiddenItem: flag(({ body }) => body.hideItem === true),
  isHiddenVariant: flag(),
  isSearchable: flag(() => true),
  isYamiichi: flag(),
  isOptimizedPoint: flag(),
  isBackOrder: flag(),
  isPostageIncluded: flag(),
  isSubscription: flag(),
  pointRate: number(1, 20, () => false),
  maxPointRate: number(5, 20, () => false),
  categoryId: exact(never, /^\d+$/),
  createdFrom: day(created, 'from'),
  createdTo: day(created, 'to'),
  updatedFrom: day(updated, 'from'),
  updatedTo: day(updated, 'to'),
  purchasablePeriodFrom: day(never, 'from'),
  purchasablePeriodTo: day(never, 'to'),
  pointApplicablePeriodFrom: day(never, 'from'),
  pointApplicablePeriodTo: day(never, 'to'),
};

/** The parameters that shape the answer without narrowing it, each only checked here. */
export const SHAPES: Readonly<Record<string, Reader>> = {
  sortKey: choice(SORT_KEYS),
  sortOrder: choice(['asc', 'desc']),
  hits: number(1, 100, () => true),
  offset: number(0, 10_000, () => true),
  cursorMark: (_name, value) => (value === '' ? badRequest() : undefined),
  isCategoryIncluded: flag(),
  isReviewIncluded: flag(),
  isInventoryIncluded: flag(),
};

/** The error about a parameter that does not exist. */
export const UNKNOWN_PARAMETER = badRequest();
