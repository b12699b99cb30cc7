import { findAsyncResult } from './async-shipping';
import { isObject } from './json';
import { FieldCheck, info, type Message, parse } from './order-fields';
import type { Answer, Handler } from './rms-call';

const OPERATION = 'GET_RESULT_UPDATEORDERSHIPPING_ASYNC';

const withoutOrder = (status: number, messages: readonly Message[]): Answer => ({
  status,
  body: { ResultShippingModelList: [{ MessageModelList: messages }] },
});

/**
 * 発送完了報告（非同期）結果確認 (order reference §6.1): the messages of each order of a report. One that still runs, is
 * unknown or expired answers alike: HTTP 200 and one element without an order number.
 */
export const getResultUpdateOrderShippingAsync: Handler = async ({ db, shop, now, body }) => {
  const check = new FieldCheck(OPERATION);
  const requestId = check.read(isObject(body) ? body : {}, 'requestId', 'required', parse.text);
  if (requestId === undefined) return withoutOrder(400, check.messages);
  const results = await findAsyncResult(db, shop.shopCode, requestId, now);
  return results === undefined
    ? withoutOrder(200, [info(OPERATION, '101', '指定されたリクエストIDの処理結果は存在しませんでした。')])
    : { status: 200, body: { ResultShippingModelList: results } };
};
