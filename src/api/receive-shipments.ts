import { CARRIERS } from '../domain/carriers';
import type { Basket, OrderFacts, OrderRef } from '../domain/order';
import { RAKUTEN_STATUS } from '../domain/order';
import type { Parcel } from '../domain/shipping';
import { coversAll } from '../domain/shipping';
import { addAlert } from '../store/alerts';
import { lastCancellation, withdrawCancellation } from '../store/cancellations';
import type { Database, Transaction } from '../store/database';
import type { OrderRow } from '../store/orders';
import { lockOrder } from '../store/orders';
import { wakeAfter, wakeOrders } from '../store/outbox';
import type { Shipment } from '../store/shipments';
import {
  addShipments,
  currentFulfilment,
  listShipments,
  noteRequested,
  setFulfilmentState,
} from '../store/shipments';
import type { NewLine } from '../store/timeline';
import { addLines, linesOfOrder } from '../store/timeline';
import type { ReportedParcel } from './parcel-fields';
import type { ProblemCode } from './problems';
import { fieldProblem, Problem } from './problems';

/** Rakuten takes this many shipping rows per destination (order reference §6.1). */
const MAX_PARCELS_PER_BASKET = 20;

/** Who reports parcels. */
interface Source {
  readonly source: 'api' | 'warehouse';
  readonly actor: string;
}

/** Problems after which a parcel that left is not forgotten, although it can change nothing any more. */
const TOO_LATE: readonly ProblemCode[] = ['order_cancelled', 'order_finished'];

/**
 * Takes in parcels that left (see `receiveShipments`). One that comes for an order that is cancelled or has ended is
 * refused, but its timeline says that it came, once: a person has to ask the warehouse. What the warehouse says has left
 * a cancelled order is kept all the same: it is not in stock any more.
 */
export const takeShipments = async (
  db: Database,
  ref: OrderRef,
  reported: readonly ReportedParcel[],
  source: Source,
  before: (tx: Transaction) => Promise<boolean> = async () => true,
): Promise<void> => {
  try {
    await db.transaction(async (tx) => {
      if (await before(tx)) await receiveShipments(tx, ref, reported, source);
    });
  } catch (error) {
    if (error instanceof Problem && TOO_LATE.includes(error.code)) {
      await noteTooLate(db, ref, reported, source.actor);
      if (source.source === 'warehouse') await keepWhatLeft(db, ref, reported);
    }
    throw error;
  }
};

const noteTooLate = (
  db: Database,
  ref: OrderRef,
  reported: readonly ReportedParcel[],
  actor: string,
): Promise<void> =>
  db.transaction(async (tx) => {
    await lockOrder(tx, ref);
    const noted = await notedTooLate(tx, ref);
    const news = reported.filter(({ trackingNumber }) => !noted.includes(trackingNumber));
    const lines = news.map(
      ({ trackingNumber }) =>
        ({ code: 'shipment.came_too_late', params: { trackingNumber }, actor }) as const,
    );
    await addLines(tx, ref, lines);
  });

/**
 * Keeps the parcels that left a cancelled order, and wakes what takes them out of stock. An order that still runs asks
 * people what to do about them; of one that has ended the alert webhook tells.
 */
const keepWhatLeft = (db: Database, ref: OrderRef, reported: readonly ReportedParcel[]): Promise<void> =>
  db.transaction(async (tx) => {
    const row = await lockOrder(tx, ref);
    if (row === undefined || row.facts === null) return;
    const ended = row.finishedAt !== null;
    if (ended && row.rakutenStatus !== RAKUTEN_STATUS.cancelled) return;
    const known = parcelsOf(await listShipments(tx, ref));
    const kept = await store(tx, ref, newParcels(row.facts, known, reported), 'warehouse');
    if (kept.length === 0) return;
    const fulfilment = await currentFulfilment(tx, ref);
    await addLines(tx, ref, fulfilment === undefined ? [] : await noteRequested(tx, fulfilment));
    if (!ended) return wakeOrders(tx, [ref]);
    for (const { trackingNumber } of kept)
      await addAlert(tx, { ...ref, code: 'shipment.came_too_late', params: { trackingNumber } });
    await wakeAfter(tx, ref);
  });

