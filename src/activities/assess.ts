import type { Deadline, DeadlineCode } from '../domain/deadlines';
import type { Decision } from '../domain/decide';
import { decide } from '../domain/decide';
import { AFTER_CANCELLATION, dueHolds } from '../domain/holds';
import type { OrderFacts, OrderRef } from '../domain/order';
import { isClosedByRakuten, priorityOf, workDueAt } from '../domain/order';
import { unitsShipped } from '../domain/shipping';
import { isOpen, settleCancellation } from '../store/cancellations';
import type { Transaction } from '../store/database';
import type { Hold } from '../store/holds';
import { closeHolds, settleHolds, wasWaived } from '../store/holds';
import type { Bookings, LineTarget } from '../store/order-stock';
import { settleStock } from '../store/order-stock';
import type { OrderRow, Standing } from '../store/orders';
import { findOrder, saveStanding } from '../store/orders';
import { orderOfReservation } from '../store/reservations';
import type { Shop } from '../store/shops';
import { findShop } from '../store/shops';
import { endSubmission } from '../store/submissions';
import type { NewLine } from '../store/timeline';
import { addLines } from '../store/timeline';
import type { ActivityContext } from './context';
import { deadlinesFor, nextLookOf, tellDeadlines } from './deadlines';
import type { Situation } from './situation';
import { asParcels, gather, holdInput, isCancelled, stateOf, UnknownOrderError } from './situation';

/** Where an order stands and what is to be done next. Codes only: this goes into the workflow's history. */
export interface Assessment extends Decision {
  readonly holds: readonly string[];
  /** How urgent its next step is among others that wait for a slot: 1 to 4. */
  readonly priority?: number;
  /** When it is to be looked at again although nothing happened, ISO 8601; absent where news alone moves it. */
  readonly lookAt?: string;
  /** A stop switch keeps the next step from being taken. */
  readonly parked?: 'stopped';
  /** The nearest deadline: its code, and when, ISO 8601. */
  readonly deadline?: { readonly code: DeadlineCode; readonly at: string };
}

/** The shop of an order. @throws UnknownOrderError */
export const shopOf = async (context: ActivityContext, { shopId }: OrderRef): Promise<Shop> => {
  const shop = await findShop(context.db, shopId);
  if (shop === undefined) throw new UnknownOrderError(`Shop ${shopId} is not in the database`);
  return shop;
};

/** What whoever asks for an assessment knows already, and what is to be written with it. */
export interface Asked {
  /** The workflow run that asks, stored so that people find it. */
  readonly runId?: string | undefined;
  /** The order's row as this transaction has locked and last written it. */
  readonly row?: OrderRow | undefined;
  /** What the order's timeline says before anything that follows from the look. */
  readonly lines?: readonly NewLine[];
}

/**
 * Looks at everything that is known of an order and brings its reservations, holds, deadlines and stage up to date, in
 * one transaction behind the order's lock. Doing it again without news changes nothing.
 * @param first what is written before the look, in the same transaction: a transaction costs as much as two statements
 * @throws UnknownOrderError, and what `first` throws
 */
export const assess = (
  context: ActivityContext,
  ref: OrderRef,
  first?: (tx: Transaction) => Promise<Asked>,
): Promise<Assessment> => context.db.transaction(async (tx) => assessIn(tx, context, ref, await first?.(tx)));

/** An assessment, and what it was made of; undefined where the order is carried under another number. */
export interface Look {
  readonly assessment: Assessment;
  readonly situation: Situation | undefined;
}

/** The assessment of a look inside a transaction that may hold the order's lock already. @throws UnknownOrderError */
export const assessIn = async (
  tx: Transaction,
  context: ActivityContext,
  ref: OrderRef,
  asked: Asked = {},
): Promise<Assessment> => (await lookIn(tx, context, ref, asked)).assessment;

/** The same with what the assessment was made of. @throws UnknownOrderError */
export const lookIn = async (
  tx: Transaction,
  context: ActivityContext,
  ref: OrderRef,
  asked: Asked = {},
): Promise<Look> => {
  const situation = await gather(tx, context, ref, asked.row);
  if (situation !== undefined) return { situation, assessment: await judge(tx, context, situation, asked) };
  await addLines(tx, ref, asked.lines ?? []);
  return { situation, assessment: await takenOver(tx, ref) };
};

