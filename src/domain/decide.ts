import { RAKUTEN_STATUS, isClosedByRakuten } from './order';
import type { Stage } from './order';

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
  readonly fulfilment: 'none' | 'open' | 'shipped' | 'recalled';
  /** Whether parcels cover every unit of every basket. */
  readonly allParcelsKnown: boolean;
  /** Parcels that Rakuten does not show yet. */
  readonly unreportedParcels: number;
}

/** What the workflow does next. `wait` waits for news; the closing steps end the order. */
export type Step = 'fetch' | 'confirm' | 'instruct' | 'report' | 'wait' | 'complete' | 'cancel' | 'abandon';

export interface Decision {
  readonly stage: Stage;
  readonly step: Step;
}

interface Row {
  readonly when: (state: OrderState) => boolean;
  readonly then: Decision;
}

const at =
  (...statuses: number[]) =>
  ({ rakutenStatus }: OrderState): boolean =>
    statuses.includes(rakutenStatus);
const all =
  (...tests: ((state: OrderState) => boolean)[]) =>
  (state: OrderState): boolean =>
    tests.every((test) => test(state));

const awaitingConfirmation = at(RAKUTEN_STATUS.awaitingConfirmation);
const awaitingShipment = at(RAKUTEN_STATUS.awaitingShipment);

/**
 * An order's way as one table, read from top to bottom: the first row that holds decides.
 * A parcel that left is always reported, whatever is held; nothing is confirmed or instructed against a hold.
 */
const TABLE: readonly Row[] = [
  { when: (s) => s.shopRetired, then: { stage: 'cancelled', step: 'cancel' } },
  { when: (s) => s.snapshot === 'missing', then: { stage: 'not_found', step: 'abandon' } },
  { when: (s) => s.snapshot === 'unread', then: { stage: 'imported', step: 'fetch' } },
  { when: at(RAKUTEN_STATUS.cancelled), then: { stage: 'cancelled', step: 'cancel' } },
  {
    when: (s) => s.unreportedParcels > 0 && s.rakutenStatus !== RAKUTEN_STATUS.cancelPending,
    then: { stage: 'instructed', step: 'report' },
  },
  { when: (s) => isClosedByRakuten(s.rakutenStatus), then: { stage: 'completed', step: 'complete' } },
  { when: at(RAKUTEN_STATUS.cancelPending), then: { stage: 'held', step: 'wait' } },
  { when: (s) => s.allParcelsKnown, then: { stage: 'shipping_reported', step: 'wait' } },
  {
    when: all(awaitingConfirmation, (s) => !s.confirmHere),
    then: { stage: 'awaiting_rakuten', step: 'wait' },
  },
  { when: all(awaitingConfirmation, (s) => s.confirmBlocked), then: { stage: 'held', step: 'wait' } },
  { when: awaitingConfirmation, then: { stage: 'confirming', step: 'confirm' } },
  { when: (s) => s.fulfilment === 'open', then: { stage: 'instructed', step: 'wait' } },
  {
    when: at(RAKUTEN_STATUS.processing, RAKUTEN_STATUS.changePending),
    then: { stage: 'awaiting_rakuten', step: 'wait' },
  },
  {
    when: all(awaitingShipment, (s) => s.shipBlocked || s.confirmBlocked),
    then: { stage: 'held', step: 'wait' },
  },
  {
    when: all(awaitingShipment, (s) => s.instructHere && s.fulfilment !== 'shipped'),
    then: { stage: 'ready', step: 'instruct' },
  },
  { when: awaitingShipment, then: { stage: 'ready', step: 'wait' } },
];

/** A status that Rakuten introduces after this was written is nothing to act upon: wait and show it. */
const UNKNOWN_STATUS: Decision = { stage: 'checking', step: 'wait' };

/** The next step of an order and the stage it is in. Pure: the same state gives the same decision. */
export const decide = (state: OrderState): Decision =>
  TABLE.find((row) => row.when(state))?.then ?? UNKNOWN_STATUS;

/** Steps after which the order is finished. */
export const CLOSING_STEPS: readonly Step[] = ['complete', 'cancel', 'abandon'];
