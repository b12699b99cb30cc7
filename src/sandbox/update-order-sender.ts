import { isObject } from './json';
import type { OrderBody, PackageBody } from './order-body';
import { FieldCheck, info, messageAnswer, refusal } from './order-fields';
import { SETTLEMENTS } from './order-writer';
import { lockOrders, type StoredOrder, saveOrder } from './orders';
import { withTax } from './prices';
import type { Handler } from './rms-call';
import { recompute } from './sender-amounts';
import { type BasketChange, type LineChange, readSenderRequest, type SenderRequest } from './sender-request';

const OPERATION = 'UPDATE_ORDERSENDER';
const CASH_ON_DELIVERY = 2;
const OPEN_STATUSES = [100, 200, 300];

type Refusal = [code: string, text: string];

/**
 * 送付先情報更新（発送前）(order reference §6.5): addresses, lines, postage and fees of one order, whose amounts are added
 * up anew; this is what fixes a postage of -9999. All its refusals have HTTP 400; 136 and 139 are known, 114 (status)
 * and 115 (destination or line) exist and their meaning is a guess. Stock and status stay as they are (a guess).
 */
export const updateOrderSender: Handler = async ({ db, shop, body, record }) => {
  const check = new FieldCheck(OPERATION);
  const request = readSenderRequest(check, isObject(body) ? body : {});
  if (request === undefined) return messageAnswer(400, check.messages);
  const { orderNumber } = request;
  const order = (await lockOrders(db, shop.shopCode, [orderNumber])).get(orderNumber);
  const refuse = ([code, text]: Refusal) =>
    messageAnswer(400, [refusal(OPERATION, code, text, { orderNumber })]);
  if (order === undefined) return refuse(['101', '注文が存在しません。']);
  const refused = statusRefusal(order, request) ?? contentRefusal(order.body, request);
  if (refused !== undefined) return refuse(refused);
  requireWhatIsThere(check, order.body, request);
  if (check.failed) return messageAnswer(400, check.messages);
  const before = order.body.requestPrice;
  apply(order.body, request);
  recompute(order.body);
  const { requestPrice } = order.body;
  if (requestPrice >= 0 && requestPrice < before && (request.fields.reductionReason ?? '') === '') {
    check.missing('reductionReason', { orderNumber });
    return messageAnswer(400, check.messages);
  }
  await saveOrder(db, order);
  record({ kind: 'sender_updated', orderNumber });
  return messageAnswer(200, [
    info(OPERATION, '101', '送付先情報の更新設定が完了しました。', { orderNumber }),
  ]);
};

const statusRefusal = ({ body }: StoredOrder, request: SenderRequest): Refusal | undefined => {
  if (!OPEN_STATUSES.includes(body.orderProgress)) {
    return ['114', '現在のステータスでは送付先情報を更新できません。'];
  }
  const changesPayment = request.afterSettlementMethodCode !== undefined;
  return changesPayment && body.orderProgress !== 100
    ? ['114', '現在のステータスでは支払方法を変更できません。']
    : undefined;
};

const contentRefusal = (body: OrderBody, request: SenderRequest): Refusal | undefined => {
  for (const basket of request.baskets) {
    const parcel = body.PackageModelList.find(({ basketId }) => basketId === basket.basketId);
    if (parcel === undefined) return ['115', `送付先が存在しません。(basketId:${basket.basketId})`];
    const refused = basketRefusal(parcel, basket);
    if (refused !== undefined) return refused;
  }
  const method = request.afterSettlementMethodCode ?? body.SettlementModel?.settlementMethodCode;
  const feeMissing = request.baskets.every(({ deliveryPrice }) => deliveryPrice === undefined);
  return method === CASH_ON_DELIVERY && feeMissing ? ['136', '代引料を指定して下さい。'] : undefined;
};

/** The lines of a destination come all, once each, with their SKU's own variantId, and with skuInfo where the SKU has one. */
const basketRefusal = ({ ItemModelList }: PackageBody, { lines }: BasketChange): Refusal | undefined => {
  const ids = (list: readonly { itemDetailId: number }[]): string =>
    list
      .map(({ itemDetailId }) => itemDetailId)
      .sort((a, b) => a - b)
      .join();
  if (ids(ItemModelList) !== ids(lines)) return ['115', '商品の指定が注文の内容と異なります。'];
  for (const stored of ItemModelList) {
    const line = lines.find(({ itemDetailId }) => itemDetailId === stored.itemDetailId);
    for (const [i, sku] of (stored.SkuModelList ?? []).entries()) {
      const sent = line?.skus[i];
      if (sent?.variantId !== undefined && sent.variantId !== sku.variantId) {
        return ['115', 'SKU管理番号は変更できません。'];
      }
      const isMulti = typeof sku.skuInfo === 'string' && sku.skuInfo !== '';
      if (isMulti && (sent?.skuInfo ?? '') === '') return ['139', 'SKU情報を指定して下さい。'];
    }
  }
  return undefined;
};

