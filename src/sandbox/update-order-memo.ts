import { isObject } from './json';
import { FieldCheck, info, messageAnswer, parse, refusal } from './order-fields';
import { lockOrders, saveOrder } from './orders';
import type { Handler } from './rms-call';
import { readShopInfo } from './shop-info';
import { setSubStatus, subStatusRefusal } from './sub-status';

const OPERATION = 'UPDATE_ORDERMEMO';

const DELIVERY_CLASSES = [0, 1, 2, 3, 4, 5, 6, 7, 8];

/** 0 none, 1 morning, 2 afternoon, 9 other, or two hours such as 1416 (order reference §4.2). */
const shippingTerm = (value: unknown): number | undefined => {
  const term = parse.number(value);
  if (term === undefined || [0, 1, 2, 9].includes(term)) return term;
  const [from, to] = [Math.floor(term / 100), term % 100];
  return from >= 7 && from <= 24 && to >= 7 && to <= 24 ? term : undefined;
};

/** The fields that are written as they come: an absent one changes nothing, an empty one erases (a guess). */
const TEXTS = { memo: 1000, operator: 6, mailPlugSentence: 1024 } as const;

/** Why the fields of a request cannot be written; the codes exist, what they mean is not public (order reference §6.3). */
const CODES: Readonly<Record<string, string>> = { '101': '108', '102': '109' };

/** ひとことメモ更新 (order reference §6.3): memo, operator, mail text, delivery wishes and sub-status of one order. */
export const updateOrderMemo: Handler = async ({ db, shop, body, record }) => {
  const check = new FieldCheck(OPERATION);
  const fields = isObject(body) ? body : {};
  const orderNumber = check.read(fields, 'orderNumber', 'required', parse.text);
  const subStatusId = check.read(fields, 'subStatusId', 'optional', parse.number) ?? null;
  const deliveryClass = check.read(fields, 'deliveryClass', 'optional', parse.oneOf(...DELIVERY_CLASSES));
  const deliveryDate = check.read(fields, 'deliveryDate', 'optional', parse.date);
  const term = check.read(fields, 'shippingTerm', 'optional', shippingTerm);
  const texts = Object.entries(TEXTS).map(([name, max]) => {
    const value = check.read(fields, name, 'optional', parse.textUpTo(max));
    return [name, value ?? null] as const;
  });
  if (orderNumber === undefined || check.failed) return messageAnswer(400, check.messages);
  const order = (await lockOrders(db, shop.shopCode, [orderNumber])).get(orderNumber);
  const refuse = (code: string, text: string) =>
    messageAnswer(200, [refusal(OPERATION, code, text, { orderNumber })]);
  if (order === undefined) return refuse('107', '注文が存在しません。');
  if ('subStatusId' in fields) {
    const { subStatuses } = await readShopInfo(db, shop.shopCode);
    const refused = subStatusRefusal(order, subStatusId, subStatuses);
    if (refused !== undefined) return refuse(CODES[refused[0]] ?? '109', refused[1]);
    setSubStatus(order, subStatusId, subStatuses);
  }
  const written = [...texts, ['deliveryDate', deliveryDate ?? null], ['shippingTerm', term ?? null]] as const;
  Object.assign(order.body, Object.fromEntries(written.filter(([name]) => name in fields)));
  if ('deliveryClass' in fields && isObject(order.body.DeliveryModel)) {
    order.body.DeliveryModel = { ...order.body.DeliveryModel, deliveryClass: deliveryClass ?? null };
  }
  await saveOrder(db, order);
  record({ kind: 'memo_updated', orderNumber });
  return messageAnswer(200, [
    info(OPERATION, '101', 'ひとことメモの更新設定が完了しました。', { orderNumber }),
  ]);
};