const judge = async (
  tx: Transaction,
  context: ActivityContext,
  situation: Situation,
  { runId, lines: told = [] }: Asked,
): Promise<Assessment> => {
  const { ref, row } = situation;
  const run: Standing = runId === undefined || row.workflowRunId === runId ? {} : { workflowRunId: runId };
  if (row.finishedAt !== null) {
    // What is told of a cancelled order after its end has left the house all the same.
    const bookings = isCancelled(situation) ? await settleReservations(tx, situation) : NOTHING_BOOKED;
    await saveStanding(tx, ref, run, [...told, ...bookingLines(bookings)]);
    return { stage: row.stage, step: 'end', holds: [] };
  }
  const bookings = await settleReservations(tx, situation);
  const { holds, lines } = await settleDueHolds(tx, situation, bookings.short);
  const deadlines = deadlinesFor(situation, holds);
  const state = stateOf(context, situation, holds, deadlines);
  const decision = decide(state);
  const standing = { ...run, ...standingOf(context, situation, decision, deadlines) };
  await saveStanding(tx, ref, standing, [
    ...told,
    ...parkLines(situation, decision, standing),
    ...bookingLines(bookings),
    ...lines,
    ...(decision.step === 'end' ? [endLine(situation, decision)] : []),
  ]);
  if (decision.step === 'end') {
    await end(tx, situation, holds, decision);
    return { ...decision, holds: [] };
  }
  await tellDeadlines(tx, context, situation, deadlines, state);
  return answerOf(context, situation, decision, holds, deadlines);
};

const answerOf = (
  context: ActivityContext,
  situation: Situation,
  { stage, step, stoppedStep }: Decision,
  holds: readonly Hold[],
  deadlines: readonly Deadline[],
): Assessment => {
  const { facts } = situation.row;
  const lookAt = step === 'wait' ? nextLookOf(context, situation, deadlines) : undefined;
  const [deadline] = deadlines;
  return {
    stage,
    step,
    holds: holds.map((hold) => hold.code),
    ...(facts === null ? {} : { priority: priorityOf(workDueAt(facts), context.now()) }),
    ...(lookAt === undefined ? {} : { lookAt: lookAt.toISOString() }),
    ...(stoppedStep === undefined ? {} : { parked: 'stopped' as const }),
    ...(deadline === undefined ? {} : { deadline: { code: deadline.code, at: deadline.at.toISOString() } }),
  };
};

/** A reservation that became an order is carried under the order's number: nothing is left to do under this one. */
const takenOver = async (tx: Transaction, ref: OrderRef): Promise<Assessment> => {
  const order = await orderOfReservation(tx, ref);
  const row = order && (await findOrder(tx, order));
  if (row === undefined)
    throw new UnknownOrderError(`Order ${ref.orderNumber} of shop ${ref.shopId} is not in the database`);
  return { stage: row.stage, step: 'end', holds: [] };
};

/** What is left open when an order ends goes with it. */
const end = async (
  tx: Transaction,
  { ref, submission, cancellation }: Situation,
  holds: readonly Hold[],
  { stage }: Decision,
): Promise<void> => {
  if (holds.length > 0) await closeHolds(tx, ref);
  if (submission !== undefined) await endSubmission(tx, ref);
  if (cancellation === undefined || !isOpen(cancellation)) return;
  await settleCancellation(tx, ref, stage === 'cancelled' ? 'done' : 'withdrawn');
  if (stage !== 'cancelled') await addLines(tx, ref, [{ code: 'cancel.withdrawn' }]);
};

const NOTHING_BOOKED: Bookings = { booked: [], short: [] };

const settleReservations = async (tx: Transaction, situation: Situation): Promise<Bookings> => {
  const { ref, row, demand, ledger, shop, fulfilment } = situation;
  if (row.facts === null) return NOTHING_BOOKED;
  const targets = targetsOf(situation, row.facts).map((target) => ({
    ...target,
    demand: demand.get(`${target.line.manageNumber}/${target.line.variantId}`)?.parts ?? [],
  }));
  return settleStock(tx, ref, targets, {
    location: shop.settings.stockLocation,
    evenIfShort: wasWaived(situation.holds, 'stock_short'),
    handedOver: fulfilment !== undefined && fulfilment.state !== 'recalled',
    ledger,
  });
};

