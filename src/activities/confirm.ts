import type { OrderRef } from '../domain/order';
import { RAKUTEN_STATUS } from '../domain/order';
import type { ConfirmOrderAnswer } from '../rms/orders';
import type { Transaction } from '../store/database';
import type { OrderRow } from '../store/orders';
import { lockOrder } from '../store/orders';
import { saveStatus, setConfirmRefused } from '../store/readings';
import { addLines } from '../store/timeline';
import type { Asked, Assessment, Look } from './assess';
import { assess, lookIn } from './assess';
import type { ActivityContext } from './context';
import { NotVisibleYet } from './failures';
import { readAndAssess, readOrder, urgencyOf } from './read-order';

/** Answers after which the order shows another status sooner or later. */
const PASSING: readonly ConfirmOrderAnswer['kind'][] = ['confirmed', 'already_moved_on', 'no_answer'];

/** What was read longer ago than this is read again before it is acted upon; a flood of orders waits that long. */
const FRESH_MS = 300_000;

/**
 * Confirms an order at Rakuten (100 → 200), once: read, compare, confirm, read back. What Rakuten says it confirmed is
 * read back by a search that many orders share, all else by reading the order. A confirmation without an answer is
 * looked up before it is sent again, by the next attempt. @throws RmsError, NotVisibleYet
 */
export const confirm = async (
  context: ActivityContext,
  ref: OrderRef,
  attempt: number,
): Promise<Assessment> => {
  const known = attempt === 1 ? await context.db.transaction((tx) => lookIn(tx, context, ref)) : undefined;
  const fresh = known !== undefined && isFresh(context, known);
  const { situation, assessment } = fresh ? known : await readAndAssess(context, ref);
  if (situation === undefined || assessment.step !== 'confirm') return assessment;
  const { row } = situation;
  const gateway = context.gateway(ref.shopId);
  const since = context.now();
  const answer = await gateway.confirmOrder(ref.orderNumber, urgencyOf(row));
  if (answer.kind === 'confirmed' && (await gateway.isConfirmed(ref.orderNumber, since, urgencyOf(row))))
    return assess(context, ref, (tx) => noteConfirmed(tx, ref));
  const after = await readOrder(context, ref);
  if (after.rakutenStatus === RAKUTEN_STATUS.awaitingConfirmation)
    await noteUnconfirmed(context, ref, answer, after);
  else if (answer.kind !== 'cancelled')
    await addLines(context.db, ref, [
      { code: answer.kind === 'confirmed' ? 'order.confirmed' : 'order.confirmed_elsewhere' },
    ]);
  return assess(context, ref);
};

/** Whether a look needs no reading before it: the last one is recent, or there is nothing to read under this number. */
const isFresh = ({ now }: ActivityContext, { situation }: Look): boolean => {
  const readAt = situation?.row.readAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  return situation === undefined || now().getTime() - readAt < FRESH_MS;
};

/** A search by confirmation date shows the order: it is past 100. One that was read meanwhile may be further already. */
const noteConfirmed = async (tx: Transaction, ref: OrderRef): Promise<Asked> => {
  const { awaitingConfirmation, processing } = RAKUTEN_STATUS;
  const moved = await saveStatus(tx, ref, processing, awaitingConfirmation);
  const row = moved ?? (await lockOrder(tx, ref));
  return { row, lines: [{ code: 'order.confirmed' }] };
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
