import { z } from 'zod';
import { isWireDatetime, parseWireDatetime } from '../wire-time';
import { lenientCode, lenientNumber, wireDate } from './wire';

/**
 * The item of item API 2.0 (reference, item §4.2). Fields that are not set are absent, fields we do not know pass.
 * Official samples contradict the field table, so numbers may come as strings, lists of one as the one itself, and
 * codes as numbers.
 */

const text = z.string().nullish();
const flag = z.boolean().nullish();
const number = lenientNumber.nullish();
const code = lenientCode.nullish();

/** A list; one entry may come without its list. */
const listOf = <Entry extends z.ZodType>(entry: Entry) =>
  z.preprocess(
    (value) => (value == null || Array.isArray(value) ? value : [value]),
    z.array(entry).nullish(),
  );

/** Yen. Live answers give a string; samples also a number and `6,220`. */
const price = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d+(,\d{3})*(\.\d+)?$/, 'expected an amount')
      .transform((digits) => Number(digits.replaceAll(',', ''))),
  ])
  .nullish();

const UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;
const isUtc = (value: string): boolean => UTC.test(value) && !Number.isNaN(Date.parse(value));

/** An instant: JST by the table, UTC with `Z` in samples of items.search. */
const instant = z
  .string()
  .refine((value) => isWireDatetime(value) || isUtc(value), 'expected YYYY-MM-DDThh:mm:ss+09:00')
  .transform((value) => (isUtc(value) ? new Date(value) : parseWireDatetime(value)))
  .nullish();

const customizationOption = z.looseObject({
  displayName: text,
  inputType: text,
  required: flag,
  selections: listOf(z.looseObject({ displayValue: text })),
});

const variantSelector = z.looseObject({
  key: text,
  displayName: text,
  values: listOf(z.looseObject({ displayValue: text })),
});

const shipping = z.looseObject({
  fee: price,
  postageIncluded: flag,
  shopAreaSoryoPatternId: number,
  /** A deliverySetId; absent where Rakuten chooses. */
  shippingMethodGroup: code,
  postageSegment: z.looseObject({ local: number, overseas: number }).nullish(),
  overseasDeliveryId: number,
  singleItemShipping: number,
  okihaiSetting: flag,
});

const variantModel = z.looseObject({
  merchantDefinedSkuId: text,
  selectorValues: z.record(z.string(), z.string()).nullish(),
  standardPrice: price,
  subscriptionPrice: z
    .looseObject({
      basePrice: price,
      individualPrices: z.looseObject({ firstPrice: price }).nullish(),
    })
    .nullish(),
  articleNumber: z.looseObject({ value: code, exemptionReason: number }).nullish(),
  articleNumberForSet: listOf(lenientCode),
  hidden: flag,
  restockOnCancel: flag,
  backOrderFlag: flag,
  /** A delvdateNumber of the Shop API, not a lead time of the inventory API. */
  normalDeliveryDateId: number,
  backOrderDeliveryDateId: number,
  orderQuantityLimit: number,
  shipping: shipping.nullish(),
  specs: listOf(z.looseObject({ label: text, value: text })),
  attributes: listOf(z.looseObject({ name: text, values: listOf(lenientCode), unit: text })),
});

const itemFields = {
  itemNumber: text,
  title: text,
  tagline: text,
  itemType: text,
  genreId: code,
  tags: listOf(z.number()),
  hideItem: flag,
  unlimitedInventoryFlag: flag,
  customizationOptions: listOf(customizationOption),
  releaseDate: wireDate.nullish(),
  purchasablePeriod: z.looseObject({ start: instant, end: instant }).nullish(),
  features: z
    .looseObject({
      searchVisibility: text,
      inventoryDisplay: text,
      lowStockThreshold: number,
      socialGiftFlag: flag,
    })
    .nullish(),
  payment: z.looseObject({ taxIncluded: flag, taxRate: number, cashOnDeliveryFeeIncluded: flag }).nullish(),
  variantSelectors: listOf(variantSelector),
  /** By variantId. Absent where a deleted item is still listed: then there is a manageNumber and nothing else. */
  variants: z.record(z.string(), variantModel).nullish(),
  created: instant,
  updated: instant,
};

/** An item, its prices and rates as numbers and its times as instants. */
export const itemModel = z.looseObject({ manageNumber: z.string(), ...itemFields });
export type ItemModel = z.infer<typeof itemModel>;

/** Answer of items.get: the bare item, which official samples also show without its manageNumber. */
export const itemAnswer = z.looseObject({ manageNumber: text, ...itemFields });

/** Answer of items.bulk.get with its items still unread: each is parsed by itself so that one bad item fails alone. */
export const itemsAnswer = z.looseObject({ results: z.array(z.unknown()) });

/** Lead times of one SKU; absent where Rakuten chooses. The quantity is never there. */
const variantSettings = z.looseObject({
  operationLeadTime: z
    .looseObject({ normalDeliveryTimeId: number, backOrderDeliveryTimeId: number })
    .nullish(),
  shipFromIds: listOf(z.number()),
});

/** One result of items.search. `category` is an object in the table and an array in the sample. */
export const itemResult = z.looseObject({
  item: itemModel,
  category: z
    .preprocess(
      (value) => (Array.isArray(value) ? { categoryIds: value } : value),
      z.looseObject({ categoryIds: listOf(lenientCode) }).nullish(),
    )
    .optional(),
  review: z.looseObject({ count: number, averageRating: number }).nullish(),
  /** By variantId, beside `created` and `updated`; absent when every lead time is chosen by Rakuten. */
  inventory: z.record(z.string(), z.union([variantSettings, z.string()])).nullish(),
});
export type ItemResult = z.infer<typeof itemResult>;

/** Answer of items.search (reference §4.1) with its results still unread. */
export const itemSearchAnswer = z.looseObject({
  numFound: z.number(),
  offset: z.number().nullish(),
  nextCursorMark: text,
  results: z.array(z.unknown()),
});
