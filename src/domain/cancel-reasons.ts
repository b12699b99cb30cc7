/**
 * Why an order is cancelled: Rakuten's changeReasonDetailApply (order reference §6.4). It counts for the shop's record
 * at Rakuten, so it must be true. Wordings stand in the catalogue under `cancel_reason.<code>`.
 */
export const CANCEL_REASONS = [1, 2, 3, 4, 5, 6, 8, 10, 13, 14, 15] as const;
export type CancelReasonCode = (typeof CANCEL_REASONS)[number];

/** Whether this is one of Rakuten's reasons. */
export const isCancelReason = (code: number): code is CancelReasonCode =>
  CANCEL_REASONS.some((known) => known === code);
