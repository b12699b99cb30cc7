import type { Deadline } from '../domain/deadlines';
import { deliveryConflict } from '../domain/deadlines';
import type { OrderState } from '../domain/decide';
import type { HoldInput } from '../domain/holds';
import { RECALLING } from '../domain/holds';
import type { OrderFacts, OrderRef } from '../domain/order';
import { isClosedByRakuten, linesOf, RAKUTEN_STATUS } from '../domain/order';
import { addedRemark, remarksOf } from '../domain/remarks';
import { nextLook } from '../domain/settling';
import { doubleRows, progressOf } from '../domain/shipping';
import { isOpen } from '../store/cancellations';
import type { Transaction } from '../store/database';
import type { Hold } from '../store/holds';
import type { OrderFile } from '../store/order-file';
import { readFile } from '../store/order-file';
import type { OrderRow } from '../store/orders';
import { lockOrder } from '../store/orders';
import { readSnapshot } from '../store/readings';
import type { Shipment } from '../store/shipments';
import type { ActivityContext } from './context';

/** Everything that is known of an order, read behind its lock. */
export interface Situation extends OrderFile {
  readonly ref: OrderRef;
  readonly row: OrderRow;
  /** The buyer's remark goes beyond the shop's default texts. */
  readonly remarkAdded: boolean;
  /** When a shipping report that is under way at Rakuten is to be looked for. */
  readonly settlesAt: Date | undefined;
}

/** An order that a workflow carries but that PostgreSQL does not have. */
export class UnknownOrderError extends Error {
  override readonly name = 'UnknownOrderError';
}

/**
 * Reads everything about an order and locks it; undefined when PostgreSQL does not have it.
 * @param locked its row, where this transaction has locked and read it already
 */
export const gather = async (
  tx: Transaction,
  context: ActivityContext,
  ref: OrderRef,
  locked?: OrderRow,
): Promise<Situation | undefined> => {
  const row = locked ?? (await lockOrder(tx, ref));
  const file = row && (await readFile(tx, ref));
  if (row === undefined || file === undefined) return undefined;
  const { submission, shop } = file;
  const { defaultRemarks } = shop.settings;
  const snapshot = defaultRemarks.length === 0 ? undefined : await readSnapshot(tx, context.vault, ref);
  return {
    ...file,
    ref,
    row,
    remarkAdded: snapshot !== undefined && addedRemark(remarksOf(snapshot), defaultRemarks) !== '',
    settlesAt: submission && nextLook(submission, shop.settings.shippingReadBackSeconds),
  };
};

/** Whether the order is cancelled for good: by Rakuten, or because its shop went out of service. */
export const isCancelled = ({ row, shop }: Situation): boolean =>
  shop.retiredAt !== null || row.rakutenStatus === RAKUTEN_STATUS.cancelled;

/** Whether a cancellation is over, pending at Rakuten, or asked for here. */
const isToBeCancelled = ({ row, cancellation }: Situation): boolean =>
  row.rakutenStatus === RAKUTEN_STATUS.cancelled ||
  row.rakutenStatus === RAKUTEN_STATUS.cancelPending ||
  (cancellation !== undefined && isOpen(cancellation) && !isClosedByRakuten(row.rakutenStatus));

/** Stored parcels as the domain reads them. */
export const asParcels = (parcels: readonly Shipment[]) =>
  parcels.map(({ lines, ...parcel }) => ({ ...parcel, ...(lines === null ? {} : { lines }) }));

const TOO_LATE = 'too_late';

/** What has left although the order is cancelled or is to be. */
const leftThough = (situation: Situation): string[] => {
  if (!isToBeCancelled(situation)) return [];
  const { parcels, fulfilment } = situation;
  const numbers = parcels
    .filter((parcel) => parcel.refusedCode === null)
    .map((parcel) => parcel.trackingNumber);
  return numbers.length > 0 ? numbers : fulfilment?.state === TOO_LATE ? [TOO_LATE] : [];
};

