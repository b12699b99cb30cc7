import { ApplicationFailure } from '@temporalio/common';
import { FulfilmentError } from '../fulfilment/provider';
import type { RmsErrorKind } from '../rms/errors';
import { RmsError } from '../rms/errors';
import { isDatabaseAway } from '../store/away';

/** Why an order stands still for reasons outside of it: the types of failure that a workflow sees. */
export type ParkCause =
  | 'key_refused'
  | 'function_not_ticked'
  | 'rakuten_unavailable'
  | 'rakuten_refused'
  | 'warehouse_unavailable'
  | 'internal'
  /** Not a failure: a stop switch keeps its next step from being taken. */
  | 'stopped';

interface Handling {
  readonly cause: ParkCause;
  /** Whether trying again within the same activity can help. */
  readonly retry: boolean;
}

const HANDLING: Readonly<Record<RmsErrorKind, Handling>> = {
  unauthorised: { cause: 'key_refused', retry: false },
  forbidden_function: { cause: 'key_refused', retry: false },
  refused: { cause: 'rakuten_refused', retry: false },
  invalid_request: { cause: 'rakuten_refused', retry: false },
  malformed: { cause: 'rakuten_refused', retry: false },
  throttled: { cause: 'rakuten_unavailable', retry: true },
  unavailable: { cause: 'rakuten_unavailable', retry: true },
  maintenance: { cause: 'rakuten_unavailable', retry: true },
  unknown_outcome: { cause: 'rakuten_unavailable', retry: true },
  conflict: { cause: 'rakuten_unavailable', retry: true },
  parked: { cause: 'rakuten_unavailable', retry: false },
  busy: { cause: 'rakuten_unavailable', retry: true },
  withdrawn: { cause: 'rakuten_unavailable', retry: true },
};

/** Why an order stands still when a call of Rakuten ends like this. */
export const causeOf = ({ kind, keyCause, parkedBecause }: RmsError): ParkCause => {
  if (keyCause === 'function_not_ticked') return 'function_not_ticked';
  return parkedBecause === 'key_refused' ? 'key_refused' : HANDLING[kind].cause;
};

/** What a failure tells the workflow beside its cause. */
export interface FailureDetail {
  /** The whole shop is parked: the order is woken when it goes on, and trying before that is in vain. */
  readonly shopParked: boolean;
}

/** A key that was found dead has parked its shop, like every call that was not even sent. */
const detailOf = ({ kind, keyCause }: RmsError): FailureDetail => ({
  shopParked: kind === 'parked' || (kind === 'unauthorised' && keyCause !== undefined),
});

/** A write that was accepted but does not show yet when it is read back: read again a little later. */
export class NotVisibleYet extends Error {
  override readonly name = 'NotVisibleYet';
}

/** Turns what an activity met into a failure that the workflow knows. Messages name no person and no key. */
export const toFailure = (error: unknown): ApplicationFailure => {
  const failure = (handling: Handling, nextRetryDelay?: number, detail?: FailureDetail): ApplicationFailure =>
    ApplicationFailure.create({
      message: error instanceof Error ? error.message : String(error),
      type: handling.cause,
      nonRetryable: !handling.retry,
      ...(nextRetryDelay === undefined ? {} : { nextRetryDelay }),
      ...(detail === undefined ? {} : { details: [detail] }),
      category: 'BENIGN',
    });
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof RmsError)
    return failure({ ...HANDLING[error.kind], cause: causeOf(error) }, error.askedToWaitMs, detailOf(error));
  if (error instanceof FulfilmentError)
    return failure({ cause: 'warehouse_unavailable', retry: error.retry });
  if (error instanceof NotVisibleYet) return failure({ cause: 'rakuten_unavailable', retry: true });
  return ApplicationFailure.create({
    message: isDatabaseAway(error)
      ? 'The database does not answer at the moment; it is tried again until it does'
      : error instanceof Error
        ? `${error.name} in an activity; the worker’s log has the details`
        : 'unknown error',
    type: 'internal' satisfies ParkCause,
  });
};
