import type { FunctionAnswer } from '../domain/connection-test';
import { RmsError, type RmsErrorKind } from './errors';
import { searchItems } from './item-search';
import { getLicenseExpiry } from './licence';
import { beginCall, type Call } from './observed-call';
import { callOrderApi } from './order-call';
import { getOrder, searchOrder } from './orders';
import type { ApiFamily, Turn } from './ports';
import type { ProbeWiring } from './probe';
import { CONTENT_TYPE, type RmsConnection, send } from './transport';

type Ask = (connection: RmsConnection, wiring: ProbeWiring) => Promise<unknown>;

const MINUTE_MS = 60_000;
/** A number of the right form that no shop has. */
const NO_ORDER = '000000-20000101-0000000000';
/** A request of the right form that nobody made. */
const NO_REQUEST = '00000000-0000-0000-0000-000000000000_20000101000000';
/** Whoever asks waits: an answer that takes longer tells no more. */
const TIMEOUT_MS = 8_000;
/** Bound of a whole test: what has had no turn by then is not asked. */
const TOTAL_MS = 60_000;
/** After so many failures in a row the rest of a family is not asked: each would take its time to fail. */
const FAILURES_IN_A_ROW = 2;

const order =
  (operation: string, body: object): Ask =>
  (connection) =>
    // The request can change nothing, so a lost answer is no unknown outcome.
    callOrderApi(connection, operation, 'read', body);

const inventory =
  (operation: string, path: string): Ask =>
  (connection) =>
    send(connection, {
      operation,
      effect: 'read',
      method: 'POST',
      path: `/es/2.1/inventories/${path}`,
      contentType: CONTENT_TYPE.inventory,
      body: { inventories: [] },
    });

/**
 * How each function is asked whether it may be called, by family and by Rakuten's name. Reads are asked for the least
 * there is; writes get a body that names nothing and that validation refuses, behind the door at which a key is checked.
 */
const ASKS: readonly (readonly [family: ApiFamily, operation: string, ask: Ask])[] = [
  [
    'licence',
    'license.expiryDate.get',
    async (connection, { onKeyExpiry }) => {
      const expiresAt = await getLicenseExpiry(connection);
      await onKeyExpiry?.(expiresAt, connection.keyId);
    },
  ],
  [
    'order',
    'searchOrder',
    (connection, { now }) => {
      const end = new Date(now());
      const window = { start: new Date(end.getTime() - MINUTE_MS), end };
      return searchOrder(connection, { dateType: 'ordered', ...window, page: 1, pageSize: 1, sort: 'asc' });
    },
  ],
  ['order', 'getOrder', (connection) => getOrder(connection, [NO_ORDER])],
  ['order', 'confirmOrder', order('confirmOrder', { orderNumberList: [] })],
  ['order', 'updateOrderShipping', order('updateOrderShipping', { orderNumber: '', BasketidModelList: [] })],
  ['order', 'updateOrderShippingAsync', order('updateOrderShippingAsync', { OrderShippingModelList: [] })],
  [
    'order',
    'getResultUpdateOrderShippingAsync',
    order('getResultUpdateOrderShippingAsync', { requestId: NO_REQUEST }),
  ],
  ['order', 'cancelOrder', order('cancelOrder', { orderNumber: '' })],
  ['order', 'cancelOrderAfterShipping', order('cancelOrderAfterShipping', { orderNumber: '' })],
  ['items.search', 'items.search', (connection) => searchItems(connection, { hits: 1 })],
  ['inventories.bulk.get', 'inventories.bulk.get', inventory('inventories.bulk.get', 'bulk-get')],
  ['inventories.bulk.upsert', 'inventories.bulk.upsert', inventory('inventories.bulk.upsert', 'bulk-upsert')],
];

/** The functions that a test asks, by Rakuten's name. */
export const TESTED_OPERATIONS: readonly string[] = ASKS.map(([, operation]) => operation);

/** What each kind of failure says of whether a function may be called: that it may, when the request was understood. */
const OUTCOMES: Readonly<Record<RmsErrorKind, FunctionAnswer['outcome']>> = {
  refused: 'works',
  malformed: 'works',
  conflict: 'works',
  invalid_request: 'not_understood',
  unauthorised: 'refused',
  forbidden_function: 'refused',
  throttled: 'throttled',
  unavailable: 'rakuten_down',
  unknown_outcome: 'rakuten_down',
  maintenance: 'maintenance',
  busy: 'no_turn',
  parked: 'no_turn',
  withdrawn: 'no_turn',
};

/** Rakuten does not know the address or the form of the request: the key may not have been looked at. */
const NOT_UNDERSTOOD: readonly (number | undefined)[] = [404, 405, 415];

