import { type AsyncOrder, fileAsyncShipping } from './async-shipping';
import { type Fields, isObject } from './json';
import { FieldCheck, info, messageAnswer, parse } from './order-fields';
import type { Handler } from './rms-call';
import { readBaskets } from './shipping-rows';

const OPERATION = 'UPDATE_ORDERSHIPPING_ASYNC';
const MAX_ORDERS = 100;

const orderList = (value: unknown): Fields[] | undefined =>
  Array.isArray(value) && value.length <= MAX_ORDERS && value.every(isObject) ? value : undefined;

/**
 * 発送完了報告（非同期） (order reference §6.1): takes the reports of up to 100 different orders at once and answers with
 * one requestId; the rows appear later. A wrong field, too many orders or the same order twice refuses the whole call
 * (the code of the latter two is a guess, §14), with the status that the settings choose: 200 as the portal is said to
 * show it, or 400.
 */
export const updateOrderShippingAsync: Handler = async ({ db, shop, now, settings, body, record }) => {
  const check = new FieldCheck(OPERATION);
  const fields = isObject(body) ? body : {};
  const models = check.read(fields, 'OrderShippingModelList', 'required', orderList) ?? [];
  const orders = models.map((model): AsyncOrder => {
    const orderNumber = check.read(model, 'orderNumber', 'required', parse.text) ?? '';
    return { orderNumber, rows: readBaskets(check, model, () => ({ orderNumber })) };
  });
  const numbers = orders.map((order) => order.orderNumber).filter((number) => number !== '');
  const twice = new Set(numbers.filter((number, i) => numbers.indexOf(number) !== i));
  for (const orderNumber of twice) check.malformed('orderNumber', { orderNumber });
  if (check.failed) return messageAnswer(settings.asyncRefusalStatus, check.messages);
  const requestId = await fileAsyncShipping(db, shop.shopCode, orders, now, settings);
  record({ kind: 'shipping_accepted', requestId });
  const detail = { requestId, dataNumber: null, shippingDetailId: null };
  return messageAnswer(200, [info(OPERATION, '101', '発送情報の更新を受付けました。', detail)]);
};