/** The numbers of the parcels that are known to have come too late. */
const notedTooLate = async (tx: Transaction, ref: OrderRef) =>
  (await linesOfOrder(tx, ref))
    .filter(({ code }) => code === 'shipment.came_too_late')
    .map(({ params }) => params.trackingNumber);

const parcelsOf = (stored: readonly Shipment[]): Parcel[] =>
  stored.map(({ lines, ...parcel }) => ({ ...parcel, lines: lines ?? undefined }));

const store = (
  tx: Transaction,
  ref: OrderRef,
  parcels: readonly Parcel[],
  source: Source['source'],
): Promise<Shipment[]> =>
  addShipments(
    tx,
    ref,
    parcels.map(({ lines, ...parcel }) => ({
      ...parcel,
      lines: lines?.map((part) => ({ ...part })),
      source,
    })),
  );

/**
 * Takes in parcels that left, all or none: stores them, writes the timeline, closes the fulfilment order when nothing
 * is left to ship, and wakes the order. Parcels that are known already change nothing. Raises a Problem that names
 * the parcel it is about.
 */
const receiveShipments = async (
  tx: Transaction,
  ref: OrderRef,
  reported: readonly ReportedParcel[],
  { source, actor }: Source,
): Promise<void> => {
  const row = await lockOrder(tx, ref);
  if (row === undefined) throw new Problem('order_not_found');
  const known = parcelsOf(await listShipments(tx, ref));
  if (reported.every((parcel) => isKnown(row.facts, known, parcel))) {
    const late = row.rakutenStatus === RAKUTEN_STATUS.cancelled ? await notedTooLate(tx, ref) : [];
    if (!reported.some(({ trackingNumber }) => late.includes(trackingNumber))) return;
  }
  refuseFinished(row);
  if (row.facts === null) throw new Problem('order_not_read');
  const fresh = newParcels(row.facts, known, reported);
  await store(tx, ref, fresh, source);
  const fulfilment = await currentFulfilment(tx, ref);
  // Whoever instructed the warehouse may have died before that was written down.
  const told = source === 'warehouse' && fulfilment !== undefined;
  const instruction = told ? await noteRequested(tx, fulfilment) : [];
  if (fulfilment !== undefined && coversAll(row.facts.baskets, [...known, ...fresh]))
    await setFulfilmentState(tx, fulfilment.fulfilmentOrderId, 'shipped');
  const lines = fresh.map(({ carrier, trackingNumber }) => ({
    code: 'shipment.received' as const,
    params: { carrier: CARRIERS[carrier] ?? carrier, trackingNumber },
    actor,
  }));
  await addLines(tx, ref, [...instruction, ...lines, ...(await overtake(tx, ref, fresh, actor))]);
  await wakeOrders(tx, [ref]);
};

/** What has left cannot be cancelled before it is back: a cancellation that Rakuten was not told of yet is off. */
const overtake = async (
  tx: Transaction,
  ref: OrderRef,
  fresh: readonly Parcel[],
  actor: string,
): Promise<NewLine[]> => {
  const last = await lastCancellation(tx, ref);
  if (last?.state !== 'requested' || !(await withdrawCancellation(tx, ref))) return [];
  const trackingNumber = fresh.map((parcel) => parcel.trackingNumber).join(', ');
  return [{ code: 'cancel.too_late', params: { trackingNumber }, actor }];
};

/** Whether a parcel of this basket and number came in before; without a basketId the order's only basket is meant. */
const isKnown = (
  facts: OrderFacts | null,
  known: readonly Parcel[],
  { basketId, trackingNumber }: ReportedParcel,
): boolean => {
  const [only, ...more] = facts?.baskets ?? [];
  const meant = basketId ?? (more.length === 0 ? only?.basketId : undefined);
  return known.some((parcel) => parcel.basketId === meant && parcel.trackingNumber === trackingNumber);
};

