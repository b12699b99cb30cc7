/**
 * What an order is to us: its reference, its stages and the facts that decisions need.
 * Facts carry no personal data: the full order stays encrypted in the store.
 */
import { endOfJstDay } from './jst';

/** Names one order everywhere: our shop slug and Rakuten's order number. */
export interface OrderRef {
  readonly shopId: string;
  readonly orderNumber: string;
}

/** The stages of an order's life, in the order they are usually passed. */
export const STAGES = [
  'imported',
  'checking',
  'held',
  'confirming',
  'awaiting_rakuten',
  'ready',
  'instructed',
  'shipping_reported',
  'completed',
  'cancelled',
  'not_found',
] as const;
export type Stage = (typeof STAGES)[number];

/** Stages that nothing leaves: the workflow has ended and synchronisation never starts it again. */
const FINAL_STAGES: readonly Stage[] = ['completed', 'cancelled', 'not_found'];

/** Whether an order in this stage is finished. */
export const isFinal = (stage: Stage): boolean => FINAL_STAGES.includes(stage);

/** Rakuten's `orderProgress` (order reference §4.2). */
export const RAKUTEN_STATUS = {
  awaitingConfirmation: 100,
  processing: 200,
  awaitingShipment: 300,
  changePending: 400,
  shipped: 500,
  paymentInProgress: 600,
  paymentDone: 700,
  cancelPending: 800,
  cancelled: 900,
} as const;

/** Settlement methods that are paid in advance: bank transfer and the two convenience store methods (order reference §8). */
export const PREPAID_METHODS: readonly number[] = [9, 13, 14];

/** Whether Rakuten has closed the order as shipped (500, 600, 700). */
export const isClosedByRakuten = (status: number): boolean =>
  status >= RAKUTEN_STATUS.shipped && status <= RAKUTEN_STATUS.paymentDone;

/** One ordered line. Before the shop's SKU migration `variantId` is the itemNumber of an option, and empty for a plain item. */
export interface OrderLine {
  readonly itemDetailId: string;
  readonly manageNumber: string;
  readonly variantId: string;
  readonly name: string;
  readonly units: number;
}

/** One row of shipping information as Rakuten holds it. */
export interface ShippingRow {
  readonly shippingDetailId: string;
  readonly carrier: string | null;
  readonly trackingNumber: string | null;
  readonly shippedOn: string | null;
}

/** One destination (送付先) with its lines and the shipping rows that Rakuten already has. */
export interface Basket {
  readonly basketId: string;
  readonly lines: readonly OrderLine[];
  readonly shippingRows: readonly ShippingRow[];
}

/** What is decided upon, taken from Rakuten's order; times are ISO 8601, dates `YYYY-MM-DD` in JST. */
export interface OrderFacts {
  readonly rakutenStatus: number;
  readonly orderedAt: string;
  readonly settlementMethodCode: number | null;
  readonly amountsUnfixed: boolean;
  readonly giftAddressPending: boolean;
  readonly cancelDueDate: string | null;
  readonly paymentDueDate: string | null;
  readonly deliveryDate: string | null;
  /** 注文確定日時: when Rakuten finished processing. This and what follows is absent in facts stored by earlier versions. */
  readonly fixedAt?: string | null;
  /** 注文確認日時: when the order was confirmed. */
  readonly confirmedAt?: string | null;
  /** 注文当日出荷: the buyer was promised shipment on the day of the order. */
  readonly oneDayOperation?: boolean;
  /** 予約: goods that are not out yet. */
  readonly preorder?: boolean;
  /** The number of the reservation that this order was before, `…-r`. */
  readonly reserveNumber?: string | null;
  /** What is doubtful about the delivery addresses: codes, nothing of an address itself. */
  readonly addressDoubts?: readonly string[];
  readonly baskets: readonly Basket[];
  /** One keyed hash per field group that matters to the warehouse: what the ship gate compares. */
  readonly fingerprints: Readonly<Record<string, string>>;
}

/** Where nothing says when an order is due, it is as urgent as one that is wanted so many days after it was placed. */
const USUAL_DAYS = 3;
const DAY_MS = 86_400_000;

/**
 * When work on the order is due: an unconfirmed order is cancelled after its day, parcels are wanted on theirs. At 300
 * Rakuten's day of cancellation lies a year ahead and says nothing (order reference §4.2).
 */
export const workDueAt = ({ rakutenStatus, cancelDueDate, deliveryDate, orderedAt }: OrderFacts): Date => {
  const unconfirmed = rakutenStatus === RAKUTEN_STATUS.awaitingConfirmation;
  const [first] = [unconfirmed ? cancelDueDate : null, deliveryDate].flatMap((day) => day ?? []).sort();
  return first === undefined
    ? new Date(new Date(orderedAt).getTime() + USUAL_DAYS * DAY_MS)
    : endOfJstDay(first);
};

/** How far ahead an order is due for each priority of its activities, most urgent first; later than all is the last. */
const PRIORITY_WITHIN_MS = [3_600_000, DAY_MS, 3 * DAY_MS];

/** The priority that Temporal gives the work on an order among those that wait for a slot: 1 (most urgent) to 4. */
export const priorityOf = (dueAt: Date, now: Date): number => {
  const ms = dueAt.getTime() - now.getTime();
  const index = PRIORITY_WITHIN_MS.findIndex((within) => ms <= within);
  return (index < 0 ? PRIORITY_WITHIN_MS.length : index) + 1;
};

/** All lines of an order, with the basket each belongs to. */
export const linesOf = (facts: OrderFacts): (OrderLine & { basketId: string })[] =>
  facts.baskets.flatMap((basket) => basket.lines.map((line) => ({ ...line, basketId: basket.basketId })));
