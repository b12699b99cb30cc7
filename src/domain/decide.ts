import type { Stage } from './order';
import { isClosedByRakuten, RAKUTEN_STATUS } from './order';

/** All that the next step of an order depends on. */
export interface OrderState {
  /** `unread` before Rakuten's order was read, `missing` when Rakuten does not know the number. */
  readonly snapshot: 'unread' | 'read' | 'missing';
  readonly rakutenStatus: number;
  /** The shop no longer takes part (the demo shop after a real one was registered). */
  readonly shopRetired: boolean;
  readonly confirmBlocked: boolean;
  readonly shipBlocked: boolean;
  /** What the warehouse has is to come back: a person holds the order, or it changed since it was handed over. */
  readonly recallWanted: boolean;
  /** It was cancelled, or is to be, and a parcel has left all the same: a person has to say what becomes of it. */
  readonly parcelLeft: boolean;
  /** A cancellation that was asked for here: `requested` of us, `applied` for at Rakuten. */
  readonly cancellation: 'none' | 'requested' | 'applied';
  /** A stop switch is on: nothing is sent to Rakuten or to the warehouse, except to call something back. */
  readonly stopped: boolean;
  /** This shop confirms here; it sends shipping instructions here, or a person asked for this one. */
  readonly confirmHere: boolean;
  readonly instructHere: boolean;
  /** `created` is ours only; `open` is with the warehouse. */
  readonly fulfilment: 'none' | 'created' | 'open' | 'shipped' | 'recalled' | 'too_late';
  /** Whether parcels cover every unit of every basket. */
  readonly allParcelsKnown: boolean;
  /** Parcels that Rakuten does not show yet, or shows more than once. */
  readonly unreportedParcels: number;
  /** A report is under way at Rakuten, and it is not yet time to look for it. */
  readonly reportSettling: boolean;
  /** It is time to read the order again before anything is concluded from what is known of it. */
  readonly rereadDue: boolean;
}

/** What the workflow does next. `wait` waits for news; `end` means that the order is finished. */
export type Step = 'fetch' | 'confirm' | 'instruct' | 'report' | 'recall' | 'cancel' | 'wait' | 'end';

export interface Decision {
  readonly stage: Stage;
  readonly step: Step;
  /** The step that would be next, which a stop switch keeps from being taken. */
  readonly stoppedStep?: Step;
}

interface Row {
  readonly when: (state: OrderState) => boolean;
  readonly decision: Decision;
}

/** Steps that a stop switch stops: they send something out into the world that cannot be called back. */
const SENDING: readonly Step[] = ['confirm', 'instruct', 'report', 'cancel'];

const at =
  (...statuses: number[]) =>
  ({ rakutenStatus }: OrderState): boolean =>
    statuses.includes(rakutenStatus);
const all =
  (...tests: ((state: OrderState) => boolean)[]) =>
  (state: OrderState): boolean =>
    tests.every((test) => test(state));

const withWarehouse = ({ fulfilment }: OrderState): boolean =>
  fulfilment === 'created' || fulfilment === 'open';
const cancelled = (state: OrderState): boolean =>
  state.shopRetired || state.rakutenStatus === RAKUTEN_STATUS.cancelled;
const awaitingConfirmation = at(RAKUTEN_STATUS.awaitingConfirmation);
const awaitingShipment = at(RAKUTEN_STATUS.awaitingShipment);

const blocked = ({ confirmBlocked, shipBlocked }: OrderState): boolean => confirmBlocked || shipBlocked;
const cancellable = at(
  RAKUTEN_STATUS.awaitingConfirmation,
  RAKUTEN_STATUS.processing,
  RAKUTEN_STATUS.awaitingShipment,
);

/**
 * An order's way as one table, read from top to bottom: the first row that holds decides.
 * A parcel that left is always reported, whatever is held; nothing is confirmed or instructed against a hold, and
 * nothing that was cancelled or changed stays with the warehouse.
 */
