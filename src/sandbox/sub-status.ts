import { isObject } from './json';
import { FieldCheck, info, type Message, messageAnswer, parse, refusal } from './order-fields';
import { lockOrders, type StoredOrder, saveOrder } from './orders';
import type { Handler } from './rms-call';
import { readShopInfo, type ShopInfo } from './shop-info';

const OPERATION = 'UPDATE_ORDERSUBSTATUS';
const MISMATCH = '指定された注文番号、サブステータスでは更新できません。';

type SubStatus = ShopInfo['subStatuses'][number];

/**
 * サブステータス情報取得 (order reference §6.2): the shop's sub-statuses under their statuses, null when it has none. The
 * message is a guess: no sample is public.
 */
export const getSubStatusList: Handler = async ({ db, shop }) => {
  const { subStatuses } = await readShopInfo(db, shop.shopCode);
  const progresses = [...new Set(subStatuses.map((one) => one.orderProgress))].sort((a, b) => a - b);
  const models = progresses.map((orderProgress) => ({
    orderProgress,
    SubStatusModelList: subStatuses
      .filter((one) => one.orderProgress === orderProgress)
      .sort((a, b) => a.orderby - b.orderby)
      .map(({ subStatusId, subStatusName, orderby }) => ({ subStatusId, subStatusName, orderby })),
  }));
  return {
    status: 200,
    body: {
      MessageModelList: [info('GET_SUBSTATUSLIST', '101', 'サブステータス情報の取得に成功しました。')],
      StatusModelList: models.length > 0 ? models : null,
    },
  };
};

/** Why a sub-status cannot be set: cancelled (101), or it belongs to another status or to nobody (102). */
export const subStatusRefusal = (
  order: StoredOrder | undefined,
  subStatusId: number | null,
  subStatuses: readonly SubStatus[],
): [code: string, text: string] | undefined => {
  if (order === undefined) return ['102', MISMATCH];
  if (order.body.orderProgress >= 800) return ['101', 'キャンセル済みの注文のため更新できません。'];
  const { orderProgress } = order.body;
  const fits = subStatuses.some(
    (one) => one.subStatusId === subStatusId && one.orderProgress === orderProgress,
  );
  return subStatusId === null || fits ? undefined : ['102', MISMATCH];
};

/** Sets an order's sub-status, or takes it away (null); the caller has made sure that it fits. */
export const setSubStatus = (
  order: StoredOrder,
  subStatusId: number | null,
  subStatuses: readonly SubStatus[],
): void => {
  order.body.subStatusId = subStatusId;
  order.body.subStatusName =
    subStatuses.find((one) => one.subStatusId === subStatusId)?.subStatusName ?? null;
};

/**
 * サブステータス情報更新 (order reference §6.2): each of up to 100 orders for itself. An order number of another shop
 * refuses the whole call with 016 (that it does so with HTTP 400 is a guess).
 */
export const updateOrderSubStatus: Handler = async ({ db, shop, body, record }) => {
  const check = new FieldCheck(OPERATION);
  const fields = isObject(body) ? body : {};
  const orderNumbers = check.read(fields, 'orderNumberList', 'required', parse.orderNumbers);
  // The key must be there; null is the value that takes the sub-status away.
  const clears = fields.subStatusId === null;
  const asked = clears ? null : check.read(fields, 'subStatusId', 'required', parse.number);
  if (orderNumbers === undefined || asked === undefined) return messageAnswer(400, check.messages);
  const orders = await lockOrders(db, shop.shopCode, orderNumbers);
  const foreign = orderNumbers.filter(
    (number) => !orders.has(number) && !number.startsWith(`${shop.rakutenShopId}-`),
  );
  if (foreign.length > 0) {
    const text = '他店舗の注文番号が指定されています。';
    const refused = foreign.map((orderNumber) => refusal(OPERATION, '016', text, { orderNumber }));
    return messageAnswer(400, refused);
  }
  const { subStatuses } = await readShopInfo(db, shop.shopCode);
  const messages: Message[] = [];
  for (const orderNumber of orderNumbers) {
    const order = orders.get(orderNumber);
    const refused = subStatusRefusal(order, asked, subStatuses);
    if (order === undefined || refused !== undefined) {
      const [code, text] = refused ?? ['102', MISMATCH];
      messages.push(refusal(OPERATION, code, text, { orderNumber }));
      continue;
    }
    setSubStatus(order, asked, subStatuses);
    await saveOrder(db, order);
    record({ kind: 'sub_status_updated', orderNumber });
    messages.push(info(OPERATION, '101', 'サブステータスの更新設定が完了しました。', { orderNumber }));
  }
  return messageAnswer(200, messages);
};
