import { DAY_MS } from './japan-time';
import { isObject } from './json';
import type { OrderBody } from './order-body';
import { FieldCheck, info, parse } from './order-fields';
import { inVersion, NEWEST_VERSION, OLDEST_VERSION, VERSION_NAMED_SINCE } from './order-versions';
import type { Handler } from './rms-call';

const MAX_AGE_DAYS = 730;

const version = (value: unknown): number | undefined => {
  const number = parse.number(value);
  return number !== undefined && number >= OLDEST_VERSION && number <= NEWEST_VERSION ? number : undefined;
};

/**
 * 注文情報取得 (order reference §4): up to 100 orders in the asked version. Numbers that are unknown, another shop's
 * or older than 730 days each get an INFO_102 of their own, beside the orders that are found.
 */
export const getOrder: Handler = async ({ db, shop, now, body }) => {
  const check = new FieldCheck('GET_ORDER');
  const fields = isObject(body) ? body : {};
  const orderNumbers = check.read(fields, 'orderNumberList', 'required', parse.orderNumbers);
  const asked = check.read(fields, 'version', 'required', version);
  if (orderNumbers === undefined || asked === undefined) {
    return { status: 400, body: { MessageModelList: check.messages, OrderModelList: [] } };
  }
  const { rows } = await db.query<{ body: OrderBody }>(
    'SELECT body FROM orders WHERE shop_code = $1 AND order_number = ANY($2) AND ordered_at >= $3',
    [shop.shopCode, orderNumbers, new Date(now.getTime() - MAX_AGE_DAYS * DAY_MS)],
  );
  const found = new Map(rows.map((row) => [row.body.orderNumber, row.body]));
  const distinct = [...new Set(orderNumbers)];
  const orders = distinct.flatMap((orderNumber) => found.get(orderNumber) ?? []);
  const missing = distinct
    .filter((orderNumber) => !found.has(orderNumber))
    .map((orderNumber) => info('GET_ORDER', '102', '受注情報が取得できませんでした。', { orderNumber }));
  const success = info('GET_ORDER', '101', `受注情報取得に成功しました。(取得件数${orders.length}件)`);
  return {
    status: 200,
    body: {
      ...(asked >= VERSION_NAMED_SINCE ? { version: asked } : {}),
      MessageModelList: orders.length > 0 ? [success, ...missing] : missing,
      OrderModelList: orders.map((order) => inVersion(order, asked)),
    },
  };
};
