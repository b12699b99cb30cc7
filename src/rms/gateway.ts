import type { FunctionAnswer } from '../domain/connection-test';
import type { Verdict, Verdicts } from '../domain/keys';
import { API_FAMILIES, type ApiFamily } from '../domain/rate-limits';
import { Circuit, type CircuitWiring } from './circuit';
import { findConfirmed } from './confirmations';
import { RmsError } from './errors';
import { testFunctions } from './function-test';
import { type Admit, functionsOf, type RmsFunctions } from './functions';
import { type InventoryPair, type InventoryRecord, type InventoryUpsert, inventoryKey } from './inventory';
import { Lane } from './lane';
import type { Operation } from './operation';
import {
  CONFIRM_ORDER,
  GET_INVENTORY,
  GET_ORDER,
  LICENSE_EXPIRY,
  SEARCH_ORDER,
  SHIPPING_RESULT,
  UPSERT_INVENTORY,
} from './operations';
import type { ConfirmOrderAnswer, GetOrderAnswer, OrderSearch, OrderSearchPage } from './orders';
import type { CircuitCause, SubmissionJournal } from './ports';
import { askAbout, examine, fallBack, probe } from './probe';
import { type CallOptions, type Group, newGroup, OperationQueue, type WaitingQueue } from './queue';
import type { Linger } from './ripeness';
import type { ShippingUpdate } from './shipping';
import type { ShippingResult } from './shipping-async';
import { type ShippingReport, shippingReports } from './shipping-report';

/** Settings of a gateway. */
export interface GatewayOptions extends Omit<CircuitWiring, 'now' | 'signal'> {
  /** Absent: shipping is reported order by order. */
  readonly journal?: SubmissionJournal;
  /** Longest wait of a call for its turn where the call names none, in milliseconds. Default 120 000. */
  readonly maxWaitMs?: number;
  /** How long batches may gather; for tests. Default: as each operation says. */
  readonly linger?: Linger;
  /** Milliseconds since the epoch; for tests. Default `Date.now`. */
  readonly now?: () => number;
}

/** What became of one entry of a stock write. */
type UpsertOutcome = { readonly kind: 'written' } | { readonly kind: 'failed'; readonly error: RmsError };

/**
 * The one way to a shop's Rakuten within a process. Single calls that wait for their turn at the rate limit leave
 * together in Rakuten's batch calls, the most urgent first, and every caller gets its own answer. Every method
 * rejects with `RmsError` (`parked` at once while the shop is), or with whatever `connection` rejected with. Nothing
 * that may have taken effect is sent twice here.
 */
export interface RmsGateway extends RmsFunctions {
  /** One page of order numbers. Background unless told otherwise. */
  searchOrder(search: OrderSearch, options?: CallOptions): Promise<OrderSearchPage>;
  /** One order; calls that wait together share a request of up to 100. */
  getOrder(orderNumber: string, options?: CallOptions): Promise<GetOrderAnswer>;
  /** Many orders for a sweep, one answer for each number. Background unless told otherwise. */
  getOrders(orderNumbers: readonly string[], options?: CallOptions): Promise<Map<string, GetOrderAnswer>>;
  /** 100 → 200; calls that wait together share a request of up to 100. */
  confirmOrder(orderNumber: string, options?: CallOptions): Promise<ConfirmOrderAnswer>;
  /** Whether Rakuten shows an order among those confirmed since then; up to 1000 callers share a search. */
  isConfirmed(orderNumber: string, since: Date, options?: CallOptions): Promise<boolean>;
  /** The shipping rows of one order: by itself, or with up to 99 others in an asynchronous report when many wait. */
  reportShipping(update: ShippingUpdate, options?: CallOptions): Promise<ShippingReport>;
  /** What became of an asynchronous report; callers of one report share a request. */
  getShippingResult(requestId: string, options?: CallOptions): Promise<ShippingResult>;
  /** Stock of pairs, keyed by `inventoryKey`; pairs without a record are absent. */
  getInventory(pairs: readonly InventoryPair[], options?: CallOptions): Promise<Map<string, InventoryRecord>>;
  /** Writes stock in requests of up to 400; one outcome per entry, in their order. */
  upsertInventory(
    entries: readonly InventoryUpsert[],
    options?: CallOptions,
  ): Promise<readonly UpsertOutcome[]>;
  /** When the key in use expires. Background unless told otherwise. */
  getLicenseExpiry(options?: CallOptions): Promise<Date>;
  /** Asks Rakuten, parked or not, whether calls of the shop work. */
  probe(): Promise<'live' | CircuitCause>;
  /** Asks Rakuten, parked or not, which functions the key may call; changes nothing there and parks nobody. */
  testFunctions(): Promise<readonly FunctionAnswer[]>;
  /** Asks one function of Rakuten, parked or not, what it makes of a key. */
  askAbout(keyId: string, by: 'order' | 'licence' | 'inventory'): Promise<Verdict>;
  /** Asks Rakuten, parked or not, whether calls can go out with a key. */
  examine(keyId: string): Promise<Verdicts>;
  /** Goes on, parked or not, with another key than the one that Rakuten refuses, where it takes one; tells whether. */
  fallBack(): Promise<boolean>;
  /** Rejects what waits as `withdrawn` and resolves when what is in flight has its answer. */
  close(): Promise<void>;
}