const refuseFinished = ({ stage, rakutenStatus, finishedAt }: OrderRow): void => {
  if (stage === 'cancelled' || stage === 'not_found' || rakutenStatus === RAKUTEN_STATUS.cancelled)
    throw new Problem(
      'order_cancelled',
      stage === 'not_found'
        ? 'Rakuten does not know this order: nothing must be shipped for it.'
        : 'The order was cancelled: stop the parcel if it has not left.',
    );
  if (finishedAt !== null)
    throw new Problem('order_finished', `The order is ${stage}: further parcels cannot be reported here.`);
};

/** The reported parcels that are not known yet, each judged with those before it. */
const newParcels = (
  facts: OrderFacts,
  known: readonly Parcel[],
  reported: readonly ReportedParcel[],
): Parcel[] => {
  const fresh: Parcel[] = [];
  for (const [index, { basketId, ...rest }] of reported.entries()) {
    const path = `packages.${index}`;
    const basket = basketOf(facts, basketId, path);
    const parcel: Parcel = { ...rest, basketId: basket.basketId };
    const others = [...known, ...fresh].filter((other) => other.basketId === basket.basketId);
    if (others.some((other) => other.trackingNumber === parcel.trackingNumber)) continue;
    if (others.length >= MAX_PARCELS_PER_BASKET)
      throw fieldProblem('too_many_parcels', path, `basket ${basket.basketId} has ${others.length} parcels`);
    if (parcel.lines === undefined) refuseSecondWhole(others, path);
    else refuseExcess(basket, others, parcel.lines, path);
    fresh.push(parcel);
  }
  return fresh;
};

const basketOf = ({ baskets }: OrderFacts, basketId: string | undefined, path: string): Basket => {
  const [only, ...more] = baskets;
  const ids = baskets.map((basket) => basket.basketId).join(', ');
  if (basketId === undefined && only !== undefined && more.length === 0) return only;
  if (basketId === undefined)
    throw fieldProblem('basket_required', `${path}.basketId`, `is needed: the order has the baskets ${ids}`);
  const basket = baskets.find((candidate) => candidate.basketId === basketId);
  if (basket === undefined)
    throw fieldProblem(
      'unknown_basket',
      `${path}.basketId`,
      `is not a basket of this order, which has ${ids}`,
    );
  return basket;
};

/** A second label for a basket is possible, but then somebody must say what is in it. */
const refuseSecondWhole = (others: readonly Parcel[], path: string): void => {
  const whole = others.find((other) => other.lines === undefined);
  if (whole !== undefined)
    throw fieldProblem(
      'basket_already_shipped',
      path,
      `parcel ${whole.trackingNumber} carries the whole basket: name the lines of a further parcel`,
    );
};

/** A parcel without lines carries what the others leave, so only named units count against a line. */
const refuseExcess = (
  basket: Basket,
  others: readonly Parcel[],
  lines: NonNullable<Parcel['lines']>,
  path: string,
): void => {
  const named = others.flatMap((other) => other.lines ?? []);
  for (const [index, { itemDetailId }] of lines.entries()) {
    const line = basket.lines.find((candidate) => candidate.itemDetailId === itemDetailId);
    if (line === undefined)
      throw fieldProblem(
        'unknown_line',
        `${path}.lines.${index}.itemDetailId`,
        `is not a line of basket ${basket.basketId}`,
      );
    const units = sumOf([...named, ...lines.slice(0, index + 1)], itemDetailId);
    if (units > line.units)
      throw fieldProblem(
        'units_exceeded',
        `${path}.lines.${index}.units`,
        `makes ${units} of the ${line.units} units that were ordered`,
      );
  }
};

const sumOf = (parts: NonNullable<Parcel['lines']>, itemDetailId: string): number =>
  parts.filter((part) => part.itemDetailId === itemDetailId).reduce((sum, part) => sum + part.units, 0);
