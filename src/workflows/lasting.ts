import type { Duration } from '@temporalio/common';
import { CancellationScope, isCancellation, sleep, workflowInfo } from '@temporalio/workflow';
import type { ParkCause } from '../activities/failures';
import { reasonOf, rethrowCancellation } from './failures';

/** Bounds of the short notes in PostgreSQL that such work leaves, as local activities. */
export const NOTES = {
  startToCloseTimeout: '20 seconds',
  scheduleToCloseTimeout: '1 minute',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '5 seconds' },
} as const;

/** How an attempt at Rakuten is repeated at once, before it is waited for. */
export const AT_RAKUTEN = {
  heartbeatTimeout: '15 seconds',
  retry: {
    initialInterval: '2 seconds',
    backoffCoefficient: 2,
    maximumInterval: '30 seconds',
    maximumAttempts: 5,
  },
} as const;

/** How long is waited before going on after Rakuten refused or was down; the last one repeats. */
const WAITS: readonly Duration[] = ['1 minute', '5 minutes', '15 minutes', '1 hour'];

type End = 'failed' | 'cancelled';

/** Work that lasts, whose progress stands in PostgreSQL: every attempt goes on where the last one stopped. */
interface Lasting<Result> {
  readonly attempt: () => Promise<Result>;
  /** Writes down why it waits. */
  readonly note: (cause: ParkCause) => Promise<void>;
  /** Writes down that it has ended without being done. */
  readonly end: (state: End, cause: ParkCause | null) => Promise<Result>;
  /** After so long it is given up. */
  readonly patienceMs: number;
  /** Causes that waiting does not help with. */
  readonly hopeless?: readonly ParkCause[];
}

/**
 * Carries work to its end. It never fails for what Rakuten does: it waits, says why, and goes on, until its patience
 * ends or the cause is hopeless. Where PostgreSQL does not take the end down, it still counts as running and is started
 * again later.
 */
export const lasting = async <Result extends { readonly state: string }>(
  work: Lasting<Result>,
): Promise<Result | { readonly state: 'running' }> => {
  try {
    return await untilItEnds(work);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return CancellationScope.nonCancellable(() => end(work, 'cancelled', null));
  }
};

const untilItEnds = async <Result>(
  work: Lasting<Result>,
): Promise<Result | { readonly state: 'running' }> => {
  const giveUpAt = workflowInfo().startTime.getTime() + work.patienceMs;
  for (let failures = 0; ; failures += 1) {
    try {
      return await work.attempt();
    } catch (error) {
      const { cause } = reasonOf(error);
      if (Date.now() >= giveUpAt || work.hopeless?.includes(cause) === true)
        return end(work, 'failed', cause);
      // The note is for people; when PostgreSQL itself is what fails, it is written with a later attempt.
      await work.note(cause).catch(rethrowCancellation);
      await sleep(WAITS[Math.min(failures, WAITS.length - 1)] ?? '1 hour');
    }
  }
};

const end = async <Result>(
  work: Lasting<Result>,
  state: End,
  cause: ParkCause | null,
): Promise<Result | { readonly state: 'running' }> => {
  try {
    return await work.end(state, cause);
  } catch (error) {
    rethrowCancellation(error);
    return { state: 'running' };
  }
};
