import type { OrderFacts } from './order';
import { PREPAID_METHODS, RAKUTEN_STATUS } from './order';

/** What a hold stops: the confirmation to Rakuten (and so all that follows), or only the shipment. */
export type Blocks = 'confirm' | 'ship';

/** Who may release a hold: it goes when its cause is gone (`system`), or a person may decide (`operator`). */
type ReleasableBy = 'system' | 'operator';

interface HoldKind {
  readonly blocks: Blocks;
  readonly releasableBy: ReleasableBy;
}

/** Every hold that Okuri opens by itself. Manual holds carry a code and a text of their own. */
export const HOLD_KINDS = {
  amounts_unfixed: { blocks: 'confirm', releasableBy: 'system' },
  stock_short: { blocks: 'confirm', releasableBy: 'operator' },
  remark_changed: { blocks: 'confirm', releasableBy: 'operator' },
  sku_unlinked: { blocks: 'ship', releasableBy: 'system' },
  awaiting_payment: { blocks: 'ship', releasableBy: 'system' },
  gift_address_pending: { blocks: 'ship', releasableBy: 'system' },
  cancel_pending: { blocks: 'ship', releasableBy: 'system' },
  address_doubtful: { blocks: 'ship', releasableBy: 'operator' },
  deadline_conflict: { blocks: 'ship', releasableBy: 'operator' },
  outside_change: { blocks: 'ship', releasableBy: 'operator' },
  confirm_refused: { blocks: 'confirm', releasableBy: 'operator' },
  shipping_refused: { blocks: 'ship', releasableBy: 'operator' },
  cancel_refused: { blocks: 'ship', releasableBy: 'operator' },
  parcel_left: { blocks: 'ship', releasableBy: 'operator' },
} as const satisfies Record<string, HoldKind>;
export type HoldCode = keyof typeof HOLD_KINDS;

/**
 * Holds whose release takes their cause away: a difference is accepted, a refused write is tried again. When the
 * same happens once more they open once more.
 */
export const RELEASE_ACCEPTS: readonly HoldCode[] = [
  'outside_change',
  'confirm_refused',
  'shipping_refused',
  'cancel_refused',
];

/** Automatic holds for which the warehouse has to give back what it has not shipped yet. */
export const RECALLING: readonly HoldCode[] = ['outside_change'];

/** A hold that the facts call for. The cause names what it is about; a person's release is valid for that cause only. */
export interface DueHold {
  readonly code: HoldCode;
  readonly cause: string;
}

/** What the automatic holds are judged by. */
export interface HoldInput {
  readonly facts: OrderFacts;
  /** Pairs `manageNumber/variantId` of the order that no SKU is linked to. */
  readonly unlinked: readonly string[];
  /** SKU codes of which too few can be promised. */
  readonly short: readonly string[];
  /** Whether anything we do needs to know the SKU: a provider other than `manual`, or stock that is published. */
  readonly needsSku: boolean;
  readonly remarkChanged: boolean;
  /** Field groups that changed between what was checked and what Rakuten has now. */
  readonly changedOutside: readonly string[];
  /** The code with which Rakuten refused the confirmation for good. */
  readonly confirmRefused: string | null;
  /** Codes with which Rakuten refused shipping information for good. */
  readonly shippingRefused: readonly string[];
  /** The wished delivery date, when the shop cannot meet it. */
  readonly deliveryConflict: string | undefined;
  /** The code with which Rakuten refused a cancellation that was asked for here. */
  readonly cancelRefused: string | null;
  /** What has left of an order that was cancelled, or is to be: tracking numbers, or `too_late` from the warehouse. */
  readonly leftThough: readonly string[];
}

const rules: Record<HoldCode, (input: HoldInput) => string | undefined> = {
  amounts_unfixed: ({ facts }) => (facts.amountsUnfixed ? '-9999' : undefined),
  stock_short: ({ short, facts }) =>
    short.length > 0 && facts.rakutenStatus < RAKUTEN_STATUS.shipped ? short.join(', ') : undefined,
  remark_changed: ({ remarkChanged }) => (remarkChanged ? 'remarks' : undefined),
  sku_unlinked: ({ unlinked, needsSku }) =>
    needsSku && unlinked.length > 0 ? unlinked.join(', ') : undefined,
  awaiting_payment: ({ facts }) =>
    facts.rakutenStatus === RAKUTEN_STATUS.processing &&
    facts.settlementMethodCode !== null &&
    PREPAID_METHODS.includes(facts.settlementMethodCode)
      ? String(facts.settlementMethodCode)
      : undefined,
  gift_address_pending: ({ facts }) => (facts.giftAddressPending ? 'address' : undefined),
  cancel_pending: ({ facts }) =>
    facts.rakutenStatus === RAKUTEN_STATUS.cancelPending ? String(facts.rakutenStatus) : undefined,
  address_doubtful: ({ facts }) =>
    facts.addressDoubts !== undefined && facts.addressDoubts.length > 0
      ? facts.addressDoubts.join(', ')
      : undefined,
  deadline_conflict: ({ deliveryConflict }) => deliveryConflict,
  outside_change: ({ changedOutside }) => (changedOutside.length > 0 ? changedOutside.join(', ') : undefined),
  confirm_refused: ({ confirmRefused, facts }) =>
    confirmRefused !== null && facts.rakutenStatus === RAKUTEN_STATUS.awaitingConfirmation
      ? confirmRefused
      : undefined,
  shipping_refused: ({ shippingRefused }) =>
    shippingRefused.length > 0 ? shippingRefused.join(', ') : undefined,
  cancel_refused: ({ cancelRefused }) => cancelRefused ?? undefined,
  parcel_left: ({ leftThough }) => (leftThough.length > 0 ? leftThough.join(', ') : undefined),
};

/** What a finished or cancelled order can still be held for. */
export const AFTER_CANCELLATION: readonly HoldCode[] = ['parcel_left'];

/** The automatic holds that these facts call for, each with its cause. */
export const dueHolds = (input: HoldInput): DueHold[] =>
  (Object.keys(rules) as HoldCode[]).flatMap((code) => {
    const cause = rules[code](input);
    return cause === undefined ? [] : [{ code, cause }];
  });
