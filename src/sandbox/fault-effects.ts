import type { Books } from './books';
import type { Fault, FaultKind } from './faults';
import { makeOrder } from './generator';
import { isObject } from './json';
import { findOrder } from './orders';
import type { Answer, Operation, RmsCall } from './rms-call';
import { readCatalogue } from './stock';
import { cancel } from './transitions';

/** The part of a request that says which page it wants. */
type Asked = Pick<RmsCall, 'body' | 'query'>;

/** A function whose answers come in pages: the name of the list, and the request for the page before. */
interface Paged {
  readonly list: string;
  readonly before: (asked: Asked) => Asked | undefined;
}

/** The functions with pages; a cursor's page before cannot be asked for. */
const PAGED: Readonly<Record<string, Paged>> = {
  searchOrder: {
    list: 'orderNumberList',
    before: ({ body: sent, query }) => {
      const body = isObject(sent) ? sent : {};
      const paging = body.PaginationRequestModel;
      const page = isObject(paging) ? Number(paging.requestPage) : 1;
      if (!isObject(paging) || !(page > 1)) return undefined;
      return { body: { ...body, PaginationRequestModel: { ...paging, requestPage: page - 1 } }, query };
    },
  },
  'items.search': {
    list: 'results',
    before: ({ body, query: sent }) => {
      const offset = Number(sent.get('offset') ?? 0);
      if (!(offset > 0)) return undefined;
      const query = new URLSearchParams(sent);
      query.set('offset', String(Math.max(0, offset - Number(query.get('hits') ?? 10))));
      return { body, query };
    },
  },
};

const PARTIAL = ['getOrder', 'confirmOrder'];

/** The kinds of fault that cannot happen to this request. */
export const impossibleFaults = (operation: Operation, asked: Asked): FaultKind[] => [
  ...(PAGED[operation.name]?.before(asked) === undefined ? (['duplicate_rows'] as const) : []),
  ...(operation.name === 'searchOrder' ? [] : (['shifting_pages'] as const)),
  ...(PARTIAL.includes(operation.name) ? [] : (['partial_answer'] as const)),
];

/** What a fault makes of the function's answer, inside its transaction. */
export const alterAnswer = async (
  fault: Fault,
  operation: Operation,
  call: RmsCall,
  answer: Answer,
): Promise<Answer> => {
  if (fault.kind === 'duplicate_rows') return repeatRows(operation, call, answer);
  return fault.kind === 'partial_answer' ? leaveOut(fault, call, answer) : answer;
};

const listOf = (answer: Answer, name: string): unknown[] => {
  const list = isObject(answer.body) ? answer.body[name] : undefined;
  return Array.isArray(list) ? list : [];
};

/** How many rows of the page before come again. */
const REPEATED = 2;

/** The last rows of the page before stand at the head of this one, whose own rows all stay: nothing is hidden. */
const repeatRows = async (operation: Operation, call: RmsCall, answer: Answer): Promise<Answer> => {
  const paged = PAGED[operation.name];
  const before = paged?.before(call);
  if (paged === undefined || before === undefined || !isObject(answer.body)) return answer;
  const rows = listOf(await operation.handler({ ...call, ...before }), paged.list).slice(-REPEATED);
  return { ...answer, body: { ...answer.body, [paged.list]: [...rows, ...listOf(answer, paged.list)] } };
};

/** One order is not mentioned at all, neither with its data nor with a message: the fault's own, or the last one asked for. */
const leaveOut = (fault: Fault, { body }: RmsCall, answer: Answer): Answer => {
  const asked = isObject(body) && Array.isArray(body.orderNumberList) ? body.orderNumberList : [];
  const orderNumber = fault.orderNumber ?? asked.at(-1);
  if (!isObject(answer.body)) return answer;
  const kept = (name: string): object => {
    const list = isObject(answer.body) ? answer.body[name] : undefined;
    if (!Array.isArray(list)) return {};
    return { [name]: list.filter((entry) => !isObject(entry) || entry.orderNumber !== orderNumber) };
  };
  return { ...answer, body: { ...answer.body, ...kept('MessageModelList'), ...kept('OrderModelList') } };
};

/**
 * Moves the rows of a search under its reader's hands, after a page and before it is sent: the page's first order is
 * cancelled by its buyer and leaves the result, or an order enters it just before that one.
 */
export const shiftPages = async (
  books: Books,
  { shift }: Fault,
  { shop, now, settings, body }: RmsCall,
  answer: Answer,
): Promise<void> => {
  const first = listOf(answer, 'orderNumberList')[0];
  if (typeof first !== 'string') return;
  await books.transaction(async (db) => {
    const order = await findOrder(db, first, 'lock');
    if (order === undefined) return;
    if (shift === 'leave') {
      await cancel(db, order, { by: 'customer', reasonDetail: 1, restore: 0 }, now, settings);
      return;
    }
    const asked = isObject(body) && Array.isArray(body.orderProgressList) ? body.orderProgressList : [];
    const progress = ([100, 200, 300] as const).find((one) => asked.includes(one)) ?? 100;
    const catalogue = await readCatalogue(db, shop.shopCode);
    const lines =
      catalogue.length > 0 ? {} : { lines: [{ manageNumber: 'new', variantId: 'new', units: 1 }] };
    const orderDatetime = new Date(order.body.orderDatetime.replace('+0900', '+09:00'));
    const beside = new Date(orderDatetime.getTime() + (isAscending(body) ? -1000 : 1000));
    const overrides = { ...lines, progress, orderDatetime: beside.toISOString() };
    await makeOrder(db, shop, now.getTime() % 1_000_000, overrides, now);
  });
};

const isAscending = (body: unknown): boolean => {
  const paging = isObject(body) ? body.PaginationRequestModel : undefined;
  const sorts = isObject(paging) && Array.isArray(paging.SortModelList) ? paging.SortModelList : [];
  return sorts.some((sort) => isObject(sort) && Number(sort.sortDirection) === 1);
};
