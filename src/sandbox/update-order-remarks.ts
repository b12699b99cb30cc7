import { isObject } from './json';
import { FieldCheck, info, messageAnswer, parse, refusal } from './order-fields';
import { lockOrders, saveOrder } from './orders';
import type { Handler } from './rms-call';

const OPERATION = 'UPDATE_ORDERREMARKS';
const MAX_REMARKS = 4000;

/** 備考情報更新 (order reference §6.3): the gift flag, the remarks, or both, of one order. The text of its success is a guess. */
export const updateOrderRemarks: Handler = async ({ db, shop, body, record }) => {
  const check = new FieldCheck(OPERATION);
  const fields = isObject(body) ? body : {};
  const orderNumber = check.read(fields, 'orderNumber', 'required', parse.text);
  const giftCheck = check.read(fields, 'giftCheck', 'optional', parse.oneOf(0, 1));
  const remarks = check.read(fields, 'remarks', 'optional', parse.textUpTo(MAX_REMARKS));
  if (!('giftCheck' in fields) && !('remarks' in fields)) check.missing('giftCheck,remarks');
  if (orderNumber === undefined || check.failed) return messageAnswer(400, check.messages);
  const order = (await lockOrders(db, shop.shopCode, [orderNumber])).get(orderNumber);
  if (order === undefined) {
    return messageAnswer(200, [refusal(OPERATION, '101', '注文が存在しません。', { orderNumber })]);
  }
  if (giftCheck !== undefined) order.body.giftCheckFlag = giftCheck;
  if ('remarks' in fields) order.body.remarks = remarks ?? null;
  await saveOrder(db, order);
  record({ kind: 'remarks_updated', orderNumber });
  return messageAnswer(200, [info(OPERATION, '101', '備考情報の更新設定が完了しました。', { orderNumber })]);
};
