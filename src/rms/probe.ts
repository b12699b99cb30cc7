import type { Verdict, Verdicts } from '../domain/keys';
import { RmsError } from './errors';
import { getInventory } from './inventory';
import { getLicenseExpiry } from './licence';
import { beginCall, type CallWiring } from './observed-call';
import { searchOrder } from './orders';
import type { ApiFamily, CircuitCause, KeyRing, RateLimiter } from './ports';
import type { RmsConnection } from './transport';

/** What a probe needs of its shop. */
export interface ProbeWiring extends CallWiring {
  readonly limiter: RateLimiter;
  /** Absent: the shop has one key. */
  readonly keys?: KeyRing;
  /** Is told when a key expires, whenever Rakuten says so; `keyId` as its connection has it. */
  readonly onKeyExpiry?: (expiresAt: Date, keyId: string | undefined) => Promise<void>;
  /** Ends the wait for a turn. */
  readonly signal?: AbortSignal;
}

interface Ask {
  readonly operation: string;
  readonly family: ApiFamily;
  readonly send: (connection: RmsConnection) => Promise<unknown>;
}

const MINUTE_MS = 60_000;

/** The licence's own function works with every live key, as far as it is ticked (reference, item/inventory §1.1). */
const licence = ({ onKeyExpiry }: ProbeWiring): Ask => ({
  operation: 'license.expiryDate.get',
  family: 'licence',
  send: async (connection) => {
    const expiresAt = await getLicenseExpiry(connection);
    await onKeyExpiry?.(expiresAt, connection.keyId);
  },
});

/** The smallest question to the order API, which no shop can do without. */
const search = ({ now }: ProbeWiring): Ask => ({
  operation: 'searchOrder',
  family: 'order',
  send: (connection) => {
    const end = new Date(now());
    const window = { start: new Date(end.getTime() - MINUTE_MS), end };
    return searchOrder(connection, { dateType: 'ordered', ...window, page: 1, pageSize: 1, sort: 'asc' });
  },
});

/** The smallest question to the inventory API: a pair that no shop has. */
const inventory = (): Ask => ({
  operation: 'inventories.bulk.get',
  family: 'inventories.bulk.get',
  send: (connection) => getInventory(connection, [NO_PAIR]),
});
const NO_PAIR = { manageNumber: 'okuri-probe', variantId: 'okuri-probe' };

async function ask(wiring: ProbeWiring, { operation, family, send }: Ask): Promise<Verdict> {
  const { shopId, limiter, now, signal } = wiring;
  const arrivedAt = now();
  const turn = await limiter.take(shopId, family, { probe: true, ...(signal && { signal }) });
  const about = {
    operation,
    family,
    effect: 'read',
    size: 1,
    limit: 1,
    orderNumbers: [],
    arrivedAt,
    turn,
  } as const;
  const call = beginCall(wiring, about);
  try {
    await send(await call.connect());
    call.tell(undefined);
    if (turn.slowness > 1) await limiter.speedUp(shopId, family);
    return 'taken';
  } catch (error) {
    call.tell(error);
    return verdictOf(error);
  }
}

/** Whoever answers anything but a refusal of the key, even nonsense, has taken the key. @throws what is no answer of Rakuten */
function verdictOf(error: unknown): Verdict {
  if (!(error instanceof RmsError)) throw error;
  if (error.advice === 'wait_for_key') return 'refused';
  return error.advice === 'never' ? 'taken' : 'away';
}

/** The same wiring for one named key, whichever is in use meanwhile. */
export const withKey = (wiring: ProbeWiring, keyId: string | undefined): ProbeWiring => ({
  ...wiring,
  connection: () => wiring.connection(keyId),
});

/**
 * Whether a shop's calls work again: the order API is asked, and where it refuses the key the licence's function, since
 * a function that is not ticked is refused alike. @throws what the limiter or the shop's connection rejects with
 */
export async function probe(wiring: ProbeWiring): Promise<'live' | CircuitCause> {
  const order = await ask(wiring, search(wiring));
  if (order === 'taken') return 'live';
  if (order === 'away') return 'rakuten_down';
  return (await ask(wiring, licence(wiring))) === 'taken' ? 'live' : 'key_refused';
}

/**
 * Whether the key is alive although this function was refused; undefined while Rakuten does not say.
 * @throws what the limiter or the shop's connection rejects with
 */
export async function keyIsAlive(wiring: ProbeWiring, refused: string): Promise<boolean | undefined> {
  const asked = [licence(wiring), search(wiring)].filter(({ operation }) => operation !== refused);
  for (const question of asked) {
    const verdict = await ask(wiring, question);
    if (verdict === 'taken') return true;
    if (verdict === 'away') return undefined;
  }
  return false;
}

const QUESTIONS = { order: search, licence, inventory } as const;

/** Asks one function about a named key. @throws what the limiter or the shop's connection rejects with */
export function askAbout(wiring: ProbeWiring, keyId: string, by: keyof typeof QUESTIONS): Promise<Verdict> {
  const own = withKey(wiring, keyId);
  return ask(own, QUESTIONS[by](own));
}

/**
 * What Rakuten makes of a key that calls are to go out with. Of a key that the order API refuses the licence function is
 * asked, and, where that takes it, the order API about the key in use. Of one that it takes the inventory API is asked,
 * and, where that refuses it, about the key in use: there the function may not be ticked.
 * @throws what the limiter or the shop's connection rejects with
 */
export async function examine(wiring: ProbeWiring, keyId: string): Promise<Verdicts> {
  const order = await askAbout(wiring, keyId, 'order');
  if (order === 'away') return { order };
  if (order === 'taken') {
    const stock = await askAbout(wiring, keyId, 'inventory');
    if (stock !== 'refused') return { order, inventory: stock };
    return { order, inventory: stock, inventoryOfKeyInUse: await ask(wiring, inventory()) };
  }
  const known = await askAbout(wiring, keyId, 'licence');
  if (known !== 'taken') return { order, licence: known };
  return { order, licence: known, orderOfKeyInUse: await ask(wiring, search(wiring)) };
}

/**
 * Goes on with another key of the shop when Rakuten takes one: the order API, or the licence function where the order
 * API refuses all alike. @returns whether there is one
 * @throws what the limiter, the key ring or the shop's connection rejects with
 */
export async function fallBack(wiring: ProbeWiring, refused: string | undefined): Promise<boolean> {
  const { keys, shopId } = wiring;
  if (keys === undefined || refused === undefined) return false;
  for (const keyId of await keys.others(shopId)) {
    if ((await probe(withKey(wiring, keyId))) !== 'live') continue;
    await keys.fallBack(shopId, refused, keyId);
    return true;
  }
  return false;
}
