import type { ApiFamily, RateLimiter } from '../../../src/rms/ports';

/** A limiter whose tokens the test hands out one by one. */
export interface Gate extends RateLimiter {
  /** Grants one token; resolves when somebody has taken it. */
  grant(): Promise<void>;
  readonly slowDowns: { family: ApiFamily; ms: number }[];
  readonly pending: () => number;
}

export function createGate(): Gate {
  const takers: { resolve: () => void; left: () => boolean }[] = [];
  const slowDowns: Gate['slowDowns'] = [];
  return {
    slowDowns,
    pending: () => takers.filter(({ left }) => !left()).length,
    take: (_shopId, _family, signal) =>
      new Promise((resolve, reject) => {
        takers.push({ resolve, left: () => signal?.aborted ?? false });
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
    slowDown: async (_shopId, family, ms) => {
      slowDowns.push({ family, ms });
    },
    grant: async () => {
      while (takers.length === 0) await new Promise((resolve) => setImmediate(resolve));
      takers.shift()?.resolve();
    },
  };
}

/** A limiter that always has a token. */
export const freeLimiter: RateLimiter = { take: async () => undefined, slowDown: async () => undefined };
