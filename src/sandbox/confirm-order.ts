import { addDays, jstDate, jstDatetime } from './japan-time';
import { isObject } from './json';
import { hasUnfixedAmounts, isPrepaid } from './order-body';
import { FieldCheck, info, type Message, messageAnswer, parse, refusal } from './order-fields';
import { lockOrders, type StoredOrder, saveOrder } from './orders';
import type { Handler } from './rms-call';
import { appendChange } from './transitions';

/** Why an order cannot be confirmed, in the words of §5; 101 for an unknown number is a guess, its code is not public. */
const refusalOf = (order: StoredOrder | undefined): [code: string, text: string] | undefined => {
  if (order === undefined) return ['101', '注文が存在しません。'];
  const { orderProgress } = order.body;
  if (orderProgress >= 800) return ['102', 'キャンセル済みの注文です。'];
  if (orderProgress !== 100) return ['103', '注文確認待ちの注文ではありません。'];
  return hasUnfixedAmounts(order.body) ? ['105', '送料が設定されていません。'] : undefined;
};

/**
 * 注文確認 (order reference §5): each of up to 100 orders for itself, 100 → 200, with HTTP 200 even when some are
 * refused. From here Rakuten asks buyers of prepaid methods for their money, with a limit in DueDateModelList.
 */
export const confirmOrder: Handler = async ({ db, shop, now, settings, body, record }) => {
  const check = new FieldCheck('CONFIRM_ORDER');
  const fields = isObject(body) ? body : {};
  const orderNumbers = check.read(fields, 'orderNumberList', 'required', parse.orderNumbers);
  if (orderNumbers === undefined) return messageAnswer(400, check.messages);
  const orders = await lockOrders(db, shop.shopCode, orderNumbers);
  const messages: Message[] = [];
  for (const orderNumber of orderNumbers) {
    const order = orders.get(orderNumber);
    const refused = refusalOf(order);
    if (order === undefined || refused !== undefined) {
      const [code, text] = refused ?? ['101', ''];
      messages.push(refusal('CONFIRM_ORDER', code, text, { orderNumber }));
      continue;
    }
    order.body.orderProgress = 200;
    order.body.shopOrderCfmDatetime = jstDatetime(now);
    await appendChange(db, order, { changeType: 8 }, now);
    if (isPrepaid(order.body)) {
      const dueDate = addDays(jstDate(now), settings.paymentLimitDays);
      order.body.DueDateModelList = [...(order.body.DueDateModelList ?? []), { dueDateType: 0, dueDate }];
    }
    await saveOrder(db, order);
    record({ kind: 'confirmed', orderNumber });
    messages.push(info('CONFIRM_ORDER', '101', '注文確認に成功しました。', { orderNumber }));
  }
  return messageAnswer(200, messages);
};
