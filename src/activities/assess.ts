import type { Decision, OrderState } from '../domain/decide';
import { decide } from '../domain/decide';
import type { HoldInput } from '../domain/holds';
import { dueHolds, remarkAdds } from '../domain/holds';
import type { OrderFacts, OrderRef } from '../domain/order';
import { isClosedByRakuten, linesOf, priorityOf, RAKUTEN_STATUS, workDueAt } from '../domain/order';
import { nextLook } from '../domain/settling';
import { coversAll, doubleRows, unitsShipped } from '../domain/shipping';
import type { Transaction } from '../store/database';
import type { Hold } from '../store/holds';
import { closeHolds, openHolds, settleHolds, wasWaived } from '../store/holds';
import type { Bookings, LineTarget } from '../store/order-stock';
import { settleStock } from '../store/order-stock';
import type { OrderRow } from '../store/orders';
import { lockOrder, openSnapshot, setParked, setRun, setStage } from '../store/orders';
import type { FulfilmentOrder, Shipment } from '../store/shipments';
import { currentFulfilment, listShipments } from '../store/shipments';
import type { Shop } from '../store/shops';
import { findShop } from '../store/shops';
import type { PairDemand } from '../store/skus';
import { demandOf } from '../store/skus';
import { endSubmission, findSubmission } from '../store/submissions';
import type { NewLine } from '../store/timeline';
import { addLines } from '../store/timeline';
import type { ActivityContext } from './context';
import { remarksOf } from './reading';

/** Where an order stands and what is to be done next. Codes only: this goes into the workflow's history. */
export interface Assessment extends Decision {
  readonly holds: readonly string[];
  /** How urgent its next step is among others that wait for a slot: 1 to 4. */
  readonly priority?: number;
  /** When it is to be looked at again although nothing happened, ISO 8601; absent where news alone moves it. */
  readonly lookAt?: string;
}

interface Situation {
  readonly ref: OrderRef;
  readonly row: OrderRow;
  readonly shop: Shop;
  readonly parcels: readonly Shipment[];
  /** When a shipping report that is under way at Rakuten is to be looked for. */
  readonly settlesAt: Date | undefined;
  readonly fulfilment: FulfilmentOrder | undefined;
  /** Own SKUs for one unit of each linked pair of the order. */
  readonly demand: ReadonlyMap<string, PairDemand>;
}

/** An order that a workflow carries but that PostgreSQL does not have. */
export class UnknownOrderError extends Error {
  override readonly name = 'UnknownOrderError';
}

/** The shop of an order. @throws UnknownOrderError */
export const shopOf = async (context: ActivityContext, { shopId }: OrderRef): Promise<Shop> => {
  const shop = await findShop(context.db, shopId);
  if (shop === undefined) throw new UnknownOrderError(`Shop ${shopId} is not in the database`);
  return shop;
};

/**
 * Looks at everything that is known of an order and brings its reservations, holds and stage up to date, in one
 * transaction behind the order's lock. Doing it again without news changes nothing.
 * @param runId the workflow run that asks, stored so that people find it
 */
export const assess = (context: ActivityContext, ref: OrderRef, runId?: string): Promise<Assessment> =>
  context.db.transaction(async (tx) => {
    const situation = await gather(tx, ref);
    const { row } = situation;
    if (runId !== undefined && row.workflowRunId !== runId) await setRun(tx, ref, runId);
    if (row.finishedAt !== null) return { stage: row.stage, step: 'end', holds: [] };
    const bookings = await settleReservations(tx, situation);
    const { holds, lines } = await settleDueHolds(tx, context, situation, bookings.short);
    const decision = decide(stateOf(context, situation, holds));
    await record(tx, context, situation, decision, [...bookingLines(bookings), ...lines]);
    if (decision.step !== 'end')
      return {
        ...decision,
        holds: holds.map((hold) => hold.code),
        ...(row.facts === null ? {} : { priority: priorityOf(workDueAt(row.facts), context.now()) }),
        ...lookOf(decision, situation),
      };
    await closeHolds(tx, ref);
    await endSubmission(tx, ref);
    return { ...decision, holds: [] };
  });

const lookOf = ({ step }: Decision, { settlesAt }: Situation): { lookAt?: string } =>
  step === 'wait' && settlesAt !== undefined ? { lookAt: settlesAt.toISOString() } : {};

const gather = async (tx: Transaction, ref: OrderRef): Promise<Situation> => {
  const row = await lockOrder(tx, ref);
  const shop = await findShop(tx, ref.shopId);
  if (row === undefined || shop === undefined)
    throw new UnknownOrderError(`Order ${ref.orderNumber} of shop ${ref.shopId} is not in the database`);
  const submission = await findSubmission(tx, ref);
  return {
    ref,
    row,
    shop,
    parcels: await listShipments(tx, ref),
    settlesAt: submission && nextLook(submission, shop.settings.shippingReadBackSeconds),
    fulfilment: await currentFulfilment(tx, ref),
    demand: await demandOf(tx, ref.shopId, row.facts === null ? [] : linesOf(row.facts)),
  };
};

const isCancelled = ({ row, shop }: Situation): boolean =>
  shop.retiredAt !== null || row.rakutenStatus === RAKUTEN_STATUS.cancelled;

const settleReservations = async (tx: Transaction, situation: Situation): Promise<Bookings> => {
  const { ref, row, demand } = situation;
  if (row.facts === null) return { booked: [], short: [] };
  const targets = targetsOf(situation, row.facts).map((target) => ({
    ...target,
    demand: demand.get(`${target.line.manageNumber}/${target.line.variantId}`)?.parts ?? [],
  }));
  return settleStock(tx, ref, targets, await wasWaived(tx, ref, 'stock_short'));
};

