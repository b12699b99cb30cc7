import { z } from 'zod';
import { lenientCode, lenientNumber, wireDate, wireDatetime } from './wire';

/**
 * The order as getOrder gives it (reference, order API §4.2, version 10 and below). Names are Rakuten's own.
 * Fields we do not know pass through, fields that are missing or null pass; required is only what no order can be
 * carried without. A field that is there with another type than documented is an error with its path.
 */

const text = z.string().nullish();
const number = z.number().nullish();

/** A flag, 0 or 1; some have further values, so it stays a number. */
const flag = z.number().int().nullish();

/** Yen as an integer; -9999 stands for "not fixed yet". */
const yen = z.number().nullish();

const addressFields = {
  zipCode1: text,
  zipCode2: text,
  prefecture: text,
  city: text,
  subAddress: text,
  familyName: text,
  firstName: text,
  familyNameKana: text,
  firstNameKana: text,
  phoneNumber1: text,
  phoneNumber2: text,
  phoneNumber3: text,
};

const ordererModel = z.looseObject({
  ...addressFields,
  emailAddress: text,
  sex: text,
  birthYear: number,
  birthMonth: number,
  birthDay: number,
});

const senderModel = z.looseObject({ ...addressFields, isolatedIslandFlag: flag });

const settlementModel = z.looseObject({
  settlementMethodCode: number,
  settlementMethod: text,
  rpaySettlementFlag: flag,
  cardName: text,
  cardNumber: text,
  cardOwner: text,
  cardYm: text,
  cardPayType: number,
  cardInstallmentDesc: text,
});

const deliveryModel = z.looseObject({ deliveryName: text, deliveryClass: lenientNumber.nullish() });

const wrappingModel = z.looseObject({
  title: number,
  name: text,
  price: lenientNumber.nullish(),
  includeTaxFlag: flag,
  deleteWrappingFlag: flag,
  taxRate: number,
  taxPrice: yen,
});

const skuModel = z.looseObject({ variantId: text, merchantDefinedSkuId: text, skuInfo: text });

const itemModel = z.looseObject({
  itemDetailId: z.number().int(),
  itemName: text,
  itemId: number,
  itemNumber: text,
  manageNumber: text,
  price: yen,
  units: z.number().int(),
  includePostageFlag: flag,
  includeTaxFlag: flag,
  includeCashOnDeliveryPostageFlag: flag,
  selectedChoice: text,
  pointRate: number,
  pointType: number,
  inventoryType: number,
  delvdateInfo: text,
  restoreInventoryFlag: flag,
  dealFlag: flag,
  drugFlag: flag,
  deleteItemFlag: flag,
  taxRate: number,
  priceTaxIncl: yen,
  isSingleItemShipping: number,
  SkuModelList: z.array(skuModel).nullish(),
});

const shippingModel = z.looseObject({
  shippingDetailId: z.number().int(),
  shippingNumber: text,
  deliveryCompany: lenientCode.nullish(),
  deliveryCompanyName: text,
  shippingDate: wireDate.nullish(),
});

const storeCode = lenientCode.nullish();

/** The reference names these fields without their types, so a code may come as a string or as a number. */
const deliveryCvsModel = z.looseObject({
  cvsCode: lenientNumber.nullish(),
  storeGenreCode: storeCode,
  storeCode,
  storeName: text,
  storeZip: storeCode,
  storePrefecture: text,
  storeAddress: text,
  areaCode: storeCode,
  depo: storeCode,
  openTime: storeCode,
  closeTime: storeCode,
  cvsRemarks: text,
});

const socialGiftModel = z.looseObject({
  sgMngNumber: text,
  inputDueDate: wireDate.nullish(),
  inputFlag: flag,
  inputCompDatetime: wireDatetime.nullish(),
  receiverEmailAddress: text,
});

const packageModel = z.looseObject({
  basketId: z.number().int(),
  postagePrice: yen,
  postageTaxRate: number,
  deliveryPrice: yen,
  deliveryTaxRate: number,
  goodsTax: yen,
  goodsPrice: yen,
  totalPrice: yen,
  noshi: text,
  packageDeleteFlag: flag,
  SenderModel: senderModel.nullish(),
  ItemModelList: z.array(itemModel),
  ShippingModelList: z.array(shippingModel).nullish(),
  DeliveryCvsModel: deliveryCvsModel.nullish(),
  defaultDeliveryCompanyCode: lenientCode.nullish(),
  dropOffFlag: flag,
  dropOffLocation: text,
  SocialGiftModel: socialGiftModel.nullish(),
});

