import { addDays, jstDate, jstDatetime } from './japan-time';
import type { OrderBody } from './order-body';
import type { Person } from './people';
import { type Postage, type PricedLine, priceOrder, withTax } from './prices';
import type { Random } from './random';
import type { CatalogueItem } from './stock';

/** The names of payment methods (order reference §8). */
export const SETTLEMENTS: Readonly<Record<number, string>> = {
  1: 'クレジットカード',
  2: '代金引換',
  4: 'ショッピングクレジット／ローン',
  5: 'オートローン',
  6: 'リース',
  7: '請求書払い',
  9: '銀行振込',
  12: 'Apple Pay',
  13: 'セブンイレブン（前払）',
  14: 'ファミリーマート、ローソン等（前払）',
  27: 'Alipay（支付宝）',
};

const POSTAGE = 600;
const FREE_POSTAGE_FROM = 3980;
const CASH_ON_DELIVERY_FEE = 330;

/** A line of a made-up order. */
export interface Line {
  readonly item: CatalogueItem;
  readonly units: number;
}

/** Everything chance has decided about an order, before it is written down. */
export interface Draft {
  readonly orderedAt: Date;
  readonly buyer: Person;
  readonly receivers: readonly Person[];
  readonly parcels: readonly (readonly Line[])[];
  readonly method: number;
  readonly wish: { date: string; term: { code: number; text: string } } | null;
  readonly gift: boolean;
  readonly socialGift: boolean;
  readonly coupon: number;
  readonly points: number;
  /** Whether the shop has yet to fix the postage: amounts of -9999 (order reference §4.2). */
  readonly unfixed: boolean;
  readonly progress: number;
  readonly remarks: string;
}

/** Writes a draft down as the newest OrderModel, all keys present (order reference §4.2, §13.4); `ids` are its line ids. */
export const writeOrder = (
  orderNumber: string,
  draft: Draft,
  ids: readonly number[],
  random: Random,
): OrderBody => {
  const priced = draft.parcels.map((lines) =>
    lines.map(
      ({ item, units }): PricedLine => ({
        price: item.price,
        priceTaxIncl: withTax(item.price, item.taxPercent, item.taxIncluded),
        units,
        taxPercent: item.taxPercent,
      }),
    ),
  );
  const postage = priced.map((lines): Postage => {
    const goods = lines.reduce((total, line) => total + line.priceTaxIncl * line.units, 0);
    return { price: goods >= FREE_POSTAGE_FROM ? 0 : POSTAGE, taxPercent: 10 };
  });
  const amounts = priceOrder({
    parcels: priced,
    postage,
    wrapping: draft.gift ? 220 : 0,
    cashOnDeliveryFee: draft.method === 2 ? CASH_ON_DELIVERY_FEE : 0,
    coupon: draft.coupon,
    points: draft.points,
    unfixed: draft.unfixed,
  });
  let nextId = 0;
  const parcels = draft.parcels.map((lines, i) => {
    const lineIds = lines.map(() => ids[nextId++] ?? 0);
    const amount = amounts.parcels[i];
    if (amount === undefined) throw new Error(`Destination ${i + 1} of ${orderNumber} has no price.`);
    return writeParcel(draft, i, amount, lines, lineIds, random);
  });
  return {
    ...orderHead(orderNumber, draft, amounts.order, random),
    ...orderTail(draft, amounts, parcels, random),
  };
};

const orderHead = (
  orderNumber: string,
  draft: Draft,
  amounts: ReturnType<typeof priceOrder>['order'],
  random: Random,
) => ({
  orderNumber,
  orderProgress: draft.progress,
  subStatusId: null,
  subStatusName: null,
  orderDatetime: jstDatetime(draft.orderedAt),
  shopOrderCfmDatetime: draft.progress >= 200 ? jstDatetime(draft.orderedAt) : null,
  orderFixDatetime: draft.progress >= 300 ? jstDatetime(draft.orderedAt) : null,
  shippingInstDatetime: draft.progress >= 300 ? jstDatetime(draft.orderedAt) : null,
  shippingCmplRptDatetime: null,
  cancelDueDate: addDays(jstDate(draft.orderedAt), 14),
  deliveryDate: draft.wish?.date ?? null,
  shippingTerm: draft.wish?.term.code ?? null,
  remarks: draft.remarks,
  giftCheckFlag: draft.gift ? 1 : 0,
  socialGiftFlag: draft.socialGift ? 1 : 0,
  severalSenderFlag: draft.receivers.length > 1 ? 1 : 0,
  equalSenderFlag: draft.receivers.length === 1 && !draft.socialGift ? 1 : 0,
  isolatedIslandFlag: 0,
  rakutenMemberFlag: 1,
  carrierCode: random.pick([0, 11, 11, 12, 21]),
  emailCarrierCode: 0,
  orderType: 1,
  reserveNumber: null,
  reserveDeliveryCount: null,
  cautionDisplayType: 0,
  cautionDisplayDetailType: null,
  rakutenConfirmFlag: 0,
  ...amounts,
  paymentCharge: 0,
  paymentChargeTaxRate: 0.1,
  couponAllTotalPrice: draft.coupon,
  couponShopPrice: draft.coupon,
  couponOtherPrice: 0,
  additionalFeeOccurAmountToUser: 0,
  additionalFeeOccurAmountToShop: 0,
  asurakuFlag: 0,
  drugFlag: 0,
  dealFlag: 0,
  membershipType: 0,
  memo: null,
  operator: null,
  mailPlugSentence: null,
  modifyFlag: 0,
  receiptIssueCount: 0,
  receiptIssueHistoryList: [],
});