/** Reported parcels are consumed; what an open order still has to ship is held; a cancelled order holds nothing. */
const targetsOf = (situation: Situation, facts: OrderFacts): Omit<LineTarget, 'demand'>[] => {
  const reported = asParcels(
    situation.parcels.filter((parcel) => parcel.reportedAt !== null && parcel.refusedCode === null),
  );
  const closed = isClosedByRakuten(facts.rakutenStatus) && !isCancelled(situation);
  return facts.baskets.flatMap((basket) => {
    const shipped = unitsShipped(basket, reported);
    return basket.lines.map((line) => {
      const consumed = closed ? line.units : (shipped.get(line.itemDetailId) ?? 0);
      const held = isCancelled(situation) ? 0 : line.units - consumed;
      return { line: { ...line, basketId: basket.basketId }, held, consumed };
    });
  });
};

const asParcels = (parcels: readonly Shipment[]) =>
  parcels.map(({ lines, ...parcel }) => ({ ...parcel, ...(lines === null ? {} : { lines }) }));

const settleDueHolds = async (
  tx: Transaction,
  context: ActivityContext,
  situation: Situation,
  short: readonly string[],
): Promise<{ holds: Hold[]; lines: NewLine[] }> => {
  const { ref, row } = situation;
  if (row.facts === null) return { holds: await openHolds(tx, ref), lines: [] };
  const due =
    isCancelled(situation) || isClosedByRakuten(row.rakutenStatus)
      ? []
      : dueHolds(holdInput(context, situation, row.facts, short));
  const changes = await settleHolds(tx, ref, due);
  const lines: NewLine[] = [
    ...changes.released.map((hold) => ({ code: 'hold.released', params: { hold } }) as const),
    ...changes.opened.map(
      ({ code, cause }) => ({ code: 'hold.opened', params: { hold: code, cause } }) as const,
    ),
  ];
  return { holds: await openHolds(tx, ref), lines };
};

const holdInput = (
  context: ActivityContext,
  { row, shop, parcels, demand }: Situation,
  facts: OrderFacts,
  short: readonly string[],
): HoldInput => {
  const pairs = [...new Set(linesOf(facts).map((line) => `${line.manageNumber}/${line.variantId}`))];
  const { defaultRemarks, fulfilmentProvider, stockSync } = shop.settings;
  const snapshot = defaultRemarks.length === 0 ? undefined : openSnapshot(context.vault, row);
  const checked = row.checked ?? facts.fingerprints;
  return {
    facts,
    short,
    unlinked: pairs.filter((pair) => !demand.has(pair)),
    needsSku: fulfilmentProvider !== 'manual' || stockSync !== 'off',
    remarkChanged: snapshot !== undefined && remarkAdds(remarksOf(snapshot), defaultRemarks),
    changedOutside: Object.keys(facts.fingerprints).filter(
      (name) => facts.fingerprints[name] !== checked[name],
    ),
    confirmRefused: row.confirmRefused,
    shippingRefused: parcels.flatMap((parcel) => parcel.refusedCode ?? []),
  };
};

const stateOf = (
  context: ActivityContext,
  { row, shop, parcels, settlesAt, fulfilment }: Situation,
  holds: readonly Hold[],
): OrderState => ({
  snapshot: row.facts !== null ? 'read' : row.missing ? 'missing' : 'unread',
  rakutenStatus: row.rakutenStatus,
  shopRetired: shop.retiredAt !== null,
  confirmBlocked: holds.some((hold) => hold.blocks === 'confirm'),
  shipBlocked: holds.some((hold) => hold.blocks === 'ship'),
  confirmHere: shop.settings.automaticOrderConfirmation,
  instructHere: shop.settings.automaticShippingInstructions,
  fulfilment: fulfilment?.state ?? 'none',
  allParcelsKnown:
    row.facts !== null &&
    coversAll(row.facts.baskets, asParcels(parcels.filter((parcel) => parcel.refusedCode === null))),
  unreportedParcels:
    parcels.filter((parcel) => parcel.reportedAt === null).length +
    (isClosedByRakuten(row.rakutenStatus) ? [] : (row.facts?.baskets ?? [])).flatMap((basket) =>
      doubleRows(basket, parcels),
    ).length,
  reportSettling: settlesAt !== undefined && settlesAt > context.now(),
});

const bookingLines = ({ booked }: Bookings): NewLine[] =>
  (['reserve', 'release', 'consume'] as const).flatMap((kind) => {
    const own = booked.filter((booking) => booking.kind === kind);
    const lines = own.map(({ skuCode, quantity }) => `${skuCode}×${quantity}`).join(', ');
    const code = (
      { reserve: 'stock.reserved', release: 'stock.released', consume: 'stock.consumed' } as const
    )[kind];
    return own.length === 0 ? [] : [{ code, params: { lines } }];
  });

const record = async (
  tx: Transaction,
  context: ActivityContext,
  situation: Situation,
  decision: Decision,
  lines: readonly NewLine[],
): Promise<void> => {
  const { ref, row } = situation;
  const ends = decision.step === 'end';
  if (row.stage !== decision.stage || ends)
    await setStage(tx, ref, decision.stage, ends ? context.now() : null);
  if (row.parked !== null) await setParked(tx, ref, null);
  const resumed: NewLine[] = row.parked === null ? [] : [{ code: 'order.resumed' }];
  await addLines(tx, ref, [...resumed, ...lines, ...(ends ? [endLine(situation, decision)] : [])]);
};

const endLine = ({ shop }: Situation, { stage }: Decision): NewLine => {
  if (stage === 'cancelled')
    return { code: shop.retiredAt === null ? 'order.cancelled' : 'order.shop_retired' };
  return { code: stage === 'completed' ? 'order.completed' : 'order.not_found' };
};
