import { z } from 'zod';
import type { Db } from './books';
import { addDays, compactDate, jstDate } from './japan-time';
import { type Draft, type Line, writeOrder } from './order-writer';
import { insertOrder } from './orders';
import { GIFT_PLACEHOLDER, makePerson } from './people';
import { createRandom, type Random } from './random';
import type { Shop } from './shops';
import { type CatalogueItem, pairKey, readCatalogue } from './stock';

/** What a test or the demo may fix about a made-up order; the rest is chance. */
export const overridesSchema = z.strictObject({
  settlementMethod: z
    .union([z.literal(1), z.literal(2), z.literal(9), z.literal(12), z.literal(13), z.literal(14)])
    .optional(),
  remarks: z.string().max(4000).optional(),
  lines: z
    .array(
      z.strictObject({
        manageNumber: z.string(),
        variantId: z.string(),
        units: z.number().int().min(1).max(999),
        name: z.string().optional(),
      }),
    )
    .min(1)
    .max(50)
    .optional(),
  /** Each destination gets all `lines`, when these are given. */
  destinations: z.number().int().min(1).max(5).optional(),
  orderDatetime: z.iso.datetime({ offset: true }).optional(),
  amountsUnfixed: z.boolean().optional(),
  /** The status that the order is filed with; default 100. */
  progress: z.union([z.literal(100), z.literal(200), z.literal(300)]).optional(),
  wishedDate: z.boolean().optional(),
  gift: z.boolean().optional(),
  socialGiftPending: z.boolean().optional(),
  coupon: z.boolean().optional(),
  points: z.boolean().optional(),
  /** Filed under a reservation number (予約), `…-r`, which becomes an order number later. */
  reserved: z.boolean().optional(),
});

/** See {@link overridesSchema}. */
export type Overrides = z.infer<typeof overridesSchema>;

/** The text that stands in every buyer's 備考 of the demo shop. */
export const DEFAULT_REMARK = 'ご要望がございましたら、こちらにご記入ください。';

/** orderType 予約商品 (order reference §4.2). */
const PREORDER = 6;

const TERMS = [
  { code: 1, text: '午前中' },
  { code: 1416, text: '14:00～16:00' },
  { code: 1921, text: '19:00～21:00' },
];

/**
 * Makes an order for a shop out of its catalogue, files it as bought, and gives its number. The same seed and overrides
 * make the same order, apart from numbers, ids and dates.
 * @throws Error when the shop has no catalogue to choose from.
 */
export const makeOrder = async (
  db: Db,
  shop: Shop,
  seed: number,
  overrides: Overrides,
  now: Date,
): Promise<string> => {
  const random = createRandom(seed);
  const draft = makeDraft(random, await readCatalogue(db, shop.shopCode), overrides, now);
  const { rows } = await db.query<{ serial: number }>(`SELECT nextval('order_serial')::int AS serial`);
  const serial = String(rows[0]?.serial ?? 0).padStart(10, '0');
  const number = `${shop.rakutenShopId}-${compactDate(draft.orderedAt)}-${serial}`;
  const orderNumber = overrides.reserved === true ? `${number}-r` : number;
  const lines = draft.parcels.reduce((count, parcel) => count + parcel.length, 0);
  const ids = await db.query<{ id: number }>(
    `SELECT nextval('detail_id')::int AS id FROM generate_series(1, $1)`,
    [lines],
  );
  const body = writeOrder(
    orderNumber,
    draft,
    ids.rows.map((row) => row.id),
    random,
  );
  if (overrides.reserved === true) body.orderType = PREORDER;
  await insertOrder(db, shop.shopCode, body, now);
  return orderNumber;
};

const makeDraft = (
  random: Random,
  catalogue: readonly CatalogueItem[],
  overrides: Overrides,
  now: Date,
): Draft => {
  const orderedAt = overrides.orderDatetime === undefined ? now : new Date(overrides.orderDatetime);
  const buyer = makePerson(random);
  const destinations = overrides.destinations ?? (random.chance(0.1) ? 2 : 1);
  const receivers = Array.from({ length: destinations }, (_, i) => (i === 0 ? buyer : makePerson(random)));
  const socialGift = overrides.socialGiftPending ?? false;
  const wished = overrides.wishedDate ?? random.chance(0.25);
  const wish = wished
    ? { date: addDays(jstDate(orderedAt), random.integer(3, 8)), term: random.pick(TERMS) }
    : null;
  const edited = random.chance(0.05) ? '\n不在の場合は宅配ボックスに入れてください。' : '';
  const wishText = wish === null ? '' : `[配送日時指定:]\n${wish.date}\n${wish.term.text}\n\n`;
  return {
    orderedAt,
    buyer,
    receivers: socialGift ? [GIFT_PLACEHOLDER] : receivers,
    parcels: pickLines(random, catalogue, overrides, socialGift ? 1 : destinations),
    method: overrides.settlementMethod ?? random.pick([1, 1, 1, 1, 12, 2, 9, 13, 14]),
    wish,
    gift: overrides.gift ?? random.chance(0.1),
    socialGift,
    coupon: (overrides.coupon ?? random.chance(0.15)) ? 300 : 0,
    points: (overrides.points ?? random.chance(0.2)) ? random.integer(1, 200) : 0,
    unfixed: overrides.amountsUnfixed ?? false,
    progress: overrides.progress ?? 100,
    remarks: overrides.remarks ?? `${wishText}[備考:]\n${DEFAULT_REMARK}${edited}`,
  };
};

const pickLines = (
  random: Random,
  catalogue: readonly CatalogueItem[],
  { lines }: Overrides,
  destinations: number,
): Line[][] => {
  if (catalogue.length === 0 && lines === undefined) {
    throw new Error('The shop has no catalogue: register its SKUs first, or say which lines the order has.');
  }
  const known = new Map(catalogue.map((item) => [pairKey(item), item]));
  const chosen = lines?.map(({ units, name, ...pair }) => {
    const item = known.get(pairKey(pair)) ?? unknownItem(pair.manageNumber, pair.variantId);
    return { item: name === undefined ? item : { ...item, name }, units };
  });
  return Array.from({ length: destinations }, () => {
    if (chosen !== undefined) return chosen;
    const picked = Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () => random.pick(catalogue));
    return [...new Set(picked)].map((item) => ({ item, units: random.pick([1, 1, 1, 2, 3]) }));
  });
};

const unknownItem = (manageNumber: string, variantId: string): CatalogueItem => ({
  manageNumber,
  variantId,
  name: `商品 ${manageNumber}`,
  price: 1500,
  taxPercent: 10,
  taxIncluded: true,
  itemNumber: null,
  merchantDefinedSkuId: null,
  skuInfo: null,
  restockOnCancel: true,
});
