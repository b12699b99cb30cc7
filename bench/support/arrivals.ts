/** How often a shop may be called; Rakuten judges by arrival. */
export interface ArrivalLimit {
  readonly intervalMs: number;
  /** How much sooner than that a call may arrive, in milliseconds. */
  readonly toleranceMs: number;
}

/**
 * How many of these arrivals (milliseconds, any order) came sooner than a limit without burst allows. Each is due an
 * interval after the one before was due or came, whichever is later; one that is refused takes no turn.
 */
export function tooSoon(arrivals: readonly number[], { intervalMs, toleranceMs }: ArrivalLimit): number {
  let dueAt = Number.NEGATIVE_INFINITY;
  let refused = 0;
  for (const at of [...arrivals].sort((a, b) => a - b)) {
    if (at < dueAt - toleranceMs) refused += 1;
    else dueAt = Math.max(at, dueAt) + intervalMs;
  }
  return refused;
}

/** How many arrivals fall into a window of this length. */
export const within = (arrivals: readonly number[], start: number, lengthMs: number): number =>
  arrivals.filter((at) => at >= start && at < start + lengthMs).length;
