import { z } from 'zod';
import type { RmsIssue } from './errors';
import { changeOrder, type OrderChangeAnswer } from './order-call';
import { issuesOf } from './parse';
import { orderNumber, requireValid, textUpTo } from './request';
import type { RmsConnection } from './transport';

/** Stands for an amount that is not fixed yet (reference, order API §4.2). */
const NOT_FIXED = -9999;
/** Rates of the consumption tax that may be sent; 0.0 is 0. */
const TAX_RATES: readonly number[] = [0, 0.08, 0.1];
/** Payment methods that an order may be changed to (reference §6.5, names in §8). */
const SETTLEMENT_METHODS: readonly number[] = [2, 4, 5, 6, 7, 9, 13, 14, 27];

const oneOf = (codes: readonly number[]) =>
  z.number().refine((code) => codes.includes(code), `expected one of ${codes.join(', ')}`);

const yen = z.number().int().min(0).max(999_999_999);
const yenOrNotFixed = z.union([z.literal(NOT_FIXED), yen]);
const taxRate = oneOf(TAX_RATES);
const flag = z.union([z.literal(0), z.literal(1)]);
const text = z.string().min(1);
const optionalText = z.string().nullish();

/** The destination as getOrder gives it, without what Rakuten derives from it (reference §4.2). */
const senderModel = z.strictObject({
  zipCode1: text,
  zipCode2: text,
  prefecture: text,
  city: text,
  subAddress: z.string(),
  familyName: text,
  firstName: optionalText,
  familyNameKana: optionalText,
  firstNameKana: optionalText,
  phoneNumber1: optionalText,
  phoneNumber2: optionalText,
  phoneNumber3: optionalText,
});

const skuModel = z.strictObject({
  /** As it was read: it cannot be changed. */
  variantId: text,
  merchantDefinedSkuId: optionalText,
  /** Needed for an item with several SKUs. */
  skuInfo: optionalText,
});

const itemModel = z.strictObject({
  itemDetailId: z.number().int().positive(),
  itemName: text.pipe(textUpTo(1000)),
  itemNumber: optionalText,
  price: yen,
  units: yen,
  taxRate,
  includePostageFlag: flag,
  includeTaxFlag: flag,
  includeCashOnDeliveryPostageFlag: flag,
  selectedChoice: textUpTo(4000).nullish(),
  restoreInventoryFlag: oneOf([0, 1, 2]).optional(),
  deleteItemFlag: flag.optional(),
  SkuModelList: z.array(skuModel).readonly().optional(),
});

const packageModel = z.strictObject({
  basketId: z.number().int().positive().max(9_999_999_999),
  /** Yen; -9999 leaves it unfixed. */
  postagePrice: yenOrNotFixed.optional(),
  postageTaxRate: taxRate,
  /** Fee of a cash on delivery in yen, which such an order needs. */
  deliveryPrice: yenOrNotFixed.optional(),
  deliveryTaxRate: taxRate.optional(),
  noshi: optionalText,
  packageDeleteFlag: flag.optional(),
  SenderModel: senderModel,
  ItemModelList: z.array(itemModel).min(1).readonly(),
  /** 置き配 place, or 利用しない. */
  dropOffLocation: optionalText,
});

const wrappingModel = z.strictObject({
  title: oneOf([1, 2]),
  name: text,
  price: yen.nullish(),
  includeTaxFlag: flag,
  deleteWrappingFlag: flag.optional(),
  taxRate: taxRate.optional(),
});

const couponModel = z.strictObject({
  couponCode: text,
  itemId: z.number().int().min(0),
  couponPrice: yen,
  couponUnit: yen,
});

const senderUpdate = z.strictObject({
  orderNumber,
  /** Needed when the amount becomes less; its codes are not public. */
  reductionReason: z.number().int().min(0).optional(),
  /** Wrapping that is not repeated is lost. */
  WrappingModel1: wrappingModel.optional(),
  WrappingModel2: wrappingModel.optional(),
  PackageModelList: z
    .array(packageModel)
    .min(1)
    .refine(
      (packages) => new Set(packages.map(({ basketId }) => basketId)).size === packages.length,
      'expected every basketId once',
    )
    .readonly(),
  /** Needed where the order has coupons; couponUnit cannot grow. */
  CouponModelList: z.array(couponModel).readonly().optional(),
  /** In 100, or when the payment failed (30400). */
  afterSettlementMethodCode: oneOf(SETTLEMENT_METHODS).optional(),
});

/**
 * Destinations, items, postage, wrapping and payment of one order as they are to be, under Rakuten's names (reference
 * §6.5). It replaces what is there: begin with the order as it was just read and change what is to change.
 */
export type SenderUpdate = Readonly<z.input<typeof senderUpdate>>;

/** What of a change of destinations Rakuten would refuse; empty when it may be sent (reference §6.5). */
export const checkSenderUpdate = (update: SenderUpdate): readonly RmsIssue[] =>
  issuesOf(senderUpdate, update);

/**
 * updateOrderSender (reference §6.5) for one order in 100, 200 or 300. This is the call that fixes a postage of -9999,
 * without which an order cannot be confirmed. Safe to repeat while nobody else changes the order.
 * @throws RmsError; `unknown_outcome` means that the change may have been made
 */
export async function updateOrderSender(
  connection: RmsConnection,
  update: SenderUpdate,
): Promise<OrderChangeAnswer> {
  const operation = 'updateOrderSender';
  requireValid(operation, checkSenderUpdate(update));
  return changeOrder(connection, operation, update);
}
