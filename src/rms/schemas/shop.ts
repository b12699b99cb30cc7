import { z } from 'zod';
import { lenientNumber } from './wire';

/**
 * Answers of the Shop API (reference, item/inventory §6) once their XML is read: every text is a string, an empty
 * element is an empty string, and a list of one is the one itself. There are samples of operationLeadTime,
 * delvdateMaster and shopStatus only. Of the others the fields are documented and the elements around them inferred,
 * so a record is known by the field that names it, wherever it stands.
 */

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every record that holds the field, however deep. */
function recordsWith(value: unknown, field: string): unknown[] {
  if (Array.isArray(value)) return value.flatMap((one) => recordsWith(one, field));
  if (!isRecord(value)) return [];
  return field in value ? [value] : Object.values(value).flatMap((inner) => recordsWith(inner, field));
}

/** Every text within an element, in its order. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return isRecord(value) ? Object.values(value).flatMap(textsOf) : [];
}

/** The records of a result that the field names. */
const every = <Entry extends z.ZodType>(field: string, entry: Entry) =>
  z.preprocess((result) => recordsWith(result, field), z.array(entry));

/** The record of a result that the field names. */
const only = <Entry extends z.ZodType>(field: string, entry: Entry) =>
  z.preprocess((result) => recordsWith(result, field)[0], entry);

/** `1` and `0` by the sample. */
const flag = z
  .enum(['0', '1', 'true', 'false', ''])
  .optional()
  .transform((value) => value === '1' || value === 'true');
const text = z.string().default('');

/** 出荷リードタイム; its id is what the inventory API names. */
export const operationLeadTimes = every(
  'operationLeadTimeId',
  z.object({
    operationLeadTimeId: lenientNumber,
    name: text,
    numberOfDays: lenientNumber,
    inStockDefaultFlag: flag,
    outOfStockDefaultFlag: flag,
  }),
);
export type OperationLeadTime = z.infer<typeof operationLeadTimes>[number];

/** 配送リードタイム (ship-from); its id is what the inventory API names. */
export const shipFroms = every(
  'shipFromId',
  z.object({ shipFromId: lenientNumber, name: text, zipcodeFrom: text, defaultFlag: flag }),
);
export type ShipFrom = z.infer<typeof shipFroms>[number];

/** 納期 text that a buyer sees; its number is an item's normalDeliveryDateId or backOrderDeliveryDateId. */
export const delvdates = every(
  'delvdateNumber',
  z.object({ delvdateNumber: lenientNumber, delvdateCaption: text }),
);
export type Delvdate = z.infer<typeof delvdates>[number];

/** 配送方法セット; its id is an item's shippingMethodGroup, which is a string. The element of its name is inferred. */
export const deliverySets = every(
  'deliverySetId',
  z
    .object({
      deliverySetId: z.string(),
      name: z.string().optional(),
      deliverySetName: z.string().optional(),
      deliverySetDefaultFlag: flag,
    })
    .transform(({ name, deliverySetName, ...set }) => ({ ...set, name: name ?? deliverySetName ?? '' })),
);
export type DeliverySet = z.infer<typeof deliverySets>[number];

/** Of the shop's own data only what is needed: the rest holds names and telephone numbers of people. */
export const shopMaster = only('shopName', z.object({ shopName: z.string(), url: text, companyName: text }));
export type ShopMaster = z.infer<typeof shopMaster>;

/** `20261231` is read as `2026-12-31`: clients disagree on which of them comes. */
const day = (value: string): string => value.slice(0, 10).replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3');

/** Days of one kind: those of every week in Rakuten's own words, and single ones as `YYYY-MM-DD`. */
const days = z.preprocess(
  (value) =>
    isRecord(value)
      ? { weekdays: textsOf(value.regularSchedule), dates: textsOf(value.eventDates).map(day) }
      : { weekdays: [], dates: [] },
  z.object({ weekdays: z.array(z.string()), dates: z.array(z.iso.date()) }),
);

/** 営業日カレンダー. On a business or shipping holiday nothing ships. */
export const shopCalendar = z.preprocess(
  (result) => (isRecord(result) && result.shopCalendar === '' ? { shopCalendar: {} } : result),
  z
    .looseObject({
      shopCalendar: z.object({ businessHoliday: days, shippingHoliday: days, shippingOnly: days }),
    })
    .transform((result) => result.shopCalendar),
);
export type ShopCalendar = z.infer<typeof shopCalendar>;

/** What the shop has of a function: NOT_USE, IN_USE or UNAVAILABLE of socialGiftParticipation. */
export const shopStatus = only('statusKey', z.object({ statusKey: z.string(), statusValue: z.string() }));
export type ShopStatus = z.infer<typeof shopStatus>;
