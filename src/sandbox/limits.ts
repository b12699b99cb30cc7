/** How fast one bucket refills. Real seconds, also while the sandbox's clock stands still. */
interface Rate {
  readonly perSecond: number;
  readonly burst: number;
  readonly toleranceMs: number;
}

/** Token buckets by name, in memory: a restart forgives. */
export interface Limits {
  /** Takes one token; false when the bucket is empty. `at` is the moment to judge by, in milliseconds of the limits' clock. */
  take(bucket: string, rate: Rate, at?: number): boolean;
}

/** A request that passed: when it came, and how long its token takes to come back. */
interface Passed {
  readonly at: number;
  readonly interval: number;
}

interface Bucket {
  /** When it is full again after all that passed before those of `recent`. */
  full: number;
  /** By arrival. */
  recent: Passed[];
}

/** Requests wait inside for less than this, so nobody comes to be judged by an arrival from before. */
const WAIT_INSIDE_MS = 2_000;

/**
 * Makes empty limits; `now` gives milliseconds of a clock that never goes back. Requests that overtook each other on
 * their way inside are judged in the order in which they came: one passes if it and those after it keep the rate.
 */
export const createLimits = (now: () => number = () => performance.now()): Limits => {
  const buckets = new Map<string, Bucket>();
  return {
    take: (name, { perSecond, burst, toleranceMs }, at = now()) => {
      const interval = 1000 / perSecond;
      const slack = (burst - 1) * interval + toleranceMs;
      const bucket = buckets.get(name) ?? { full: Number.NEGATIVE_INFINITY, recent: [] };
      buckets.set(name, bucket);
      forget(bucket, at - WAIT_INSIDE_MS);
      const later = bucket.recent.filter((other) => other.at > at);
      const earlier = bucket.recent.slice(0, bucket.recent.length - later.length);
      let full = earlier.reduce(after, bucket.full);
      for (const request of [{ at, interval }, ...later]) {
        if (full - request.at > slack) return false;
        full = after(full, request);
      }
      bucket.recent = [...earlier, { at, interval }, ...later];
      return true;
    },
  };
};

const after = (full: number, { at, interval }: Passed): number => Math.max(full, at) + interval;

const forget = (bucket: Bucket, until: number): void => {
  const old = bucket.recent.filter(({ at }) => at < until);
  bucket.full = old.reduce(after, bucket.full);
  bucket.recent = bucket.recent.slice(old.length);
};