const orderTail = (
  draft: Draft,
  amounts: ReturnType<typeof priceOrder>,
  parcels: OrderBody['PackageModelList'],
  random: Random,
) => ({
  OrdererModel: {
    ...draft.buyer,
    emailAddress: `${random.hex(32)}s${random.integer(1, 9)}@pc.fw.rakuten.ne.jp`,
    sex: random.pick(['男', '女', '-']),
    birthYear: 0,
    birthMonth: 0,
    birthDay: 0,
  },
  SettlementModel: settlement(draft, random),
  DeliveryModel: { deliveryName: '宅配便', deliveryClass: null },
  PointModel: { usedPoint: draft.points },
  WrappingModel1: draft.gift
    ? {
        title: 1,
        name: '和紙包装',
        price: 220,
        includeTaxFlag: 1,
        deleteWrappingFlag: 0,
        taxRate: 0.1,
        taxPrice: 20,
      }
    : null,
  WrappingModel2: null,
  PackageModelList: parcels,
  CouponModelList: draft.coupon > 0 ? [coupon(draft)] : null,
  ChangeReasonModelList: [],
  TaxSummaryModelList: amounts.taxSummary,
  DueDateModelList: [],
  deliveryCertPrgFlag: 0,
  oneDayOperationFlag: 0,
});

const settlement = (draft: Draft, random: Random) => {
  const card = draft.method === 1;
  return {
    settlementMethodCode: draft.method,
    settlementMethod: SETTLEMENTS[draft.method] ?? '',
    rpaySettlementFlag: draft.method === 2 ? 0 : 1,
    cardName: card ? random.pick(['VISA', 'MASTER', 'JCB']) : null,
    cardNumber: card ? `XXXX-XXXX-XXXX-${String(random.integer(0, 9999)).padStart(4, '0')}` : null,
    cardOwner: card ? 'SAMPLE BUYER' : null,
    cardYm: card ? '2033-11' : null,
    cardPayType: card ? 0 : null,
    cardInstallmentDesc: null,
  };
};

const coupon = (draft: Draft) => ({
  couponCode: 'SMPL-0000-0000-0001',
  itemId: 0,
  couponName: `${draft.coupon}円OFFクーポン`,
  couponSummary: `${draft.coupon}円引き`,
  couponCapital: 'ショップ',
  couponCapitalCode: 1,
  expiryDate: addDays(jstDate(draft.orderedAt), 30),
  couponPrice: draft.coupon,
  couponUnit: 1,
  couponTotalPrice: draft.coupon,
  itemDetailId: 0,
});

const writeParcel = (
  draft: Draft,
  index: number,
  amounts: ReturnType<typeof priceOrder>['parcels'][number],
  lines: readonly Line[],
  ids: readonly number[],
  random: Random,
): OrderBody['PackageModelList'][number] => ({
  // In every recording the destination bears the id of its first line (order reference §4.2).
  basketId: ids[0] ?? 0,
  ...amounts,
  postageTaxRate: 0.1,
  deliveryTaxRate: 0.1,
  noshi: draft.gift ? '御祝' : null,
  packageDeleteFlag: 0,
  SenderModel: { ...(draft.receivers[index] ?? draft.buyer), isolatedIslandFlag: 0 },
  ItemModelList: lines.map(({ item, units }, i) => ({
    itemDetailId: ids[i] ?? 0,
    itemName: item.name,
    itemId: 10_000_000 + (Number.parseInt(item.itemNumber ?? '0', 10) || 0),
    itemNumber: item.itemNumber,
    manageNumber: item.manageNumber,
    price: item.price,
    units,
    includePostageFlag: 0,
    includeTaxFlag: item.taxIncluded ? 1 : 0,
    includeCashOnDeliveryPostageFlag: 0,
    selectedChoice: draft.gift ? 'ラッピング:希望する' : null,
    pointRate: 1,
    pointType: 0,
    inventoryType: item.skuInfo === null ? 1 : 2,
    delvdateInfo: null,
    restoreInventoryFlag: 0,
    dealFlag: 0,
    drugFlag: 0,
    deleteItemFlag: 0,
    taxRate: item.taxPercent / 100,
    priceTaxIncl: withTax(item.price, item.taxPercent, item.taxIncluded),
    isSingleItemShipping: 0,
    SkuModelList: [
      { variantId: item.variantId, merchantDefinedSkuId: item.merchantDefinedSkuId, skuInfo: item.skuInfo },
    ],
  })),
  ShippingModelList: [],
  DeliveryCvsModel: null,
  defaultDeliveryCompanyCode: random.pick(['1001', '1001', '1002', '1003']),
  dropOffFlag: 0,
  dropOffLocation: null,
  SocialGiftModel: draft.socialGift
    ? {
        sgMngNumber: `${random.integer(100_000, 999_999)}-sg`,
        inputDueDate: addDays(jstDate(draft.orderedAt), 7),
        inputFlag: 0,
        inputCompDatetime: null,
        receiverEmailAddress: null,
      }
    : null,
});