const couponModel = z.looseObject({
  couponCode: text,
  itemId: number,
  couponName: text,
  couponSummary: text,
  couponCapital: text,
  couponCapitalCode: number,
  expiryDate: text,
  couponPrice: yen,
  couponUnit: number,
  couponTotalPrice: yen,
  itemDetailId: number,
});

const changeReasonModel = z.looseObject({
  changeId: number,
  changeType: number,
  changeTypeDetail: number,
  changeReason: number,
  changeReasonDetail: number,
  changeApplyDatetime: wireDatetime.nullish(),
  changeFixDatetime: wireDatetime.nullish(),
  changeCmplDatetime: wireDatetime.nullish(),
});

const taxSummaryModel = z.looseObject({
  taxRate: number,
  reqPrice: yen,
  reqPriceTax: yen,
  totalPrice: yen,
  paymentCharge: yen,
  couponPrice: yen,
  point: number,
});

const dueDateModel = z.looseObject({ dueDateType: number, dueDate: wireDate.nullish() });

export const orderModel = z.looseObject({
  orderNumber: z.string().min(1),
  orderProgress: z.number().int(),
  subStatusId: lenientNumber.nullish(),
  subStatusName: text,
  orderDatetime: wireDatetime,
  shopOrderCfmDatetime: wireDatetime.nullish(),
  orderFixDatetime: wireDatetime.nullish(),
  shippingInstDatetime: wireDatetime.nullish(),
  shippingCmplRptDatetime: wireDatetime.nullish(),
  cancelDueDate: wireDate.nullish(),
  deliveryDate: wireDate.nullish(),
  shippingTerm: lenientNumber.nullish(),
  remarks: text,
  giftCheckFlag: flag,
  socialGiftFlag: flag,
  severalSenderFlag: flag,
  equalSenderFlag: flag,
  isolatedIslandFlag: flag,
  rakutenMemberFlag: flag,
  carrierCode: number,
  emailCarrierCode: number,
  orderType: number,
  reserveNumber: text,
  reserveDeliveryCount: number,
  cautionDisplayType: number,
  cautionDisplayDetailType: number,
  rakutenConfirmFlag: flag,
  goodsPrice: yen,
  goodsTax: yen,
  postagePrice: yen,
  deliveryPrice: yen,
  paymentCharge: yen,
  paymentChargeTaxRate: number,
  totalPrice: yen,
  requestPrice: yen,
  couponAllTotalPrice: yen,
  couponShopPrice: yen,
  couponOtherPrice: yen,
  additionalFeeOccurAmountToUser: yen,
  additionalFeeOccurAmountToShop: yen,
  asurakuFlag: flag,
  drugFlag: flag,
  dealFlag: flag,
  membershipType: number,
  memo: text,
  operator: text,
  mailPlugSentence: text,
  modifyFlag: flag,
  isTaxRecalc: flag,
  receiptIssueCount: number,
  receiptIssueHistoryList: z.array(z.string()).nullish(),
  OrdererModel: ordererModel.nullish(),
  SettlementModel: settlementModel.nullish(),
  DeliveryModel: deliveryModel.nullish(),
  PointModel: z.looseObject({ usedPoint: number }).nullish(),
  WrappingModel1: wrappingModel.nullish(),
  WrappingModel2: wrappingModel.nullish(),
  PackageModelList: z.array(packageModel),
  CouponModelList: z.array(couponModel).nullish(),
  ChangeReasonModelList: z.array(changeReasonModel).nullish(),
  TaxSummaryModelList: z.array(taxSummaryModel).nullish(),
  DueDateModelList: z.array(dueDateModel).nullish(),
  deliveryCertPrgFlag: flag,
  oneDayOperationFlag: flag,
});

/** An order, as getOrder gives it. */
export type OrderModel = z.infer<typeof orderModel>;
/** 送付先: one destination of an order, with its items and the shipping rows reported so far. */
export type PackageModel = z.infer<typeof packageModel>;
