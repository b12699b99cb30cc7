import { isObject } from './json';

/** The lists that batch calls hold, in order, inventory and item API. */
const LISTS = ['orderNumberList', 'OrderShippingModelList', 'inventories', 'manageNumbers'];

/** What a request is about, as the journal keeps it. */
interface Subject {
  readonly orderNumbers: string[];
  readonly batchSize: number;
}

const numberOf = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  return isObject(value) && typeof value.orderNumber === 'string' ? [value.orderNumber] : [];
};

/** Reads the orders that a request's body names, and how many entries its list has; whatever the body is. */
export const subjectOf = (body: unknown): Subject => {
  if (!isObject(body)) return { orderNumbers: [], batchSize: 1 };
  const list = LISTS.map((name) => body[name]).find(Array.isArray) ?? [];
  const named = list === body.orderNumberList || list === body.OrderShippingModelList ? list : [];
  return {
    orderNumbers: [...numberOf(body), ...named.flatMap(numberOf)],
    batchSize: Math.max(1, list.length),
  };
};
