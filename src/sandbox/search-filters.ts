import type { Fields } from './json';
import { type FieldCheck, parse } from './order-fields';

const PROGRESSES: readonly number[] = [100, 200, 300, 400, 500, 600, 700, 800, 900];
const SETTLEMENT_METHODS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 16, 17, 21, 27];

/** An SQL condition; `$` stands for its value. */
export interface Condition {
  readonly sql: string;
  readonly value?: unknown;
}

/** A filter of the request: how its value is read, and the condition it makes (undefined: it does not narrow). */
interface Filter {
  readonly field: string;
  readonly read: (value: unknown) => string | number | number[] | undefined;
  readonly condition: (value: string | number | number[]) => Condition | undefined;
}

const flag = parse.oneOf(0, 1);
const whenSet =
  (sql: string): Filter['condition'] =>
  (value) =>
    value === 1 ? { sql } : undefined;
const bodyFlag = (field: string, key: string): Filter => ({
  field,
  read: flag,
  condition: whenSet(`body->>'${key}' = '1'`),
});

const DEVICES: Record<number, number[]> = { 1: [0], 2: [1, 2, 3, 5], 3: [11, 12, 19], 4: [21, 22, 29] };

const phoneOf = (path: string): string =>
  `concat(${[1, 2, 3].map((n) => `${path}->>'phoneNumber${n}'`).join(', ')})`;

const FILTERS: readonly Filter[] = [
  {
    field: 'orderProgressList',
    read: parse.numbers((n) => PROGRESSES.includes(n)),
    condition: (value) => ({ sql: 'progress = ANY($)', value }),
  },
  {
    field: 'orderTypeList',
    read: parse.numbers((n) => [1, 4, 5, 6].includes(n)),
    condition: (value) => ({ sql: 'order_type = ANY($)', value }),
  },
  {
    field: 'settlementMethod',
    read: parse.oneOf(...SETTLEMENT_METHODS),
    condition: (value) => ({ sql: 'settlement_method = $', value }),
  },
  {
    field: 'deliveryName',
    read: parse.text,
    condition: (value) => ({ sql: `body->'DeliveryModel'->>'deliveryName' = $`, value }),
  },
  { field: 'shippingDateBlankFlag', read: flag, condition: whenSet(`ship_dates = '{}'`) },
  { field: 'shippingNumberBlankFlag', read: flag, condition: whenSet('NOT numbered') },
  {
    field: 'subStatusIdList',
    read: parse.numbers(Number.isInteger),
    condition: (value) =>
      Array.isArray(value) && value.includes(-1)
        ? { sql: `body->>'subStatusId' IS NULL` }
        : { sql: `(body->>'subStatusId')::int = ANY($)`, value },
  },
  {
    field: 'ordererMailAddress',
    read: parse.text,
    condition: (value) => ({ sql: `body->'OrdererModel'->>'emailAddress' = $`, value }),
  },
  {
    field: 'reserveNumber',
    read: parse.text,
    condition: (value) => ({ sql: `body->>'reserveNumber' = $`, value }),
  },
  {
    field: 'purchaseSiteType',
    read: parse.oneOf(0, 1, 2, 3, 4),
    condition: (value) => {
      const devices = DEVICES[Number(value)];
      return devices && { sql: `(body->>'carrierCode')::int = ANY($)`, value: devices };
    },
  },
  { field: 'mailSendType', read: parse.oneOf(0, 1, 2), condition: (value) => mailCondition(Number(value)) },
  bodyFlag('asurakuFlag', 'asurakuFlag'),
  bodyFlag('drugFlag', 'drugFlag'),
  bodyFlag('oneDayOperationFlag', 'oneDayOperationFlag'),
  { field: 'couponUseFlag', read: flag, condition: whenSet(`(body->>'couponAllTotalPrice')::int > 0`) },
];

const mailCondition = (type: number): Condition | undefined =>
  type === 0 ? undefined : { sql: `(body->>'emailCarrierCode')::int ${type === 1 ? '=' : '<>'} 0` };

/** Reads all filters of a searchOrder request; wrong ones are filed in `check`. */
export const readFilters = (check: FieldCheck, body: Fields): Condition[] => {
  const conditions = FILTERS.flatMap(({ field, read, condition }) => {
    const value = check.read(body, field, 'optional', read);
    return value === undefined ? [] : (condition(value) ?? []);
  });
  const noSubStatus = Array.isArray(body.subStatusIdList) && body.subStatusIdList.includes(-1);
  if (noSubStatus && body.orderProgressList === undefined) check.missing('orderProgressList');
  return [...conditions, ...phoneCondition(check, body), ...keywordCondition(check, body)];
};

const phoneCondition = (check: FieldCheck, body: Fields): Condition[] => {
  const type = check.read(body, 'phoneNumberType', 'optional', parse.oneOf(1, 2));
  const phone = check.read(body, 'phoneNumber', 'optional', parse.text);
  if (type === undefined || phone === undefined) return [];
  if (type === 1) return [{ sql: `${phoneOf(`body->'OrdererModel'`)} = $`, value: phone }];
  return [
    {
      sql: `EXISTS (SELECT FROM json_array_elements(body->'PackageModelList') parcel
              WHERE ${phoneOf(`parcel->'SenderModel'`)} = $)`,
      value: phone,
    },
  ];
};

const itemText = (expression: string): string =>
  `EXISTS (SELECT FROM json_array_elements(body->'PackageModelList') parcel,
     json_array_elements(parcel->'ItemModelList') item WHERE position($ IN ${expression}) > 0)`;
const skuText = (key: string): string =>
  `EXISTS (SELECT FROM json_array_elements(body->'PackageModelList') parcel,
     json_array_elements(parcel->'ItemModelList') item, json_array_elements(item->'SkuModelList') sku
     WHERE position($ IN coalesce(sku->>'${key}', '')) > 0)`;

/** Where each searchKeywordType looks, and how many characters it takes (§3.1). */
const KEYWORDS: Record<number, { sql: string; max: number }> = {
  1: { sql: itemText(`item->>'itemName'`), max: 1024 },
  2: { sql: itemText(`coalesce(item->>'itemNumber', '')`), max: 127 },
  3: { sql: `position($ IN coalesce(body->>'memo', '')) > 0`, max: 1000 },
  4: {
    sql: `position($ IN concat(body->'OrdererModel'->>'familyName', body->'OrdererModel'->>'firstName')) > 0`,
    max: 254,
  },
  5: {
    sql: `position($ IN concat(body->'OrdererModel'->>'familyNameKana', body->'OrdererModel'->>'firstNameKana')) > 0`,
    max: 254,
  },
  6: {
    sql: `EXISTS (SELECT FROM json_array_elements(body->'PackageModelList') parcel WHERE
       position($ IN concat(parcel->'SenderModel'->>'familyName', parcel->'SenderModel'->>'firstName')) > 0)`,
    max: 254,
  },
  7: { sql: skuText('variantId'), max: 40 },
  8: { sql: skuText('merchantDefinedSkuId'), max: 96 },
  9: { sql: skuText('skuInfo'), max: 400 },
};

const keywordCondition = (check: FieldCheck, body: Fields): Condition[] => {
  const type =
    check.read(body, 'searchKeywordType', 'optional', parse.oneOf(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)) ?? 0;
  const target = KEYWORDS[type];
  if (target === undefined) return [];
  const keyword = check.read(body, 'searchKeyword', 'required', parse.text)?.trim();
  if (keyword !== undefined && keyword.length > target.max) check.malformed('searchKeyword');
  return keyword === undefined ? [] : [{ sql: target.sql, value: keyword }];
};