/** How a question ended. @throws what is no answer of Rakuten's, such as a shop without keys */
const outcomeOf = (error: unknown, httpStatus: number | undefined): FunctionAnswer['outcome'] => {
  if (error === undefined) return 'works';
  if (!(error instanceof RmsError)) throw error;
  const { kind } = error;
  if (kind === 'unavailable' && httpStatus === undefined) return 'unreachable';
  if (kind === 'refused' && NOT_UNDERSTOOD.includes(httpStatus)) return 'not_understood';
  return OUTCOMES[kind];
};

const isAway = ({ outcome }: FunctionAnswer): boolean =>
  outcome === 'rakuten_down' || outcome === 'unreachable' || outcome === 'maintenance';

/** Rakuten asks for less with either (reference, order API §11; item/inventory §7). */
const isOverload = ({ httpStatus }: Pick<RmsError, 'httpStatus'>): boolean =>
  httpStatus === 429 || httpStatus === 503;

/** A code is kept only in the form that codes have: an answer may hold anything. */
const CODE = /^(?!S[PL]\d)[A-Za-z][A-Za-z0-9_-]{0,80}$/;

const codeOf = (error: unknown): string | null => {
  const code = error instanceof RmsError ? error.codes[0]?.code : undefined;
  return code !== undefined && CODE.test(code) ? code : null;
};

const answerOf = (operation: string, error: unknown, httpStatus: number | undefined): FunctionAnswer => {
  const outcome = outcomeOf(error, httpStatus);
  const code = outcome === 'works' ? null : codeOf(error);
  return { operation, outcome, httpStatus: httpStatus ?? null, code };
};

/** Asks one function in its turn. Too many requests slow the family down as they do for all other work. */
const askOne = async (
  wiring: ProbeWiring,
  [family, operation, ask]: (typeof ASKS)[number],
): Promise<FunctionAnswer> => {
  const { shopId, limiter, now, signal } = wiring;
  const arrivedAt = now();
  let turn: Turn;
  try {
    turn = await limiter.take(shopId, family, { probe: true, ...(signal && { signal }) });
  } catch {
    // Who cannot have a turn must not call; the row says so.
    return { operation, outcome: 'no_turn', httpStatus: null, code: null };
  }
  const about = { operation, family, effect: 'read', size: 1, limit: 1, orderNumbers: [] } as const;
  const call = beginCall(wiring, { ...about, arrivedAt, turn });
  const error = await sendOnce(call, ask, wiring);
  call.tell(error);
  await adjust(wiring, family, turn, error);
  return answerOf(operation, error, call.exchange()?.httpStatus);
};

const sendOnce = async (call: Call, ask: Ask, wiring: ProbeWiring): Promise<unknown> => {
  try {
    const connection = await call.connect();
    await ask({ ...connection, timeoutMs: TIMEOUT_MS }, wiring);
    return undefined;
  } catch (error) {
    return error;
  }
};

const adjust = async (
  { shopId, limiter }: ProbeWiring,
  family: ApiFamily,
  { slowness }: Turn,
  error: unknown,
): Promise<void> => {
  if (error instanceof RmsError && isOverload(error))
    await limiter.slowDown(shopId, family, error.retryAfterMs ?? 0);
  else if (error === undefined && slowness > 1) await limiter.speedUp(shopId, family);
};

/** Asks the functions of one family, one after the other; a second time where Rakuten may have had too many requests. */
const askFamily = async (
  wiring: ProbeWiring,
  asks: readonly (typeof ASKS)[number][],
): Promise<FunctionAnswer[]> => {
  const answers: FunctionAnswer[] = [];
  for (const ask of asks) {
    const last = answers.at(-1);
    const failures = answers.slice(-FAILURES_IN_A_ROW).filter(isAway).length;
    if (last !== undefined && failures === FAILURES_IN_A_ROW) {
      answers.push({ operation: ask[1], outcome: last.outcome, httpStatus: null, code: null });
      continue;
    }
    const first = await askOne(wiring, ask);
    answers.push(
      isOverload({ httpStatus: first.httpStatus ?? undefined }) ? await askOne(wiring, ask) : first,
    );
  }
  return answers;
};

/**
 * Asks every function whether the shop's key may call it, parked or not, behind the shop's rate limits, and without
 * parking it. All are asked with one key. Nothing that is sent can change anything at Rakuten.
 * @throws what the shop's connection rejects with
 */
export const testFunctions = async (wiring: ProbeWiring): Promise<readonly FunctionAnswer[]> => {
  const connection = await wiring.connection();
  const late = AbortSignal.timeout(TOTAL_MS);
  const signal = wiring.signal === undefined ? late : AbortSignal.any([wiring.signal, late]);
  const withOneKey = { ...wiring, signal, connection: async () => connection };
  const families = [...new Set(ASKS.map(([family]) => family))];
  const answers = await Promise.all(
    families.map((family) =>
      askFamily(
        withOneKey,
        ASKS.filter((ask) => ask[0] === family),
      ),
    ),
  );
  return answers.flat();
};