/** What the automatic holds of an order are judged by. */
export const holdInput = (situation: Situation, facts: OrderFacts, short: readonly string[]): HoldInput => {
  const { row, shop, parcels, demand, cancellation } = situation;
  const pairs = [...new Set(linesOf(facts).map((line) => `${line.manageNumber}/${line.variantId}`))];
  const { fulfilmentProvider, stockSync } = shop.settings;
  const checked = row.checked ?? facts.fingerprints;
  return {
    facts,
    short,
    unlinked: pairs.filter((pair) => !demand.has(pair)),
    needsSku: fulfilmentProvider !== 'manual' || stockSync !== 'off',
    remarkChanged: situation.remarkAdded,
    changedOutside: Object.keys(facts.fingerprints).filter(
      (name) => facts.fingerprints[name] !== checked[name],
    ),
    confirmRefused: row.confirmRefused,
    shippingRefused: parcels.flatMap((parcel) => parcel.refusedCode ?? []),
    deliveryConflict: deliveryConflict(facts, shop.settings),
    cancelRefused: cancellation?.state === 'refused' ? cancellation.refusedCode : null,
    leftThough: leftThough(situation),
  };
};

const DAY_MS = 86_400_000;

/**
 * When the order is to be read again before anything is concluded from it, in milliseconds: once the night is over in
 * which Rakuten should have closed it; and once a day where no synchronisation reads open orders.
 */
export const rereadAt = ({ row, shop }: Situation, deadlines: readonly Deadline[]): number => {
  if (row.readAt === null) return Number.POSITIVE_INFINITY;
  const read = row.readAt.getTime();
  const daily = shop.settings.automaticOrderIntegration ? Number.POSITIVE_INFINITY : read + DAY_MS;
  const closed = deadlines.find(({ code }) => code === 'close_by')?.at.getTime() ?? Number.NEGATIVE_INFINITY;
  return Math.min(daily, closed > read ? closed : Number.POSITIVE_INFINITY);
};

const recalls = ({ manual, code }: Hold): boolean => manual || RECALLING.some((known) => known === code);

/** What the next step of an order is decided by. */
export const stateOf = (
  context: ActivityContext,
  situation: Situation,
  holds: readonly Hold[],
  deadlines: readonly Deadline[],
): OrderState => {
  const { row, shop, parcels, settlesAt, fulfilment, cancellation } = situation;
  const open = cancellation !== undefined && isOpen(cancellation) ? cancellation.state : 'none';
  return {
    snapshot: row.facts !== null ? 'read' : row.missing ? 'missing' : 'unread',
    rakutenStatus: row.rakutenStatus,
    shopRetired: shop.retiredAt !== null,
    confirmBlocked: holds.some((hold) => hold.blocks === 'confirm'),
    shipBlocked: holds.some((hold) => hold.blocks === 'ship'),
    recallWanted: holds.some(recalls),
    parcelLeft: holds.some(({ code }) => code === 'parcel_left'),
    cancellation: open === 'requested' || open === 'applied' ? open : 'none',
    stopped: situation.stop !== undefined,
    confirmHere: shop.settings.automaticOrderConfirmation,
    instructHere: shop.settings.automaticShippingInstructions || row.instructByHand,
    fulfilment: fulfilment?.state ?? 'none',
    allParcelsKnown: row.facts !== null && progressOf(row.facts.baskets, parcels).allParcelsKnown,
    unreportedParcels:
      parcels.filter((parcel) => parcel.reportedAt === null).length +
      (isClosedByRakuten(row.rakutenStatus) ? [] : (row.facts?.baskets ?? [])).flatMap((basket) =>
        doubleRows(basket, parcels),
      ).length,
    reportSettling: settlesAt !== undefined && settlesAt > context.now(),
    rereadDue: rereadAt(situation, deadlines) <= context.now().getTime(),
  };
};
