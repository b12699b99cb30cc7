import type { OrderRef } from '../domain/order';
import { RAKUTEN_STATUS } from '../domain/order';
import type { ConfirmOrderAnswer } from '../rms/orders';
import type { OrderRow } from '../store/orders';
import { findOrder, setConfirmRefused } from '../store/orders';
import { addLines } from '../store/timeline';
import type { Assessment } from './assess';
import { assess } from './assess';
import type { ActivityContext } from './context';
import { NotVisibleYet } from './failures';
import { readOrder, urgencyOf } from './read-order';

/** Answers after which the order shows another status sooner or later. */
const PASSING: readonly ConfirmOrderAnswer['kind'][] = ['confirmed', 'already_moved_on', 'no_answer'];

/** What was read longer ago than this is read again before it is acted upon. */
const FRESH_MS = 60_000;

/**
 * Confirms an order at Rakuten (100 → 200), once: read, compare, confirm, read back. A confirmation without an answer
 * is looked up before it is sent again, by the next attempt. @throws RmsError, NotVisibleYet
 */
export const confirm = async (
  context: ActivityContext,
  ref: OrderRef,
  attempt: number,
): Promise<Assessment> => {
  const stored = await findOrder(context.db, ref);
  const fresh =
    attempt === 1 &&
    stored?.readAt !== undefined &&
    stored.readAt !== null &&
    context.now().getTime() - stored.readAt.getTime() < FRESH_MS;
  const row = fresh ? stored : await readOrder(context, ref);
  if (row.rakutenStatus !== RAKUTEN_STATUS.awaitingConfirmation) return assess(context, ref);
  const before = await assess(context, ref);
  if (before.step !== 'confirm') return before;
  const answer = await context.gateway(ref.shopId).confirmOrder(ref.orderNumber, urgencyOf(row));
  const after = await readOrder(context, ref);
  if (after.rakutenStatus === RAKUTEN_STATUS.awaitingConfirmation)
    await noteUnconfirmed(context, ref, answer, after);
  else if (answer.kind !== 'cancelled')
    await addLines(context.db, ref, [
      { code: answer.kind === 'confirmed' ? 'order.confirmed' : 'order.confirmed_elsewhere' },
    ]);
  return assess(context, ref);
};

/** The order still waits for confirmation: either Rakuten said no for good, or it does not show its answer yet. */
const noteUnconfirmed = async (
  context: ActivityContext,
  ref: OrderRef,
  answer: ConfirmOrderAnswer,
  after: OrderRow,
): Promise<void> => {
  if (PASSING.includes(answer.kind))
    throw new NotVisibleYet(`Order ${ref.orderNumber} still shows 100 after it was confirmed`);
  // Amounts that are not fixed have a hold of their own, which goes when they are.
  if (answer.kind === 'postage_unfixed' && after.facts?.amountsUnfixed === true) return;
  const code = answer.kind === 'refused' ? answer.code : answer.kind;
  await setConfirmRefused(context.db, ref, code);
  await addLines(context.db, ref, [{ code: 'order.confirm_refused', params: { code } }]);
};
