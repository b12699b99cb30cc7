import { FLOW_CALLS } from './ripeness';

/** Sort key: `background` after `order`, then by deadline, then by arrival; `place` tells two alike apart. */
export interface Urgency {
  readonly rank: number;
  readonly deadline: number;
  readonly arrivedAt: number;
  readonly place: number;
}

/** Negative when `a` is more urgent. */
export const byUrgency = (a: Urgency, b: Urgency): number =>
  a.rank - b.rank || compare(a.deadline, b.deadline) || a.arrivedAt - b.arrivedAt || a.place - b.place;

/** Like subtraction, but two calls without a deadline (Infinity) are equal. */
const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

/** A call that waits. */
interface Waiting {
  readonly key: string;
  readonly urgency: Urgency;
}

/**
 * Calls that wait, the most urgent first. Kept sorted by binary search, so that adding and removing one among
 * thousands costs microseconds and nothing is sorted when a token is granted.
 */
export class WaitingList<Entry extends Waiting> {
  private readonly sorted: Entry[] = [];
  private readonly inArrival = new Set<Entry>();
  private readonly perKey = new Map<string, number>();
  private lastArrivals: readonly number[] = [];

  /** How many distinct keys wait. */
  get keys(): number {
    return this.perKey.size;
  }

  /** When the last few calls for keys came that did not wait yet, oldest first. */
  get arrivals(): readonly number[] {
    return this.lastArrivals;
  }

  /** The one that has waited longest. */
  get oldest(): Entry | undefined {
    const [oldest] = this.inArrival;
    return oldest;
  }

  /** From the most to the least urgent. */
  get entries(): readonly Entry[] {
    return this.sorted;
  }

  /** `arrivesAt`: when a caller brought it just now; absent for one that is sent again. */
  add(entry: Entry, arrivesAt?: number): void {
    const waiting = this.perKey.get(entry.key) ?? 0;
    if (arrivesAt !== undefined && waiting === 0)
      this.lastArrivals = [...this.lastArrivals, arrivesAt].slice(-FLOW_CALLS);
    this.perKey.set(entry.key, waiting + 1);
    this.inArrival.add(entry);
    this.sorted.splice(this.placeOf(entry), 0, entry);
  }

  /** Takes one out; one that does not wait is left alone. */
  remove(entry: Entry): void {
    if (!this.inArrival.delete(entry)) return;
    this.sorted.splice(this.placeOf(entry), 1);
    const others = (this.perKey.get(entry.key) ?? 1) - 1;
    if (others > 0) this.perKey.set(entry.key, others);
    else this.perKey.delete(entry.key);
  }

  /** Where an entry stands, or would have to be put. */
  private placeOf({ urgency }: Entry): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.sorted[middle];
      if (other !== undefined && byUrgency(other.urgency, urgency) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
