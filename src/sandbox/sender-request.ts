import type { Fields } from './json';
import { UNFIXED } from './order-body';
import { type FieldCheck, parse } from './order-fields';
import type { TaxPercent } from './prices';

/** A change of one line; undefined leaves a value as it is. */
export interface LineChange {
  readonly itemDetailId: number;
  readonly price?: number | undefined;
  readonly units?: number | undefined;
  readonly taxPercent?: TaxPercent | undefined;
  readonly includeTaxFlag?: number | undefined;
  readonly itemName?: string | undefined;
  readonly selectedChoice?: string | undefined;
  readonly skus: readonly Fields[];
}

/** A change of one destination; undefined leaves a value as it is. */
export interface BasketChange {
  readonly basketId: number;
  /** Yen with tax, or -9999 while it is not fixed. */
  readonly postagePrice?: number | undefined;
  readonly postageTaxPercent: TaxPercent;
  readonly deliveryPrice?: number | undefined;
  readonly deliveryTaxPercent?: TaxPercent | undefined;
  readonly noshi?: string | null | undefined;
  readonly packageDeleteFlag?: number | undefined;
  readonly dropOffLocation?: string | undefined;
  /** The parts of the address that are given; null erases. */
  readonly sender: Fields;
  readonly lines: readonly LineChange[];
}

/** A well-formed updateOrderSender request. */
export interface SenderRequest {
  readonly orderNumber: string;
  readonly fields: Fields;
  readonly baskets: readonly BasketChange[];
  readonly coupons: readonly { readonly couponCode: string; readonly couponUnit: number }[] | undefined;
  readonly afterSettlementMethodCode: number | undefined;
}

const MAX_AMOUNT = 999_999_999;

const DROP_OFF_LOCATIONS = [
  '利用しない',
  '宅配ボックス',
  '玄関前',
  '玄関前鍵付容器',
  'ポスト（郵便受箱）',
  'メーターボックス',
  '物置',
  '車庫',
];

/** Parts of an address that may not be empty, and those that may (order reference §4.2, SenderModel). */
const REQUIRED_PARTS = ['zipCode1', 'zipCode2', 'prefecture', 'city', 'subAddress', 'familyName'];
const OPTIONAL_PARTS = [
  'firstName',
  'familyNameKana',
  'firstNameKana',
  'phoneNumber1',
  'phoneNumber2',
  'phoneNumber3',
];

const AFTER_SETTLEMENTS = [2, 4, 5, 6, 7, 9, 13, 14, 27];

const amount = (value: unknown): number | undefined => {
  const number = parse.number(value);
  return number !== undefined && Number.isInteger(number) && number >= 0 && number <= MAX_AMOUNT
    ? number
    : undefined;
};
const openAmount = (value: unknown): number | undefined =>
  parse.number(value) === UNFIXED ? UNFIXED : amount(value);

const TAX_PERCENTS: Readonly<Record<number, TaxPercent>> = { 0: 0, 0.08: 8, 0.1: 10 };
const taxRate = (value: unknown): TaxPercent | undefined =>
  typeof value === 'number' || (typeof value === 'string' && value !== '')
    ? TAX_PERCENTS[Number(value)]
    : undefined;

const dropOff = (value: unknown): string | undefined =>
  DROP_OFF_LOCATIONS.find((location) => location === value);

/** Reads an updateOrderSender request (order reference §6.5); wrong fields are filed in `check`. */
export const readSenderRequest = (check: FieldCheck, fields: Fields): SenderRequest | undefined => {
  const orderNumber = check.read(fields, 'orderNumber', 'required', parse.text);
  const baskets = check.read(fields, 'PackageModelList', 'required', parse.objects) ?? [];
  const coupons = check.read(fields, 'CouponModelList', 'optional', parse.objects);
  const after = parse.oneOf(...AFTER_SETTLEMENTS);
  const request = {
    fields,
    baskets: baskets.map((basket) => readBasket(check, basket)),
    coupons: coupons?.map((coupon) => ({
      couponCode: check.read(coupon, 'couponCode', 'required', parse.text) ?? '',
      couponUnit: check.read(coupon, 'couponUnit', 'required', amount) ?? 0,
    })),
    afterSettlementMethodCode: check.read(fields, 'afterSettlementMethodCode', 'optional', after),
  };
  return check.failed || orderNumber === undefined ? undefined : { orderNumber, ...request };
};

const readBasket = (check: FieldCheck, basket: Fields): BasketChange => {
  const flag = parse.oneOf(0, 1);
  const noshi = check.read(basket, 'noshi', 'optional', parse.text) ?? null;
  return {
    basketId: check.read(basket, 'basketId', 'required', parse.number) ?? 0,
    postagePrice: check.read(basket, 'postagePrice', 'optional', openAmount),
    postageTaxPercent: check.read(basket, 'postageTaxRate', 'required', taxRate) ?? 10,
    deliveryPrice: check.read(basket, 'deliveryPrice', 'optional', openAmount),
    deliveryTaxPercent: check.read(basket, 'deliveryTaxRate', 'optional', taxRate),
    noshi: 'noshi' in basket ? noshi : undefined,
    packageDeleteFlag: check.read(basket, 'packageDeleteFlag', 'optional', flag),
    dropOffLocation: check.read(basket, 'dropOffLocation', 'optional', dropOff),
    sender: readSender(check, check.read(basket, 'SenderModel', 'required', parse.object)),
    lines: (check.read(basket, 'ItemModelList', 'required', parse.objects) ?? []).map((line) =>
      readLine(check, line),
    ),
  };
};

const readSender = (check: FieldCheck, sender: Fields | undefined): Fields => {
  if (sender === undefined) return {};
  const required = REQUIRED_PARTS.map((part) => [part, check.read(sender, part, 'required', parse.text)]);
  const optional = OPTIONAL_PARTS.filter((part) => part in sender).map((part) => [
    part,
    check.read(sender, part, 'optional', parse.text) ?? null,
  ]);
  return Object.fromEntries([...required, ...optional]);
};

const readLine = (check: FieldCheck, line: Fields): LineChange => ({
  itemDetailId: check.read(line, 'itemDetailId', 'required', parse.number) ?? 0,
  price: check.read(line, 'price', 'optional', amount),
  units: check.read(line, 'units', 'optional', amount),
  taxPercent: check.read(line, 'taxRate', 'optional', taxRate),
  includeTaxFlag: check.read(line, 'includeTaxFlag', 'optional', parse.oneOf(0, 1)),
  itemName: check.read(line, 'itemName', 'optional', parse.textUpTo(1000)),
  selectedChoice: check.read(line, 'selectedChoice', 'optional', parse.textUpTo(4000)),
  skus: check.read(line, 'SkuModelList', 'optional', parse.objects) ?? [],
});
