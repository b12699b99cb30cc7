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
  /** Settings: this shop confirms here; this shop sends shipping instructions here. */
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
}

/** What the workflow does next. `wait` waits for news; `end` means that the order is finished. */
export type Step = 'fetch' | 'confirm' | 'instruct' | 'report' | 'recall' | 'wait' | 'end';

export interface Decision {
  readonly stage: Stage;
  readonly step: Step;
}

interface Row {
  readonly when: (state: OrderState) => boolean;
  readonly decision: Decision;
}

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

/**
 * An order's way as one table, read from top to bottom: the first row that holds decides.
 * A parcel that left is always reported, whatever is held; nothing is confirmed or instructed against a hold.
 */
const TABLE: readonly Row[] = [
  { when: all(cancelled, withWarehouse), decision: { stage: 'instructed', step: 'recall' } },
  { when: cancelled, decision: { stage: 'cancelled', step: 'end' } },
  { when: (s) => s.snapshot === 'missing', decision: { stage: 'not_found', step: 'end' } },
  { when: (s) => s.snapshot === 'unread', decision: { stage: 'imported', step: 'fetch' } },
  { when: at(RAKUTEN_STATUS.cancelPending), decision: { stage: 'held', step: 'wait' } },
  {
    when: (s) => s.unreportedParcels > 0 && s.reportSettling,
    decision: { stage: 'instructed', step: 'wait' },
  },
  { when: (s) => s.unreportedParcels > 0, decision: { stage: 'instructed', step: 'report' } },
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
  {
    when: (s) => s.fulfilment === 'open' || s.fulfilment === 'too_late',
    decision: { stage: 'instructed', step: 'wait' },
  },
  {
    when: at(RAKUTEN_STATUS.processing, RAKUTEN_STATUS.changePending),
    decision: { stage: 'awaiting_rakuten', step: 'wait' },
  },
  {
    when: all(awaitingShipment, (s) => s.shipBlocked || s.confirmBlocked),
    decision: { stage: 'held', step: 'wait' },
  },
  {
    when: all(awaitingShipment, (s) => s.instructHere && s.fulfilment !== 'shipped'),
    decision: { stage: 'ready', step: 'instruct' },
  },
  { when: awaitingShipment, decision: { stage: 'ready', step: 'wait' } },
];

/** A status that Rakuten introduces after this was written is nothing to act upon: wait and show it. */
const UNKNOWN_STATUS: Decision = { stage: 'checking', step: 'wait' };

/** The next step of an order and the stage it is in. Pure: the same state gives the same decision. */
export const decide = (state: OrderState): Decision =>
  TABLE.find((row) => row.when(state))?.decision ?? UNKNOWN_STATUS;