const DEFAULT_MAX_WAIT_MS = 120_000;
const BACKGROUND = { priority: 'background' } as const;

/** One lane per family that has a limit of its own. */
function createLanes(queues: readonly WaitingQueue[], wiring: CircuitWiring): ReadonlyMap<ApiFamily, Lane> {
  const circuit = new Circuit(wiring);
  return new Map(
    API_FAMILIES.map((family) => {
      const own = queues.filter(({ operation }) => operation.family === family);
      return [family, new Lane(family, own, circuit, wiring)] as const;
    }),
  );
}

const failed = (error: unknown): UpsertOutcome => {
  if (error instanceof RmsError) return { kind: 'failed', error };
  throw error;
};

/** Of many numbers one that cannot be asked for must not keep the others from being read. */
const unreadable = (error: unknown): GetOrderAnswer => {
  if (error instanceof RmsError && error.kind === 'invalid_request') return { kind: 'malformed', error };
  throw error;
};

/** The gateway of one shop. One per shop and process; `limiter` and `circuit` are shared by all processes. */
export function createGateway(options: GatewayOptions): RmsGateway {
  const now = options.now ?? Date.now;
  const closing = new AbortController();
  const wiring = { ...options, now, signal: closing.signal };
  const queues: WaitingQueue[] = [];

  const queueOf = <Item, Answer>(operation: Operation<Item, Answer>): OperationQueue<Item, Answer> => {
    const queue = new OperationQueue(operation, now, options.linger, options.observer?.mark);
    queues.push(queue);
    return queue;
  };
  const call = <Item, Answer>(
    queue: OperationQueue<Item, Answer>,
    item: Item,
    callOptions: CallOptions | undefined,
    group?: Group,
  ): Promise<Answer> => {
    if (closing.signal.aborted)
      return Promise.reject(new RmsError({ kind: 'withdrawn', operation: queue.operation.name }));
    const maxWaitMs = callOptions?.maxWaitMs ?? options.maxWaitMs ?? DEFAULT_MAX_WAIT_MS;
    const answer = queue.enqueue(item, { ...callOptions, maxWaitMs }, group);
    lanes.get(queue.operation.family)?.wake();
    return answer;
  };
  const admit: Admit = (operation) => {
    const queue = queueOf(operation);
    return (item, own) => call(queue, item, own);
  };

  const search = admit(SEARCH_ORDER);
  const get = admit(GET_ORDER);
  const isConfirmed = admit(findConfirmed(now));
  const report = admit(shippingReports(options.shopId, options.journal, now));
  const readStock = admit(GET_INVENTORY);
  const writeStock = queueOf(UPSERT_INVENTORY);
  const licence = admit(LICENSE_EXPIRY);
  const functions = functionsOf(admit);
  const single = { confirmOrder: admit(CONFIRM_ORDER), getShippingResult: admit(SHIPPING_RESULT) };
  const lanes = createLanes(queues, wiring);

  return {
    ...functions,
    ...single,
    searchOrder: (page, own) => search(page, { ...BACKGROUND, ...own }),
    getOrder: (orderNumber, own) => get(orderNumber, own),
    getOrders: async (orderNumbers, own) => {
      const urgency = { ...BACKGROUND, prompt: true, ...own };
      const ask = async (number: string) => [number, await get(number, urgency).catch(unreadable)] as const;
      return new Map(await Promise.all([...new Set(orderNumbers)].map(ask)));
    },
    isConfirmed: (orderNumber, since, own) => isConfirmed({ orderNumber, since, page: 1 }, own),
    reportShipping: (update, own) => report({ update, submits: 0 }, own),
    getInventory: async (pairs, own) => {
      const ask = async (pair: InventoryPair) => {
        const { record } = await readStock(pair, { prompt: true, ...own });
        return record ? [[inventoryKey(pair), record] as const] : [];
      };
      return new Map((await Promise.all(pairs.map(ask))).flat());
    },
    upsertInventory: (entries, own) => {
      const group = newGroup();
      return Promise.all(entries.map((entry) => call(writeStock, entry, own, group).catch(failed)));
    },
    getLicenseExpiry: (own) => licence(undefined, { ...BACKGROUND, ...own }),
    probe: () => probe(wiring),
    testFunctions: () => testFunctions(wiring),
    askAbout: (keyId, by) => askAbout(wiring, keyId, by),
    examine: (keyId) => examine(wiring, keyId),
    fallBack: async () => fallBack(wiring, (await wiring.connection()).keyId),
    close: async () => {
      closing.abort(new RmsError({ kind: 'withdrawn', operation: 'close' }));
      await Promise.all([...lanes.values()].map((lane) => lane.close()));
    },
  };
}
