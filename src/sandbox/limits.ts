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

/** Makes empty limits; `now` gives milliseconds of a clock that never goes back. */
export const createLimits = (now: () => number = () => performance.now()): Limits => {
  // Per bucket, the time at which it will be full again: a request may come at most a burst before that.
  const fullAt = new Map<string, number>();
  return {
    take: (bucket, { perSecond, burst, toleranceMs }, at = now()) => {
      const interval = 1000 / perSecond;
      const full = Math.max(fullAt.get(bucket) ?? at, at);
      if (full - at > (burst - 1) * interval + toleranceMs) return false;
      fullAt.set(bucket, full + interval);
      return true;
    },
  };
};