/**
 * Reported parcels are consumed; what an open order still has to ship is held. A cancelled order holds nothing, and what
 * of it has left is gone whether Rakuten was told or not.
 */
const targetsOf = (situation: Situation, facts: OrderFacts): Omit<LineTarget, 'demand'>[] => {
  const cancelled = isCancelled(situation);
  const left = asParcels(
    situation.parcels.filter(
      ({ reportedAt, refusedCode }) => refusedCode === null && (reportedAt !== null || cancelled),
    ),
  );
  const closed = isClosedByRakuten(facts.rakutenStatus) && !cancelled;
  return facts.baskets.flatMap((basket) => {
    const shipped = unitsShipped(basket, left);
    return basket.lines.map((line) => {
      const consumed = closed ? line.units : (shipped.get(line.itemDetailId) ?? 0);
      const held = cancelled ? 0 : line.units - consumed;
      return { line: { ...line, basketId: basket.basketId }, held, consumed };
    });
  });
};

const isRetired = ({ shop }: Situation): boolean => shop.retiredAt !== null;
const isOver = (situation: Situation): boolean =>
  isCancelled(situation) || isClosedByRakuten(situation.row.rakutenStatus);

const settleDueHolds = async (
  tx: Transaction,
  situation: Situation,
  short: readonly string[],
): Promise<{ holds: readonly Hold[]; lines: NewLine[] }> => {
  const { ref, row } = situation;
  if (row.facts === null)
    return { holds: situation.holds.filter(({ releasedAt }) => releasedAt === null), lines: [] };
  const due = dueHolds(holdInput(situation, row.facts, short)).filter(
    ({ code }) => !isOver(situation) || (AFTER_CANCELLATION.includes(code) && !isRetired(situation)),
  );
  const changes = await settleHolds(tx, ref, due, situation.holds);
  const lines: NewLine[] = [
    ...changes.released.map((hold) => ({ code: 'hold.released', params: { hold } }) as const),
    ...changes.opened.map(
      ({ code, cause }) => ({ code: 'hold.opened', params: { hold: code, cause } }) as const,
    ),
  ];
  return { holds: changes.standing, lines };
};

const bookingLines = ({ booked }: Bookings): NewLine[] =>
  (['reserve', 'release', 'consume'] as const).flatMap((kind) => {
    const own = booked.filter((booking) => booking.kind === kind);
    const lines = own.map(({ skuCode, quantity }) => `${skuCode}×${quantity}`).join(', ');
    const code = (
      { reserve: 'stock.reserved', release: 'stock.released', consume: 'stock.consumed' } as const
    )[kind];
    return own.length === 0 ? [] : [{ code, params: { lines } }];
  });

/** What of where the order stands is not stored like this yet. */
const standingOf = (
  context: ActivityContext,
  { row }: Situation,
  { stage, step, stoppedStep }: Decision,
  deadlines: readonly Deadline[],
): Standing => {
  const ends = step === 'end';
  const parked = stoppedStep === undefined ? null : 'stopped';
  const nearest = ends ? undefined : deadlines[0];
  const [deadlineAt, deadlineCode] = [nearest?.at ?? null, nearest?.code ?? null];
  const sameDeadline =
    row.deadlineAt?.getTime() === deadlineAt?.getTime() && row.deadlineCode === deadlineCode;
  return {
    ...(row.stage === stage ? {} : { stage }),
    ...(ends ? { finishedAt: context.now() } : {}),
    ...(row.parked === parked ? {} : { parked }),
    ...(sameDeadline ? {} : { deadlineAt, deadlineCode }),
  };
};

/** What the timeline says of a stop switch that parks the order, or of an order that goes on. */
const parkLines = ({ stop }: Situation, { stoppedStep }: Decision, { parked }: Standing): NewLine[] => {
  if (parked === undefined) return [];
  return stoppedStep === undefined
    ? [{ code: 'order.resumed' }]
    : [{ code: 'order.stopped', params: { step: stoppedStep, reason: stop?.reason ?? '' } }];
};

const endLine = ({ shop }: Situation, { stage }: Decision): NewLine => {
  if (stage === 'cancelled')
    return { code: shop.retiredAt === null ? 'order.cancelled' : 'order.shop_retired' };
  return { code: stage === 'completed' ? 'order.completed' : 'order.not_found' };
};
