/** Which fields of Rakuten's order are no personal data (order reference §4.2), and an order without all others. */

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/**
 * What stays of an order when its people are erased, by Rakuten's names: numbers, lines, amounts, taxes, coupons, points,
 * dates, statuses and parcels, which is the accounting. A field that is not named goes, so that one which Rakuten adds
 * goes too. Gone on purpose beside names and addresses: what buyers write (`remarks`, `noshi`, `selectedChoice`, where a
 * name to be engraved stands), what shops note of them (`memo`), the card, the device, cautions about a person, and the
 * store where one fetches parcels.
 */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  '': words(`orderNumber orderProgress subStatusId subStatusName orderDatetime shopOrderCfmDatetime orderFixDatetime
    shippingInstDatetime shippingCmplRptDatetime cancelDueDate deliveryDate shippingTerm giftCheckFlag socialGiftFlag
    severalSenderFlag equalSenderFlag orderType reserveNumber reserveDeliveryCount rakutenConfirmFlag
    goodsPrice goodsTax postagePrice deliveryPrice paymentCharge paymentChargeTaxRate totalPrice requestPrice
    couponAllTotalPrice couponShopPrice couponOtherPrice additionalFeeOccurAmountToUser additionalFeeOccurAmountToShop
    asurakuFlag drugFlag dealFlag modifyFlag isTaxRecalc receiptIssueCount receiptIssueHistoryList deliveryCertPrgFlag
    oneDayOperationFlag SettlementModel DeliveryModel PointModel WrappingModel1 WrappingModel2 PackageModelList
    CouponModelList ChangeReasonModelList TaxSummaryModelList DueDateModelList`),
  SettlementModel: words(
    'settlementMethodCode settlementMethod rpaySettlementFlag cardPayType cardInstallmentDesc',
  ),
  DeliveryModel: words('deliveryName deliveryClass'),
  PointModel: words('usedPoint'),
  WrappingModel1: words('title name price includeTaxFlag deleteWrappingFlag taxRate taxPrice'),
  WrappingModel2: words('title name price includeTaxFlag deleteWrappingFlag taxRate taxPrice'),
  PackageModelList:
    words(`basketId postagePrice postageTaxRate deliveryPrice deliveryTaxRate goodsTax goodsPrice
    totalPrice packageDeleteFlag ItemModelList ShippingModelList defaultDeliveryCompanyCode dropOffFlag dropOffLocation
    SocialGiftModel`),
  SocialGiftModel: words('sgMngNumber inputDueDate inputFlag inputCompDatetime'),
  ItemModelList: words(`itemDetailId itemName itemId itemNumber manageNumber price units includePostageFlag
    includeTaxFlag includeCashOnDeliveryPostageFlag pointRate pointType inventoryType delvdateInfo restoreInventoryFlag
    dealFlag drugFlag deleteItemFlag taxRate priceTaxIncl isSingleItemShipping SkuModelList`),
  SkuModelList: words('variantId merchantDefinedSkuId skuInfo'),
  ShippingModelList: words(
    'shippingDetailId shippingNumber deliveryCompany deliveryCompanyName shippingDate',
  ),
  CouponModelList:
    words(`couponCode itemId couponName couponSummary couponCapital couponCapitalCode expiryDate
    couponPrice couponUnit couponTotalPrice itemDetailId`),
  ChangeReasonModelList: words(`changeId changeType changeTypeDetail changeReason changeReasonDetail
    changeApplyDatetime changeFixDatetime changeCmplDatetime`),
  TaxSummaryModelList: words('taxRate reqPrice reqPriceTax totalPrice paymentCharge couponPrice point'),
  DueDateModelList: words('dueDateType dueDate'),
};

/** What stays below a field; undefined for one that has no fields of its own. */
const keptBelow = (field: string): readonly string[] | undefined =>
  Object.hasOwn(KEPT, field) ? KEPT[field] : undefined;

const stripped = (value: unknown, field: string): unknown => {
  if (Array.isArray(value)) return value.map((entry: unknown) => stripped(entry, field));
  if (typeof value !== 'object' || value === null) return value;
  const kept = keptBelow(field) ?? [];
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => kept.includes(name))
      .map(([name, inner]) => [name, stripped(inner, name)]),
  );
};

/** Rakuten's order without its people: what the accounting needs is as it was, everything else is gone. */
export const withoutPeople = (order: unknown): unknown => stripped(order, '');

/** Whether what stands at a path such as `PackageModelList[10012].SenderModel.city` is about people. */
export const isPersonal = (path: string): boolean => {
  const names = path.replace(/\[[^\]]*\]/g, '').split('.');
  return names.some((name, index) => !keptBelow(index === 0 ? '' : (names[index - 1] ?? ''))?.includes(name));
};
