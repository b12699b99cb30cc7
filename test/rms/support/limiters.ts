import {
  type ApiFamily,
  type CircuitStore,
  type OpenCircuit,
  type RateLimiter,
  ShopParked,
  type Turn,
} from '../../../src/rms/ports';

export const USUAL: Turn = { slowness: 1, intervalMs: 1_000, begin: async () => undefined };

/** A limiter whose tokens the test hands out one by one. */
export interface Gate extends RateLimiter {
  /** Grants one token; resolves when somebody has taken it. */
  grant(turn?: Turn): Promise<void>;
  readonly slowDowns: { family: ApiFamily; ms: number }[];
  readonly speedUps: ApiFamily[];
  readonly pending: () => number;
}

export function createGate(): Gate {
  const takers: { resolve: (turn: Turn) => void; left: () => boolean }[] = [];
  const slowDowns: Gate['slowDowns'] = [];
  const speedUps: ApiFamily[] = [];
  return {
    slowDowns,
    speedUps,
    pending: () => takers.filter(({ left }) => !left()).length,
    take: (_shopId, _family, { signal } = {}) =>
      new Promise((resolve, reject) => {
        takers.push({ resolve, left: () => signal?.aborted ?? false });
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
    slowDown: async (_shopId, family, ms) => {
      slowDowns.push({ family, ms });
    },
    speedUp: async (_shopId, family) => {
      speedUps.push(family);
    },
    grant: async (turn = USUAL) => {
      while (takers.length === 0) await new Promise((resolve) => setImmediate(resolve));
      takers.shift()?.resolve(turn);
    },
  };
}

/** A limiter that always has a token. */
export const freeLimiter: RateLimiter = {
  take: async () => USUAL,
  slowDown: async () => undefined,
  speedUp: async () => undefined,
};

/** A circuit that the test can look at, and close. */
export function createCircuit(): CircuitStore & { state: OpenCircuit | undefined } {
  const circuit: CircuitStore & { state: OpenCircuit | undefined } = {
    state: undefined,
    read: async () => circuit.state,
    open: async (_shopId, cause) => {
      circuit.state ??= { cause, since: new Date() };
    },
  };
  return circuit;
}

/** The limiter of a shop with a circuit: while that is open it gives no turn but to probes, and begins none. */
export const parkedBy = (circuit: CircuitStore, limiter: RateLimiter): RateLimiter => {
  const pass = async (shopId: string, probe = false) => {
    const open = probe ? undefined : await circuit.read(shopId);
    if (open !== undefined) throw new ShopParked(open);
  };
  return {
    ...limiter,
    take: async (shopId, family, options) => {
      await pass(shopId, options?.probe);
      const turn = await limiter.take(shopId, family, options);
      const begin = async () => {
        await pass(shopId, options?.probe);
        await turn.begin();
      };
      return { ...turn, begin };
    },
  };
};
