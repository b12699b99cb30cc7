import { z } from 'zod';
import type { Db } from './books';
import { isDate } from './japan-time';

const day = z.string().refine(isDate, 'YYYY-MM-DD');
const id = z.number().int().min(1);
const flag = z.boolean();

const calendarPart = z.strictObject({
  /** 0 Sunday to 6 Saturday. */
  weekdays: z.array(z.number().int().min(0).max(6)),
  eventDates: z.array(day),
});

const shopInfoSchema = z.strictObject({
  shopName: z.string().max(100),
  /** Whether the paid 商品一括編集 is on, without which items.get and items.bulk.get are refused (item reference §1.2). */
  itemEditing: flag,
  socialGiftParticipation: z.enum(['NOT_USE', 'IN_USE', 'UNAVAILABLE']),
  operationLeadTimes: z.array(
    z.strictObject({
      operationLeadTimeId: id,
      name: z.string(),
      numberOfDays: z.number().int().min(0),
      inStockDefault: flag,
      outOfStockDefault: flag,
    }),
  ),
  shipFroms: z.array(
    z.strictObject({ shipFromId: id, name: z.string(), zipcodeFrom: z.string(), isDefault: flag }),
  ),
  delvdates: z.array(z.strictObject({ delvdateNumber: id, delvdateCaption: z.string().max(96) })).max(30),
  deliverySets: z.array(z.strictObject({ deliverySetId: id, name: z.string(), isDefault: flag })),
  calendar: z.strictObject({
    businessHoliday: calendarPart,
    shippingHoliday: calendarPart,
    shippingOnly: calendarPart,
  }),
  subStatuses: z.array(
    z.strictObject({
      orderProgress: z.number().int().min(100).max(900),
      subStatusId: id,
      subStatusName: z.string().min(1).max(255),
      orderby: z.number().int().min(0),
    }),
  ),
});

/** What a shop has set up in RMS besides its orders and items. */
export type ShopInfo = z.infer<typeof shopInfoSchema>;

/** What PUT /control/shops/:shopCode/info takes: any part of the {@link ShopInfo}. */
export const shopInfoPatchSchema = shopInfoSchema.partial();

const NEVER = { weekdays: [], eventDates: [] };

/** How every shop begins. */
const DEFAULTS: ShopInfo = {
  shopName: '見本ショップ',
  itemEditing: true,
  socialGiftParticipation: 'NOT_USE',
  operationLeadTimes: [
    {
      operationLeadTimeId: 41,
      name: '当日出荷',
      numberOfDays: 0,
      inStockDefault: true,
      outOfStockDefault: false,
    },
    {
      operationLeadTimeId: 42,
      name: '3日以内に出荷',
      numberOfDays: 3,
      inStockDefault: false,
      outOfStockDefault: true,
    },
  ],
  shipFroms: [{ shipFromId: 1, name: '本社倉庫', zipcodeFrom: '1580094', isDefault: true }],
  delvdates: [{ delvdateNumber: 1, delvdateCaption: '1～2日以内に発送予定' }],
  deliverySets: [{ deliverySetId: 1, name: '宅配便', isDefault: true }],
  calendar: {
    businessHoliday: { weekdays: [0, 6], eventDates: [] },
    shippingHoliday: { weekdays: [0], eventDates: [] },
    shippingOnly: NEVER,
  },
  subStatuses: [],
};

/** What a shop has set up; the defaults where nothing was set. */
export const readShopInfo = async (db: Db, shopCode: string): Promise<ShopInfo> => {
  const { rows } = await db.query<{ info: Partial<ShopInfo> }>(
    'SELECT info FROM shop_infos WHERE shop_code = $1',
    [shopCode],
  );
  return { ...DEFAULTS, ...rows[0]?.info };
};

/** Lays a change over what a shop has set up; gives the whole. */
export const patchShopInfo = async (
  db: Db,
  shopCode: string,
  change: Partial<ShopInfo>,
): Promise<ShopInfo> => {
  const info = { ...(await readShopInfo(db, shopCode)), ...change };
  await db.query(
    `INSERT INTO shop_infos (shop_code, info) VALUES ($1, $2)
     ON CONFLICT (shop_code) DO UPDATE SET info = excluded.info`,
    [shopCode, JSON.stringify(info)],
  );
  return info;
};
