import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import type { FailureDetail, ParkCause } from '../activities/failures';

/** Longest reason that is written into a timeline, in characters. */
const DETAIL_LENGTH = 500;

/** Why a step could not be done. */
export interface Reason extends FailureDetail {
  readonly cause: ParkCause;
  readonly detail?: string;
}

/** Why a step could not be done. A cancellation of the workflow is nobody's failure and goes on its way. */
export const reasonOf = (error: unknown): Reason => {
  rethrowCancellation(error);
  const failure = error instanceof ActivityFailure ? error.cause : error;
  if (!(failure instanceof ApplicationFailure) || !isParkCause(failure.type))
    return { cause: 'internal', shopParked: false };
  return {
    cause: failure.type,
    shopParked: isShopParked(failure.details?.[0]),
    detail: `[${failure.message.slice(0, DETAIL_LENGTH)}]`,
  };
};

const isShopParked = (detail: unknown): boolean =>
  typeof detail === 'object' &&
  detail !== null &&
  ('shopParked' satisfies keyof FailureDetail) in detail &&
  detail.shopParked === true;

/** Lets the cancellation of a workflow pass; every other failure is somebody's to handle. */
export const rethrowCancellation = (error: unknown): void => {
  if (isCancellation(error)) throw error;
};

const PARK_CAUSES: readonly ParkCause[] = [
  'key_refused',
  'function_not_ticked',
  'rakuten_unavailable',
  'rakuten_refused',
  'warehouse_unavailable',
  'internal',
];
const isParkCause = (type: string | null | undefined): type is ParkCause =>
  PARK_CAUSES.some((cause) => cause === type);
