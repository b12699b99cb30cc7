/** How long the calls of one operation may wait for company while more of them keep coming. */
export interface Linger {
  /** A flow has ended when fewer than `FLOW_CALLS` new calls came within so many milliseconds; by how many wait. */
  readonly quietMs: (waiting: number) => number;
  /** The oldest call waits no longer than this for company, in milliseconds. */
  readonly longestMs: number;
}

/**
 * A burst of orders comes as fast as Temporal carries it, some five to ten a second and with gaps. The more of them wait
 * already, the longer a gap must be to be its end: two seconds for a handful, ten for forty. In half a minute even a
 * slow burst fills a batch of a hundred.
 */
export const USUAL_LINGER: Linger = {
  quietMs: (waiting) => Math.min(1_000 + 250 * waiting, 10_000),
  longestMs: 30_000,
};

/** The interval between two requests for which the usual times are meant, in milliseconds: Rakuten's own. */
const USUAL_INTERVAL_MS = 1_000;

/**
 * The same times at another rate: gathering saves tokens, so it is worth as much as a token takes to come. Half a minute
 * at one request a second is 0.3 s at a hundred; at a lower rate than one a second nobody waits longer for company.
 * @param intervalMs between two requests, in milliseconds
 */
export const lingerAt = ({ quietMs, longestMs }: Linger, intervalMs: number): Linger => {
  const share = Math.min(1, intervalMs / USUAL_INTERVAL_MS);
  return { quietMs: (waiting) => share * quietMs(waiting), longestMs: share * longestMs };
};

/** So many new calls within the quiet time are a flow; one or two are callers by themselves, who never wait. */
export const FLOW_CALLS = 3;

/** For so long after a large batch left the flow counts as large, in milliseconds. */
export const AFTERMATH_MS = 30_000;

/** An order that is due within this time does not wait for company, in milliseconds. */
const PRESSING_MS = 10 * 60_000;

/** What is known of the calls that wait for one operation. Times in milliseconds since the epoch. */
export interface Gathering {
  /** Whether one more call would go into another request. */
  readonly full: boolean;
  /** How many distinct keys wait, or left together just now: a large burst thins out before it ends. */
  readonly waiting: number;
  /** When the oldest of them came. */
  readonly oldestAt: number;
  /** When the last `FLOW_CALLS` new calls came, oldest first. */
  readonly arrivals: readonly number[];
  /** When the most urgent order is due; Infinity when nobody said. */
  readonly deadline: number;
}

/**
 * When a batch is worth its token: at once when it is full, no flow is on or an order is pressing; else when the flow
 * ends or the oldest call has waited long enough.
 */
export function ripeAt({ full, waiting, oldestAt, arrivals, deadline }: Gathering, linger: Linger): number {
  const [first] = arrivals;
  if (full || first === undefined || arrivals.length < FLOW_CALLS) return Number.NEGATIVE_INFINITY;
  return Math.min(first + linger.quietMs(waiting), oldestAt + linger.longestMs, deadline - PRESSING_MS);
}
