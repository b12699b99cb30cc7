import type { JournalCall } from './gateway-rig';
import type { RecordedSearch } from './recorder';

/** Most orders in one request, where a function takes several (order reference §2, §6.2). */
const CAPACITY: Readonly<Record<string, number>> = {
  getOrder: 100,
  confirmOrder: 100,
  updateOrderShippingAsync: 100,
  searchOrder: 1000,
};
const ORDER_PATHS =
  /^(searchOrder|getOrder|confirmOrder|updateOrder|getResultUpdateOrder|cancelOrder|getSubStatus|getPayment)/;

/** What the searches of synchronisation were for. */
interface SearchUses {
  /** Found an order at a status at which no search of the kind had shown it before. */
  readonly finding: number;
  /** Everything else: whoever waits longer makes more of them, whatever the orders do. */
  readonly polling: number;
}

/** Tells what searches were for, from the first on. */
export function usesOf(searches: readonly RecordedSearch[]): SearchUses {
  const seen = new Set<string>();
  const uses = { finding: 0, polling: 0 };
  for (const { dateType, statuses, found } of searches) {
    const keys = found.map((orderNumber) => `${dateType}/${statuses.join()}/${orderNumber}`);
    uses[keys.some((key) => !seen.has(key)) ? 'finding' : 'polling'] += 1;
    for (const key of keys) seen.add(key);
  }
  return uses;
}

/** Requests to the order API; those to other APIs have limits of their own. */
export const orderCalls = (calls: readonly JournalCall[]): JournalCall[] =>
  calls.filter(({ operation }) => ORDER_PATHS.test(operation));

/** Calls by function with how full their batches were: `getOrder 31 (97% full)`. */
export function byFunction(calls: readonly JournalCall[]): string {
  const operations = [...new Set(calls.map(({ operation }) => operation))].sort();
  return operations
    .map((operation) => {
      const own = calls.filter((call) => call.operation === operation);
      const capacity = CAPACITY[operation];
      const orders = own.reduce((sum, { orderNumbers }) => sum + orderNumbers.length, 0);
      const fill =
        capacity === undefined || orders === 0
          ? ''
          : ` (${Math.round((100 * orders) / own.length / capacity)}% full)`;
      return `${operation} ${own.length}${fill}`;
    })
    .join(', ');
}

/** How many of these orders the sandbox has not changed exactly once in this way. */
export function notOnce(
  calls: readonly JournalCall[],
  kind: string,
  orderNumbers: readonly string[],
): number {
  const times = new Map<string, number>();
  for (const change of calls.flatMap(({ changes }) => changes))
    if (change.kind === kind && change.orderNumber !== undefined)
      times.set(change.orderNumber, (times.get(change.orderNumber) ?? 0) + 1);
  return orderNumbers.filter((number) => times.get(number) !== 1).length;
}

/** How many of these orders do not have as many shipping rows, each written once, as parcels that left for them. */
export function rowsOff(calls: readonly JournalCall[], parcels: ReadonlyMap<string, number>): number {
  const rows = new Map<string, number>();
  for (const { kind, orderNumber } of calls.flatMap(({ changes }) => changes))
    if (kind.startsWith('shipping_row_') && orderNumber !== undefined)
      rows.set(orderNumber, (rows.get(orderNumber) ?? 0) + 1);
  return [...parcels].filter(([orderNumber, own]) => rows.get(orderNumber) !== own).length;
}
