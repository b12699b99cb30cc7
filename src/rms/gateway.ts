import { RmsError } from './errors';
import { type InventoryPair, type InventoryRecord, type InventoryUpsert, inventoryKey } from './inventory';
import { Lane, type LaneOptions } from './lane';
import {
  CONFIRM_ORDER,
  GET_INVENTORY,
  GET_ORDER,
  LICENSE_EXPIRY,
  SEARCH_ORDER,
  UPDATE_ORDER_SHIPPING,
  UPSERT_INVENTORY,
} from './operations';
import type { ConfirmOrderAnswer, GetOrderAnswer, OrderSearch, OrderSearchPage } from './orders';
import {
  type CallOptions,
  type Group,
  newGroup,
  type Operation,
  OperationQueue,
  type WaitingQueue,
} from './queue';
import type { ShippingAnswer, ShippingUpdate } from './shipping';

/** Settings of a gateway. */
export interface GatewayOptions extends Omit<LaneOptions, 'now'> {
  /** Longest wait of a call for its turn where the call names none, in milliseconds. Default 120 000. */
  readonly maxWaitMs?: number;
  /** Milliseconds since the epoch; for tests. Default `Date.now`. */
  readonly now?: () => number;
}

/** What became of one entry of a stock write. */
type UpsertOutcome = { readonly kind: 'written' } | { readonly kind: 'failed'; readonly error: RmsError };

/**
 * The one way to a shop's Rakuten within a process. Single calls that wait for their turn at the rate limit leave
 * together in Rakuten's batch calls, the most urgent first, and every caller gets its own answer. Every method
 * rejects with `RmsError`, or with whatever `connection` rejected with. Nothing is retried here.
 */
export interface RmsGateway {
  /** One page of order numbers. Background unless told otherwise. */
  searchOrder(search: OrderSearch, options?: CallOptions): Promise<OrderSearchPage>;
  /** One order; calls that wait together share a request of up to 100. */
  getOrder(orderNumber: string, options?: CallOptions): Promise<GetOrderAnswer>;
  /** Many orders for a sweep, one answer for each number. Background unless told otherwise. */
  getOrders(orderNumbers: readonly string[], options?: CallOptions): Promise<Map<string, GetOrderAnswer>>;
  /** 100 → 200; calls that wait together share a request of up to 100. */
  confirmOrder(orderNumber: string, options?: CallOptions): Promise<ConfirmOrderAnswer>;
  /** The shipping rows of one order, one request each. */
  updateOrderShipping(update: ShippingUpdate, options?: CallOptions): Promise<ShippingAnswer>;
  /** Stock of pairs, keyed by `inventoryKey`; pairs without a record are absent. */
  getInventory(pairs: readonly InventoryPair[], options?: CallOptions): Promise<Map<string, InventoryRecord>>;
  /** Writes stock in requests of up to 400; one outcome per entry, in their order. */
  upsertInventory(
    entries: readonly InventoryUpsert[],
    options?: CallOptions,
  ): Promise<readonly UpsertOutcome[]>;
  /** When the key in use expires. Background unless told otherwise. */
  getLicenseExpiry(options?: CallOptions): Promise<Date>;
  /** Rejects what waits as `withdrawn` and resolves when what is in flight has its answer. */
  close(): Promise<void>;
}

const DEFAULT_MAX_WAIT_MS = 120_000;
const BACKGROUND = { priority: 'background' } as const;

function createQueues(now: () => number) {
  const queue = <Item, Answer>(operation: Operation<Item, Answer>) => new OperationQueue(operation, now);
  return {
    search: queue(SEARCH_ORDER),
    get: queue(GET_ORDER),
    confirm: queue(CONFIRM_ORDER),
    ship: queue(UPDATE_ORDER_SHIPPING),
    licence: queue(LICENSE_EXPIRY),
    readStock: queue(GET_INVENTORY),
    writeStock: queue(UPSERT_INVENTORY),
  };
}

function createLanes(queues: readonly WaitingQueue[], options: LaneOptions) {
  const lane = (family: WaitingQueue['operation']['family']) =>
    new Lane(
      family,
      queues.filter(({ operation }) => operation.family === family),
      options,
    );
  return {
    order: lane('order'),
    'inventory-read': lane('inventory-read'),
    'inventory-write': lane('inventory-write'),
  };
}

const failed = (error: unknown): UpsertOutcome => {
  if (error instanceof RmsError) return { kind: 'failed', error };
  throw error;
};

/** The gateway of one shop. One per shop and process; `limiter` holds the limit across processes. */
export function createGateway(options: GatewayOptions): RmsGateway {
  const now = options.now ?? Date.now;
  const queues = createQueues(now);
  const lanes = createLanes(Object.values(queues), { ...options, now });
  let closed = false;

  const call = <Item, Answer>(
    queue: OperationQueue<Item, Answer>,
    item: Item,
    callOptions: CallOptions | undefined,
    group?: Group,
  ): Promise<Answer> => {
    if (closed) return Promise.reject(new RmsError({ kind: 'withdrawn', operation: queue.operation.name }));
    const maxWaitMs = callOptions?.maxWaitMs ?? options.maxWaitMs ?? DEFAULT_MAX_WAIT_MS;
    const answer = queue.enqueue(item, { ...callOptions, maxWaitMs }, group);
    lanes[queue.operation.family].wake();
    return answer;
  };

  return {
    searchOrder: (search, own) => call(queues.search, search, { ...BACKGROUND, ...own }),
    getOrder: (orderNumber, own) => call(queues.get, orderNumber, own),
    getOrders: async (orderNumbers, own) => {
      const urgency = { ...BACKGROUND, ...own };
      const ask = async (number: string) => [number, await call(queues.get, number, urgency)] as const;
      return new Map(await Promise.all([...new Set(orderNumbers)].map(ask)));
    },
    confirmOrder: (orderNumber, own) => call(queues.confirm, orderNumber, own),
    updateOrderShipping: (update, own) => call(queues.ship, update, own),
    getInventory: async (pairs, own) => {
      const ask = async (pair: InventoryPair) => {
        const { record } = await call(queues.readStock, pair, own);
        return record ? [[inventoryKey(pair), record] as const] : [];
      };
      return new Map((await Promise.all(pairs.map(ask))).flat());
    },
    upsertInventory: (entries, own) => {
      const group = newGroup();
      return Promise.all(entries.map((entry) => call(queues.writeStock, entry, own, group).catch(failed)));
    },
    getLicenseExpiry: (own) => call(queues.licence, undefined, { ...BACKGROUND, ...own }),
    close: async () => {
      closed = true;
      await Promise.all(Object.values(lanes).map((lane) => lane.close()));
    },
  };
}
