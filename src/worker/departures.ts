import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request whose turn has come. */
interface Departure {
  /** Least milliseconds since the last one left. */
  readonly intervalMs: number;
  /** Whether it leaves later than the other processes believe. */
  readonly isLate: () => boolean;
  /** Tells them. */
  readonly tell: () => Promise<void>;
}

/** When requests of this process really left. */
export interface Departures {
  /** Resolves when one may leave, and notes it; to be awaited last of all. Rejects with what `tell` rejects with. */
  leave(what: string, departure: Departure): Promise<void>;
}

/**
 * Keeps requests of this process apart by what it did itself. One that was not allowed to run for a moment, or whose
 * answer from PostgreSQL was long under way, lets a request leave late, and finds the next one's turn come soon after.
 */
export function departuresOfThisProcess(): Departures {
  const leftAt = new Map<string, number>();
  return {
    leave: async (what, { intervalMs, isLate, tell }) => {
      let told = false;
      for (;;) {
        // Each wait can last longer than it was to, and another request can leave meanwhile: so both are looked at anew.
        const restMs = (leftAt.get(what) ?? Number.NEGATIVE_INFINITY) + intervalMs - performance.now();
        if (restMs > 0) await sleep(restMs);
        else if (isLate() && !told) {
          told = true;
          await tell();
        } else break;
      }
      leftAt.set(what, performance.now());
    },
  };
}
