import { RmsError } from './errors';
import { parseAnswer } from './parse';
import { type MessageModel, messageAnswer, ordersAnswer, searchAnswer } from './schemas/messages';
import { type OrderModel, orderModel } from './schemas/order';
import { CONTENT_TYPE, type RmsConnection, send } from './transport';
import { toWireDatetime } from './wire-time';

/** Most order numbers that getOrder and confirmOrder take in one call (reference, order API §2). */
export const MAX_ORDERS_PER_CALL = 100;

/**
 * The order version we ask for. 10 is the newest, but no answer of it has been published and it only adds the social
 * gift fields; 9 has official samples and every server that knows 10 knows 9. Gifts without an address are told by
 * their 入力待ち placeholders in either version. The schema reads both.
 */
const ORDER_VERSION = 9;

const call = (
  connection: RmsConnection,
  operation: string,
  effect: 'read' | 'write',
  body: unknown,
): Promise<unknown> =>
  send(connection, {
    operation,
    effect,
    method: 'POST',
    path: `/es/2.0/order/${operation}/`,
    contentType: CONTENT_TYPE.order,
    body,
  });

/** What searchOrder compares the window with (reference §3.1, dateType). */
const DATE_TYPE = {
  ordered: 1,
  confirmed: 2,
  fixed: 3,
  shipped: 4,
  shippingReported: 5,
  paymentFixed: 6,
} as const;

/** A search for order numbers. */
export interface OrderSearch {
  /** Statuses 100…900; all when absent. */
  readonly orderProgressList?: readonly number[];
  readonly dateType: keyof typeof DATE_TYPE;
  /** Window of at most 63 days, within the past 730 days; cut to whole seconds. */
  readonly start: Date;
  readonly end: Date;
  /** From 1. Rows after the 15,000th cannot be reached: take a smaller window. */
  readonly page: number;
  /** 1–1000. */
  readonly pageSize: number;
  /** By order datetime. */
  readonly sort: 'asc' | 'desc';
  /** Only orders without a shipping date. */
  readonly shippingDateBlank?: boolean;
  /** Only orders without a tracking number. */
  readonly shippingNumberBlank?: boolean;
}

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
  const json = await call(connection, operation, 'read', {
    ...(search.orderProgressList ? { orderProgressList: search.orderProgressList } : {}),
    dateType: DATE_TYPE[search.dateType],
    startDatetime: toWireDatetime(search.start),
    endDatetime: toWireDatetime(search.end),
    ...(search.shippingDateBlank ? { shippingDateBlankFlag: 1 } : {}),
    ...(search.shippingNumberBlank ? { shippingNumberBlankFlag: 1 } : {}),
    PaginationRequestModel: {
      requestRecordsAmount: search.pageSize,
      requestPage: search.page,
      SortModelList: [{ sortColumn: 1, sortDirection: search.sort === 'asc' ? 1 : 2 }],
    },
  });
  const answer = parseAnswer(searchAnswer, json, { operation, effect: 'read' });
  const errors = answer.MessageModelList.filter(isError);
  if (errors.length > 0) throw refusal(operation, errors);
  return {
    orderNumbers: answer.orderNumberList ?? [],
    totalRecords: answer.PaginationResponseModel?.totalRecordsAmount ?? 0,
    totalPages: answer.PaginationResponseModel?.totalPages ?? 0,
    page: answer.PaginationResponseModel?.requestPage ?? search.page,
  };
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
  orderNumbers: readonly string[],
): Promise<Map<string, GetOrderAnswer>> {
  const operation = 'getOrder';
  const asked = [...new Set(orderNumbers)];
  const json = await call(connection, operation, 'read', { orderNumberList: asked, version: ORDER_VERSION });
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
    if (own.some(isError)) throw refusal(operation, own.filter(isError), orderNumber);
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
  orderNumbers: readonly string[],
): Promise<Map<string, ConfirmOrderAnswer>> {
  const operation = 'confirmOrder';
  const asked = [...new Set(orderNumbers)];
  const json = await call(connection, operation, 'write', { orderNumberList: asked });
  const { MessageModelList } = parseAnswer(messageAnswer, json, { operation, effect: 'write' });
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

const isError = ({ messageType }: MessageModel): boolean => messageType === 'ERROR';

const refusal = (operation: string, messages: readonly MessageModel[], orderNumber?: string): RmsError =>
  new RmsError({
    kind: 'refused',
    operation,
    codes: messages.map(({ messageCode, message }) => ({ code: messageCode, message: message ?? '' })),
    ...(orderNumber === undefined ? {} : { orderNumber }),
  });
