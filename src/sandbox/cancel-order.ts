import { isObject } from './json';
import { shippingRowsOf } from './order-body';
import { FieldCheck, info, messageAnswer, parse, refusal } from './order-fields';
import { lockOrders, type StoredOrder } from './orders';
import type { Handler } from './rms-call';
import { cancel } from './transitions';

const CUSTOMER_REASONS = [1, 2, 3, 4, 5, 6];
const SHOP_REASONS = [8, 10, 13, 14, 15];

/** Why an order cannot be cancelled before shipping (order reference §2, §6.4). The codes are not public: these are the sandbox's own. */
const refusalOf = (order: StoredOrder | undefined): [code: string, text: string] | undefined => {
  if (order === undefined) return ['101', '注文が存在しません。'];
  if (order.body.orderProgress >= 800) return ['102', 'キャンセル済みの注文です。'];
  if (order.body.orderProgress > 300) return ['103', '現在のステータスではキャンセルできません。'];
  const dated = shippingRowsOf(order.body).some(
    (row) => row.shippingDate !== null && row.shippingDate !== '',
  );
  return dated ? ['104', '発送日が登録されているためキャンセルできません。'] : undefined;
};

/** 注文キャンセル（発送前）(order reference §6.4): one order at 100, 200 or 300 without any shipping date. */
export const cancelOrder: Handler = async ({ db, shop, now, settings, body, record }) => {
  const check = new FieldCheck('CANCEL_ORDER');
  const fields = isObject(body) ? body : {};
  const orderNumber = check.read(fields, 'orderNumber', 'required', parse.text);
  const restore = check.read(fields, 'inventoryRestoreType', 'required', parse.oneOf(0, 1, 2));
  const reasons = parse.oneOf(...CUSTOMER_REASONS, ...SHOP_REASONS);
  const reason = check.read(fields, 'changeReasonDetailApply', 'required', reasons);
  if (orderNumber === undefined || restore === undefined || reason === undefined) {
    return messageAnswer(400, check.messages);
  }
  const order = (await lockOrders(db, shop.shopCode, [orderNumber])).get(orderNumber);
  const refused = refusalOf(order);
  if (order === undefined || refused !== undefined) {
    const [code, text] = refused ?? ['101', ''];
    return messageAnswer(200, [refusal('CANCEL_ORDER', code, text, { orderNumber })]);
  }
  const by = CUSTOMER_REASONS.includes(reason) ? 'customer' : 'shop';
  await cancel(db, order, { by, reasonDetail: reason, restore }, now, settings);
  record({ kind: 'cancelled', orderNumber });
  return messageAnswer(200, [info('CANCEL_ORDER', '101', 'キャンセル申請に成功しました。', { orderNumber })]);
};
