import { RmsError, type RmsErrorKind } from './errors';

const FIRST_STEP_MS = 1000;
const LONGEST_STEP_MS = 60_000;

/** Failures that say that Rakuten has too much to do or is away. */
const OVERLOAD: readonly RmsErrorKind[] = ['throttled', 'unavailable', 'maintenance', 'unknown_outcome'];

/** What a failure calls for. */
interface Pause {
  /** How long to stay away, in milliseconds. */
  readonly ms: number;
  /** How many failures in a row there were with this one. */
  readonly failures: number;
}

/** How long to stay away after failures in a row: 1 s, 2 s, 4 s … 60 s, or what Rakuten asks for if that is longer. */
export class BackOff {
  private failures = 0;
  private lastFailureAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly now: () => number) {}

  /**
   * Takes note of a request's end and gives the pause it calls for, or `undefined`. Requests that were in flight
   * together and fail together count once.
   */
  note(startedAt: number, error: unknown): Pause | undefined {
    if (!(error instanceof RmsError) || !OVERLOAD.includes(error.kind)) {
      if (startedAt >= this.lastFailureAt) this.failures = 0;
      return undefined;
    }
    if (startedAt >= this.lastFailureAt) this.failures += 1;
    this.lastFailureAt = this.now();
    const step = Math.min(FIRST_STEP_MS * 2 ** (this.failures - 1), LONGEST_STEP_MS);
    return { ms: Math.max(step, error.askedToWaitMs ?? 0), failures: this.failures };
  }
}