/** What an order has must be sent again: its wrappings, and its coupons, of which there cannot be more than before. */
const requireWhatIsThere = (check: FieldCheck, body: OrderBody, { fields, coupons }: SenderRequest): void => {
  const { orderNumber } = body;
  for (const name of ['WrappingModel1', 'WrappingModel2']) {
    if (isObject(body[name]) && !isObject(fields[name])) check.missing(name, { orderNumber });
  }
  const stored = Array.isArray(body.CouponModelList) ? body.CouponModelList.filter(isObject) : [];
  if (stored.length > 0 && coupons === undefined) check.missing('CouponModelList', { orderNumber });
  for (const { couponCode, couponUnit } of coupons ?? []) {
    const units = stored.find((coupon) => coupon.couponCode === couponCode)?.couponUnit;
    if (typeof units !== 'number' || couponUnit > units) check.malformed('couponUnit', { orderNumber });
  }
};

const apply = (body: OrderBody, request: SenderRequest): void => {
  for (const basket of request.baskets) {
    const parcel = body.PackageModelList.find(({ basketId }) => basketId === basket.basketId);
    if (parcel !== undefined) applyBasket(parcel, basket);
  }
  for (const name of ['WrappingModel1', 'WrappingModel2']) {
    const sent = request.fields[name];
    if (isObject(sent)) body[name] = isObject(body[name]) ? { ...body[name], ...sent } : sent;
  }
  applyCoupons(body, request);
  const code = request.afterSettlementMethodCode;
  if (code !== undefined) {
    const settlementMethod = SETTLEMENTS[code] ?? '';
    body.SettlementModel = { ...body.SettlementModel, settlementMethodCode: code, settlementMethod };
  }
};

const applyBasket = (parcel: PackageBody, basket: BasketChange): void => {
  const { noshi, packageDeleteFlag, dropOffLocation, postagePrice, deliveryPrice } = basket;
  Object.assign(parcel.SenderModel, basket.sender);
  parcel.postageTaxRate = basket.postageTaxPercent / 100;
  if (postagePrice !== undefined) parcel.postagePrice = postagePrice;
  if (deliveryPrice !== undefined) parcel.deliveryPrice = deliveryPrice;
  if (basket.deliveryTaxPercent !== undefined) parcel.deliveryTaxRate = basket.deliveryTaxPercent / 100;
  if (noshi !== undefined) parcel.noshi = noshi;
  if (packageDeleteFlag !== undefined) parcel.packageDeleteFlag = packageDeleteFlag;
  if (dropOffLocation !== undefined) {
    const used = dropOffLocation !== '利用しない';
    Object.assign(parcel, { dropOffFlag: used ? 1 : 0, dropOffLocation: used ? dropOffLocation : null });
  }
  for (const change of basket.lines) {
    const line = parcel.ItemModelList.find(({ itemDetailId }) => itemDetailId === change.itemDetailId);
    if (line !== undefined) applyLine(line, change);
  }
};

const applyLine = (line: PackageBody['ItemModelList'][number], change: LineChange): void => {
  const { price, units, taxPercent, includeTaxFlag, itemName, selectedChoice } = change;
  if (units !== undefined) line.units = units;
  if (itemName !== undefined) line.itemName = itemName;
  if (selectedChoice !== undefined) line.selectedChoice = selectedChoice;
  const repriced =
    (price !== undefined && price !== line.price) ||
    (taxPercent !== undefined && taxPercent / 100 !== line.taxRate) ||
    (includeTaxFlag !== undefined && includeTaxFlag !== line.includeTaxFlag);
  if (!repriced) return;
  // Only a changed price is taxed anew: an unchanged one keeps the shop's own rounding.
  line.price = price ?? line.price;
  if (taxPercent !== undefined) line.taxRate = taxPercent / 100;
  if (includeTaxFlag !== undefined) line.includeTaxFlag = includeTaxFlag;
  const percent = Math.round(Number(line.taxRate) * 100);
  line.priceTaxIncl = withTax(line.price, percent, line.includeTaxFlag === 1);
};

const applyCoupons = (body: OrderBody, { coupons }: SenderRequest): void => {
  if (coupons === undefined || !Array.isArray(body.CouponModelList)) return;
  const units = new Map(coupons.map(({ couponCode, couponUnit }) => [couponCode, couponUnit]));
  let used = 0;
  const models = body.CouponModelList.filter(isObject).map((coupon) => {
    const couponUnit = units.get(String(coupon.couponCode)) ?? 0;
    const kept = couponUnit === coupon.couponUnit;
    const couponTotalPrice = kept ? Number(coupon.couponTotalPrice) : Number(coupon.couponPrice) * couponUnit;
    used += couponTotalPrice;
    return { ...coupon, couponUnit, couponTotalPrice };
  });
  const before = models.length > 0 ? Number(body.couponAllTotalPrice) : 0;
  Object.assign(body, { CouponModelList: models, couponAllTotalPrice: used });
  if (before !== used) body.couponShopPrice = Math.max(0, Number(body.couponShopPrice) - (before - used));
};
