import { isObject } from './json';
import { shippingRowsOf } from './order-body';
import { FieldCheck, info, messageAnswer, parse, refusal } from './order-fields';
import { lockOrders, type StoredOrder } from './orders';
import type { Handler } from './rms-call';
import { cancel } from './transitions';

const CUSTOMER_REASONS = [1, 2, 3, 4, 5, 6];
const SHOP_REASONS = [8, 10, 13, 14, 15];

/** Why an order cannot be cancelled. The codes are not public: these are the sandbox's own. */
type Refusal = [code: string, text: string] | undefined;

/** One of the two ways to cancel: the token of its messages, and what stands in its way. */
interface Kind {
  readonly operation: string;
  readonly refusalOf: (order: StoredOrder) => Refusal;
  /** Whether application and fixing happen in one go, so that no 800 is ever seen. */
  readonly atOnce: boolean;
}

const WRONG_STATUS: Refusal = ['103', '現在のステータスではキャンセルできません。'];

const cancelHandler =
  ({ operation, refusalOf, atOnce }: Kind): Handler =>
  async ({ db, shop, now, settings, body, record }) => {
    const check = new FieldCheck(operation);
    const fields = isObject(body) ? body : {};
    const orderNumber = check.read(fields, 'orderNumber', 'required', parse.text);
    const restore = check.read(fields, 'inventoryRestoreType', 'required', parse.oneOf(0, 1, 2));
    const reasons = parse.oneOf(...CUSTOMER_REASONS, ...SHOP_REASONS);
    const reason = check.read(fields, 'changeReasonDetailApply', 'required', reasons);
    if (orderNumber === undefined || restore === undefined || reason === undefined) {
      return messageAnswer(400, check.messages);
    }
    const order = (await lockOrders(db, shop.shopCode, [orderNumber])).get(orderNumber);
    const refuse = (code: string, text: string) =>
      messageAnswer(200, [refusal(operation, code, text, { orderNumber })]);
    if (order === undefined) return refuse('101', '注文が存在しません。');
    const refused = refusalOf(order);
    if (refused !== undefined) return refuse(...refused);
    const by = CUSTOMER_REASONS.includes(reason) ? 'customer' : 'shop';
    const shows800 = settings.cancelShows800 && !atOnce;
    const how = { by, reasonDetail: reason, restore } as const;
    await cancel(db, order, how, now, { ...settings, cancelShows800: shows800 });
    record({ kind: 'cancelled', orderNumber });
    return messageAnswer(200, [info(operation, '101', 'キャンセル申請に成功しました。', { orderNumber })]);
  };

/** 注文キャンセル（発送前）(order reference §2, §6.4): one order at 100, 200 or 300 without any shipping date. */
export const cancelOrder = cancelHandler({
  operation: 'CANCEL_ORDER',
  atOnce: false,
  refusalOf: ({ body }) => {
    if (body.orderProgress >= 800) return ['102', 'キャンセル済みの注文です。'];
    if (body.orderProgress > 300) return WRONG_STATUS;
    const dated = shippingRowsOf(body).some((row) => row.shippingDate !== null && row.shippingDate !== '');
    return dated ? ['104', '発送日が登録されているためキャンセルできません。'] : undefined;
  },
});

/** 注文キャンセル（発送後）(order reference §2, §6.4): one order at 500, 600, 700 or 800. The token of its codes is a guess. */
export const cancelOrderAfterShipping = cancelHandler({
  operation: 'CANCEL_ORDER_AFTER_SHIPPING',
  atOnce: true,
  refusalOf: ({ body }) => {
    if (body.orderProgress === 900) return ['102', 'キャンセル済みの注文です。'];
    return body.orderProgress < 500 ? WRONG_STATUS : undefined;
  },
});
