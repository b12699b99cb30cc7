import { isObject } from './json';
import { FieldCheck, messageAnswer, parse } from './order-fields';
import { lockOrders } from './orders';
import type { Handler } from './rms-call';
import { readBaskets, reportShipping } from './shipping-rows';

/**
 * 発送完了報告 (order reference §6.1): inserts, changes and deletes parcel rows of one order. A row without
 * shippingDetailId is always a new row, also when the same one stands there already. One message per row, counted over
 * all destinations. A refused row keeps the whole request from being written.
 */
export const updateOrderShipping: Handler = async (call) => {
  const check = new FieldCheck('UPDATE_ORDERSHIPPING');
  const fields = isObject(call.body) ? call.body : {};
  const orderNumber = check.read(fields, 'orderNumber', 'required', parse.text);
  const rows = readBaskets(check, fields, (dataNumber) => ({ dataNumber }));
  if (orderNumber === undefined || check.failed) return messageAnswer(400, check.messages);
  const order = (await lockOrders(call.db, call.shop.shopCode, [orderNumber])).get(orderNumber);
  return messageAnswer(200, await reportShipping(call, orderNumber, order, rows));
};
