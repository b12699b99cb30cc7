import { z } from 'zod';
import { parseJstDatetime } from './japan-time';

/** A price that is not known yet, for example because the postage is not fixed (order reference §4.2). */
export const UNFIXED = -9999;

/** Payment methods for which Rakuten asks the buyer for money after the confirmation: 9, 13, 14 (§7.2). */
export const PREPAID_METHODS: readonly number[] = [9, 13, 14];

const date = z.string().nullish();

const shippingRow = z.looseObject({
  shippingDetailId: z.number(),
  shippingNumber: z.string().nullable(),
  deliveryCompany: z.string().nullable(),
  deliveryCompanyName: z.string().nullable(),
  shippingDate: z.string().nullable(),
});

const item = z.looseObject({
  itemDetailId: z.number(),
  manageNumber: z.string(),
  price: z.number(),
  priceTaxIncl: z.number(),
  units: z.number().int().min(0),
  restoreInventoryFlag: z.number(),
  SkuModelList: z.array(z.looseObject({ variantId: z.string() })).optional(),
});

const packageModel = z.looseObject({
  basketId: z.number(),
  postagePrice: z.number(),
  SenderModel: z.looseObject({}),
  ItemModelList: z.array(item),
  ShippingModelList: z.array(shippingRow),
});

/**
 * The part of an OrderModel that Rakuten itself changes or decides by. Used to check what is imported; the
 * stored order is the text that came in, whatever else it holds.
 */
export const orderBodySchema = z.looseObject({
  orderNumber: z.string().min(1).max(382),
  orderProgress: z.number(),
  orderDatetime: z
    .string()
    .refine((text) => parseJstDatetime(text) !== undefined, 'YYYY-MM-DDThh:mm:ss+0900'),
  shopOrderCfmDatetime: date,
  orderFixDatetime: date,
  shippingInstDatetime: date,
  shippingCmplRptDatetime: date,
  cancelDueDate: date,
  remarks: z.string().nullish(),
  modifyFlag: z.number().optional(),
  orderType: z.number().optional(),
  postagePrice: z.number(),
  deliveryPrice: z.number(),
  totalPrice: z.number(),
  requestPrice: z.number(),
  SettlementModel: z.looseObject({ settlementMethodCode: z.number() }).nullish(),
  PackageModelList: z.array(packageModel).min(1),
  ChangeReasonModelList: z.array(z.looseObject({})).nullish(),
  DueDateModelList: z.array(z.looseObject({ dueDateType: z.number(), dueDate: z.string() })).nullish(),
});

/** An order as getOrder answers it. */
export type OrderBody = z.infer<typeof orderBodySchema>;
/** A destination of an order. */
export type PackageBody = OrderBody['PackageModelList'][number];
/** A registered parcel of a destination. */
export type ShippingRow = PackageBody['ShippingModelList'][number];

/** The SKUs of an order with the units that its buyer took; manageNumber in lower case (inventory reference §3.1). */
export const skusOf = (
  body: OrderBody,
): { manageNumber: string; variantId: string; units: number; restoreInventoryFlag: number }[] =>
  body.PackageModelList.flatMap((parcel) => parcel.ItemModelList).flatMap((line) =>
    (line.SkuModelList ?? []).map(({ variantId }) => ({
      manageNumber: line.manageNumber.toLowerCase(),
      variantId,
      units: line.units,
      restoreInventoryFlag: line.restoreInventoryFlag,
    })),
  );

/** All registered parcels of an order. */
export const shippingRowsOf = (body: OrderBody): ShippingRow[] =>
  body.PackageModelList.flatMap((parcel) => parcel.ShippingModelList);

const filled = (text: string | null): boolean => text !== null && text !== '';

/** Whether every destination has a row and every row has company, number and date: only then the night closes the order (§7.3). */
export const isCompletelyShipped = (body: OrderBody): boolean =>
  body.PackageModelList.every(({ ShippingModelList }) => ShippingModelList.length > 0) &&
  shippingRowsOf(body).every(
    (row) => filled(row.deliveryCompany) && filled(row.shippingNumber) && filled(row.shippingDate),
  );

/** Whether an amount that the shop must fix before it can confirm is still open (§5, ERROR_105). */
export const hasUnfixedAmounts = (body: OrderBody): boolean =>
  [
    body.postagePrice,
    body.deliveryPrice,
    body.totalPrice,
    ...body.PackageModelList.map((p) => p.postagePrice),
  ].includes(UNFIXED);

/** Whether Rakuten waits for the buyer's money after the confirmation. */
export const isPrepaid = (body: OrderBody): boolean =>
  PREPAID_METHODS.includes(body.SettlementModel?.settlementMethodCode ?? 0);
