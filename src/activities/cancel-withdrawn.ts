import type { OrderRef } from '../domain/order';
import { isClosedByRakuten, RAKUTEN_STATUS } from '../domain/order';
import { settleCancellation } from '../store/cancellations';
import type { Transaction } from '../store/database';
import type { NewLine } from '../store/timeline';

/**
 * An order that leaves 800 without being cancelled had its cancellation taken back in RMS: one that was asked for here is
 * off with it, or it would be made again. Expects the order's row to be locked. @returns what the timeline says of it
 */
export const cancelWithdrawn = async (
  tx: Transaction,
  ref: OrderRef,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<NewLine[]> => {
  const goesOn = to < RAKUTEN_STATUS.shipped || isClosedByRakuten(to);
  if (from !== RAKUTEN_STATUS.cancelPending || !goesOn) return [];
  return (await settleCancellation(tx, ref, 'withdrawn'))
    ? [{ code: 'cancel.withdrawn', actor: 'rakuten' }]
    : [];
};
