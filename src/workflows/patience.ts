import type { Duration } from '@temporalio/common';
import { CancellationScope, isCancellation, sleep, workflowInfo } from '@temporalio/workflow';
import type { ParkCause } from '../activities/failures';
import { reasonOf, rethrowCancellation } from './failures';

/** How long long work waits before it goes on after Rakuten refused or was down; the last one repeats. */
const WAITS: readonly Duration[] = ['1 minute', '5 minutes', '15 minutes', '1 hour'];

/** How work ended, or that it still counts as running. */
type Ended = 'running' | 'done' | 'failed' | 'cancelled';

/** Work whose place stands in PostgreSQL, so that every attempt goes on where the last one stopped. */
export interface PatientWork {
  /** Does what is left of it. */
  attempt(): Promise<{ readonly state: Ended }>;
  /** Writes down for people why it waits. */
  noteWaits(cause: ParkCause): Promise<void>;
  /** Ends what does not end by itself. */
  finish(state: 'failed' | 'cancelled', cause: ParkCause | null): Promise<{ readonly state: Ended }>;
  /** For so long is tried what cannot go on; then it is given up. */
  readonly patienceMs: number;
}

/** Does work that never fails for what Rakuten does: it waits, says why, and goes on; in the end it is given up. */
export const patiently = async (work: PatientWork): Promise<{ readonly state: Ended }> => {
  try {
    return await untilItEnds(work);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return CancellationScope.nonCancellable(() => end(work, 'cancelled'));
  }
};

const untilItEnds = async (work: PatientWork): Promise<{ readonly state: Ended }> => {
  const giveUpAt = workflowInfo().startTime.getTime() + work.patienceMs;
  for (let failures = 0; ; failures += 1) {
    try {
      return await work.attempt();
    } catch (error) {
      const cause = reasonOf(error).cause;
      if (Date.now() >= giveUpAt) return end(work, 'failed', cause);
      // The note is for people; when PostgreSQL itself is what fails, it is written with a later attempt.
      await work.noteWaits(cause).catch(rethrowCancellation);
      await sleep(WAITS[Math.min(failures, WAITS.length - 1)] ?? '1 hour');
    }
  }
};

/** Where PostgreSQL does not take the end down, the work still counts as running and is started again later. */
const end = async (
  { finish }: PatientWork,
  state: 'failed' | 'cancelled',
  cause: ParkCause | null = null,
): Promise<{ readonly state: Ended }> => {
  try {
    return await finish(state, cause);
  } catch (error) {
    rethrowCancellation(error);
    return { state: 'running' };
  }
};