const TABLE: readonly Row[] = [
  { when: all(cancelled, withWarehouse), decision: { stage: 'instructed', step: 'recall' } },
  { when: all(cancelled, (s) => s.parcelLeft), decision: { stage: 'held', step: 'wait' } },
  { when: cancelled, decision: { stage: 'cancelled', step: 'end' } },
  { when: (s) => s.snapshot === 'missing', decision: { stage: 'not_found', step: 'end' } },
  { when: (s) => s.snapshot === 'unread', decision: { stage: 'imported', step: 'fetch' } },
  {
    when: all(at(RAKUTEN_STATUS.cancelPending), withWarehouse),
    decision: { stage: 'instructed', step: 'recall' },
  },
  { when: at(RAKUTEN_STATUS.cancelPending), decision: { stage: 'held', step: 'wait' } },
  { when: (s) => s.cancellation === 'applied', decision: { stage: 'held', step: 'wait' } },
  {
    when: (s) => s.unreportedParcels > 0 && s.reportSettling,
    decision: { stage: 'instructed', step: 'wait' },
  },
  { when: (s) => s.unreportedParcels > 0, decision: { stage: 'instructed', step: 'report' } },
  {
    when: all((s) => s.cancellation === 'requested', cancellable, withWarehouse),
    decision: { stage: 'instructed', step: 'recall' },
  },
  {
    when: all(
      (s) => s.cancellation === 'requested',
      cancellable,
      (s) => s.parcelLeft,
    ),
    decision: { stage: 'held', step: 'wait' },
  },
  {
    when: all((s) => s.cancellation === 'requested', cancellable),
    decision: { stage: 'held', step: 'cancel' },
  },
  {
    when: all((s) => s.allParcelsKnown || isClosedByRakuten(s.rakutenStatus), withWarehouse),
    decision: { stage: 'shipping_reported', step: 'recall' },
  },
  { when: (s) => isClosedByRakuten(s.rakutenStatus), decision: { stage: 'completed', step: 'end' } },
  {
    when: all(awaitingConfirmation, (s) => !s.confirmHere),
    decision: { stage: 'awaiting_rakuten', step: 'wait' },
  },
  { when: all(awaitingConfirmation, (s) => s.confirmBlocked), decision: { stage: 'held', step: 'wait' } },
  { when: awaitingConfirmation, decision: { stage: 'confirming', step: 'confirm' } },
  { when: (s) => s.allParcelsKnown, decision: { stage: 'shipping_reported', step: 'wait' } },
  { when: all((s) => s.recallWanted, withWarehouse), decision: { stage: 'instructed', step: 'recall' } },
  {
    when: (s) => s.fulfilment === 'open' || s.fulfilment === 'too_late',
    decision: { stage: 'instructed', step: 'wait' },
  },
  {
    when: at(RAKUTEN_STATUS.processing, RAKUTEN_STATUS.changePending),
    decision: { stage: 'awaiting_rakuten', step: 'wait' },
  },
  // An instruction that was cut short may have arrived.
  { when: all(awaitingShipment, blocked, withWarehouse), decision: { stage: 'held', step: 'recall' } },
  { when: all(awaitingShipment, blocked), decision: { stage: 'held', step: 'wait' } },
  {
    when: all(awaitingShipment, (s) => s.instructHere && s.fulfilment !== 'shipped'),
    decision: { stage: 'ready', step: 'instruct' },
  },
  { when: awaitingShipment, decision: { stage: 'ready', step: 'wait' } },
];

/** A status that Rakuten introduces after this was written is nothing to act upon: wait and show it. */
const UNKNOWN_STATUS: Decision = { stage: 'checking', step: 'wait' };

/** The next step of an order and the stage it is in. Pure: the same state gives the same decision. */
export const decide = (state: OrderState): Decision => {
  const decision = TABLE.find((row) => row.when(state))?.decision ?? UNKNOWN_STATUS;
  const { stage, step } = decision;
  const stopped = state.stopped && SENDING.includes(step);
  if (state.rereadDue && (step === 'wait' || stopped)) return { stage, step: 'fetch' };
  return stopped ? { stage, step: 'wait', stoppedStep: step } : decision;
};
