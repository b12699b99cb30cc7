import { addDays, isDate, jstDate } from './japan-time';
import type { Handler, RmsCall } from './rms-call';
import { type ShopFieldError, shopError, shopResult } from './shop-envelope';
import { readShopInfo, type ShopInfo } from './shop-info';
import type { Xml } from './xml';

const DEFAULT_PERIOD = 90;
const MAX_PERIOD = 180;

const flag = (on: boolean): number => (on ? 1 : 0);

/** A resource that is a list, of which a query parameter picks one entry. Names of models and lists but operationLeadTime's are guesses. */
interface ListResource {
  readonly id: string;
  readonly model: string;
  readonly list: string;
  readonly entry: string;
  readonly entries: (info: ShopInfo) => readonly (readonly [id: number, entry: Xml])[];
}

const listHandler =
  ({ id, model, list, entry, entries }: ListResource): Handler =>
  async ({ db, shop, query }) => {
    const asked = query.get(id);
    if (asked !== null && !/^[1-9]\d{0,8}$/.test(asked)) return badParameter(id, asked);
    const found = entries(await readShopInfo(db, shop.shopCode)).filter(
      ([key]) => asked === null || key === Number(asked),
    );
    if (found.length === 0) return shopError('C008');
    return shopResult(model, [[list, found.map(([, content]) => [entry, content] as const)]]);
  };

/** VE1000 stands for all the field errors, whose meanings are not public (shop reference §6). */
const badParameter = (fieldId: string, invalidValue: string, more: Partial<ShopFieldError> = {}) =>
  shopError('C001', { fieldId, invalidValue, validationErrorCode: 'VE1000', ...more });

/** 出荷リードタイム (shop reference §6): the ids that inventory 2.1 uses. */
export const getOperationLeadTime = listHandler({
  id: 'operationLeadTimeId',
  model: 'operationLeadTimeBizModel',
  list: 'operationLeadTimeList',
  entry: 'operationLeadTime',
  entries: (info) =>
    info.operationLeadTimes.map((one) => [
      one.operationLeadTimeId,
      [
        ['operationLeadTimeId', one.operationLeadTimeId],
        ['name', one.name],
        ['numberOfDays', one.numberOfDays],
        ['inStockDefaultFlag', flag(one.inStockDefault)],
        ['outOfStockDefaultFlag', flag(one.outOfStockDefault)],
      ],
    ]),
});

/** 配送リードタイム, the places that a shop ships from (shop reference §6). */
export const getShipFrom = listHandler({
  id: 'shipFromId',
  model: 'shipFromBizModel',
  list: 'shipFromList',
  entry: 'shipFrom',
  entries: (info) =>
    info.shipFroms.map((one) => [
      one.shipFromId,
      [
        ['shipFromId', one.shipFromId],
        ['name', one.name],
        ['zipcodeFrom', one.zipcodeFrom],
        ['defaultFlag', flag(one.isDefault)],
      ],
    ]),
});

/** 納期, the texts shown to buyers (shop reference §6): the ids that items use. */
export const getDelvdateMaster = listHandler({
  id: 'delvdateNumber',
  model: 'delvdateMasterBizModel',
  list: 'delvdateMasterList',
  entry: 'delvdateMaster',
  entries: (info) =>
    info.delvdates.map((one) => [
      one.delvdateNumber,
      [
        ['delvdateNumber', one.delvdateNumber],
        ['delvdateCaption', one.delvdateCaption],
      ],
    ]),
});

/** 配送方法セット (shop reference §6): the shippingMethodGroup of items. */
export const getDeliverySetInfo = listHandler({
  id: 'deliverySetId',
  model: 'deliverySetInfoBizModel',
  list: 'deliverySetInfoList',
  entry: 'deliverySetInfo',
  entries: (info) =>
    info.deliverySets.map((one) => [
      one.deliverySetId,
      [
        ['deliverySetId', one.deliverySetId],
        ['name', one.name],
        ['deliverySetDefaultFlag', flag(one.isDefault)],
      ],
    ]),
});

/** Shop basics (shop reference §6); which ones is a guess. */
export const getShopMaster: Handler = async ({ db, shop }) => {
  const { shopName } = await readShopInfo(db, shop.shopCode);
  const fields: Xml = [
    ['shopId', shop.rakutenShopId],
    ['shopUrl', shop.shopCode],
    ['shopName', shopName],
  ];
  return shopResult('shopMasterBizModel', [['shopMaster', fields]]);
};

/** The days on which a shop rests or does not ship, within `period` days from `fromDate` (shop reference §6). */
export const getShopCalendar: Handler = async ({ db, shop, query, now }) => {
  const from = query.get('fromDate') ?? jstDate(now);
  if (!isDate(from)) return badParameter('fromDate', from);
  const asked = query.get('period') ?? String(DEFAULT_PERIOD);
  const period = /^\d{1,6}$/.test(asked) ? Number(asked) : 0;
  if (period < 1 || period > MAX_PERIOD) {
    return badParameter('period', asked, { minValue: 1, maxValue: MAX_PERIOD });
  }
  const { calendar } = await readShopInfo(db, shop.shopCode);
  const end = addDays(from, period);
  const part = ({ weekdays, eventDates }: ShopInfo['calendar']['shippingOnly']): Xml => [
    ['regularSchedule', weekdays.map((weekday) => ['weekday', weekday] as const)],
    [
      'eventDates',
      eventDates.filter((day) => day >= from && day < end).map((day) => ['eventDate', day] as const),
    ],
  ];
  const { businessHoliday, shippingHoliday, shippingOnly } = calendar;
  return shopResult('shopCalendarBizModel', [
    [
      'shopCalendar',
      [
        ['businessHoliday', part(businessHoliday)],
        ['shippingHoliday', part(shippingHoliday)],
        ['shippingOnly', part(shippingOnly)],
      ],
    ],
  ]);
};

/** Whether the shop takes part in social gifts, the only status that can be asked for today (shop reference §6). */
export const getShopStatus: Handler = async ({ db, shop, params }: RmsCall) => {
  const key = params.statusKey ?? '';
  if (key !== 'socialGiftParticipation') return badParameter('statusKey', key);
  const { socialGiftParticipation } = await readShopInfo(db, shop.shopCode);
  return shopResult('shopStatusBizModel', [
    [
      'shopStatus',
      [
        ['statusKey', key],
        ['statusValue', socialGiftParticipation],
      ],
    ],
  ]);
};
