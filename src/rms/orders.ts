import { RmsError } from './errors';
import { callOrderApi, isError, refusalOf, requireNoError, writeOrder } from './order-call';
import { issuesOf, parseAnswer } from './parse';
import { MAX_ORDERS_PER_CALL, orderNumbers, requireValid } from './request';
import { type MessageModel, messageAnswer, ordersAnswer, searchAnswer } from './schemas/messages';
import { type OrderModel, orderModel } from './schemas/order';
import { checkOrderSearch, type OrderSearch, wireSearch } from './search-request';
import type { RmsConnection } from './transport';

export { MAX_ORDERS_PER_CALL, type OrderSearch };

/**
 * The order version we ask for. 10 is the newest, but no answer of it has been published and it only adds the social
 * gift fields; 9 has official samples and every server that knows 10 knows 9. Gifts without an address are told by
 * their 入力待ち placeholders in either version. The schema reads both.
 */
const ORDER_VERSION = 9;

/** One page of a search. */
export interface OrderSearchPage {
  readonly orderNumbers: readonly string[];
  readonly totalRecords: number;
  readonly totalPages: number;
  readonly page: number;
}

/**
 * searchOrder (reference §3): order numbers without their status, one page.
 * @throws RmsError
 */
export async function searchOrder(connection: RmsConnection, search: OrderSearch): Promise<OrderSearchPage> {
  const operation = 'searchOrder';
  requireValid(operation, checkOrderSearch(search));
  const json = await callOrderApi(connection, operation, 'read', wireSearch(search));
  const answer = parseAnswer(searchAnswer, json, { operation, effect: 'read' });
  requireNoError(operation, answer.MessageModelList);
  return {
    orderNumbers: answer.orderNumberList ?? [],
    totalRecords: answer.PaginationResponseModel?.totalRecordsAmount ?? 0,
    totalPages: answer.PaginationResponseModel?.totalPages ?? 0,
    page: answer.PaginationResponseModel?.requestPage ?? search.page,
  };
}

/** The numbers to ask for, each once. @throws RmsError `invalid_request` */
function distinct(operation: string, numbers: readonly string[]): string[] {
  const asked = [...new Set(numbers)];
  requireValid(operation, issuesOf(orderNumbers, asked));
  return asked;
}

/** What getOrder says about one order number. `raw` is the order as it came, with the fields we do not know. */
export type GetOrderAnswer =
  | { readonly kind: 'found'; readonly order: OrderModel; readonly raw: unknown }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'malformed'; readonly error: RmsError };

/**
 * getOrder (reference §4) for 1–100 order numbers: one answer for every number asked, each read by itself so that an
 * order which cannot be read fails alone.
 * @throws RmsError when the call as a whole failed
 */
export async function getOrder(
  connection: RmsConnection,
  numbers: readonly string[],
): Promise<Map<string, GetOrderAnswer>> {
  const operation = 'getOrder';
  const asked = distinct(operation, numbers);
  const body = { orderNumberList: asked, version: ORDER_VERSION };
  const json = await callOrderApi(connection, operation, 'read', body);
  const { MessageModelList: messages, OrderModelList } = parseAnswer(ordersAnswer, json, {
    operation,
    effect: 'read',
  });
  const found = new Map((OrderModelList ?? []).map((raw) => [numberOf(raw), raw] as const));
  return new Map(asked.map((number) => [number, readOrder(number, found.get(number), messages)]));
}

function readOrder(orderNumber: string, raw: unknown, messages: readonly MessageModel[]): GetOrderAnswer {
  const operation = 'getOrder';
  try {
    if (raw !== undefined) {
      return {
        kind: 'found',
        order: parseAnswer(orderModel, raw, { operation, effect: 'read', orderNumber }),
        raw,
      };
    }
    const own = messages.filter((message) => message.orderNumber === orderNumber);
    if (own.some(isError)) throw refusalOf(operation, own.filter(isError), orderNumber);
    const general = messages.filter((message) => !message.orderNumber);
    if ([...own, ...general].some(({ messageCode }) => messageCode.endsWith('_GET_ORDER_INFO_102'))) {
      return { kind: 'not_found' };
    }
    const issues = [{ path: 'OrderModelList', message: 'does not mention this order number' }];
    throw new RmsError({ kind: 'malformed', operation, orderNumber, issues });
  } catch (error) {
    if (error instanceof RmsError) return { kind: 'malformed', error };
    throw error;
  }
}

const numberOf = (raw: unknown): unknown =>
  typeof raw === 'object' && raw !== null && 'orderNumber' in raw ? raw.orderNumber : undefined;

/** What confirmOrder says about one order number; `no_answer`: look the order up before confirming it again. */
export type ConfirmOrderAnswer =
  | { readonly kind: 'confirmed' | 'already_moved_on' | 'cancelled' | 'postage_unfixed' | 'no_answer' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** Expected outcomes by the end of their message code (reference §5). */
const CONFIRM_OUTCOME = {
  INFO_101: 'confirmed',
  ERROR_102: 'cancelled',
  ERROR_103: 'already_moved_on',
  ERROR_105: 'postage_unfixed',
} as const;

const isConfirmCode = (code: string): code is keyof typeof CONFIRM_OUTCOME =>
  Object.hasOwn(CONFIRM_OUTCOME, code);

/**
 * confirmOrder (reference §5) for 1–100 order numbers, 100 → 200: one answer for every number asked. Safe to repeat:
 * an order that has moved on answers `already_moved_on`.
 * @throws RmsError when the call as a whole failed
 */
export async function confirmOrder(
  connection: RmsConnection,
  numbers: readonly string[],
): Promise<Map<string, ConfirmOrderAnswer>> {
  const operation = 'confirmOrder';
  const asked = distinct(operation, numbers);
  const json = await writeOrder(connection, operation, { orderNumberList: asked });
  const { MessageModelList } = parseAnswer(messageAnswer, json, { operation, effect: 'write' });
  // A refusal of the request as a whole is somebody's fault: smaller requests find out whose.
  const general = MessageModelList.filter((message) => isError(message) && !message.orderNumber);
  if (asked.length > 1 && general.length > 0 && general.length === MessageModelList.length)
    throw refusalOf(operation, general);
  const lone = asked.length === 1 ? asked[0] : undefined;
  const byNumber = new Map(
    MessageModelList.map((message) => [message.orderNumber ?? lone, message] as const),
  );
  return new Map(asked.map((number) => [number, readConfirmation(byNumber.get(number))]));
}

function readConfirmation(message: MessageModel | undefined): ConfirmOrderAnswer {
  if (message === undefined) return { kind: 'no_answer' };
  const code = message.messageCode.replace('ORDER_EXT_API_CONFIRM_ORDER_', '');
  if (isConfirmCode(code)) return { kind: CONFIRM_OUTCOME[code] };
  // Neither success nor refusal by a code we know: the order itself has to be asked.
  if (!isError(message)) return { kind: 'no_answer' };
  return { kind: 'refused', code: message.messageCode, message: message.message ?? '' };
}
