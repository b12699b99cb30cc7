import type { OrderRef } from '../domain/order';
import type { TextCode } from '../domain/texts';
import type { WarningCode } from '../domain/warnings';
import { addAlert } from '../store/alerts';
import type { Transaction } from '../store/database';
import { addLines } from '../store/timeline';

/** What the order says by which a warning was noticed. */
const LINES: Readonly<Record<WarningCode, TextCode>> = { auto_confirm_on: 'order.confirmed_by_rakuten' };

/**
 * What happens when a warning about a shop is raised for the first time, in the transaction that raises it: the order
 * by which it was noticed says so, and the shop's alert webhook is told.
 */
export const announceWarning = async (tx: Transaction, ref: OrderRef, code: WarningCode): Promise<void> => {
  await addLines(tx, ref, [{ code: LINES[code] }]);
  await addAlert(tx, { ...ref, code: `warning.${code}`, params: { orderNumber: ref.orderNumber } });
};
