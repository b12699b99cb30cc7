import { cancellationSignal } from '@temporalio/activity';
import type { ChangedField } from '../domain/field-changes';
import { changedFields, namesOf } from '../domain/field-changes';
import { jstDay } from '../domain/jst';
import type { OrderFacts, OrderRef } from '../domain/order';
import { foreignParcels } from '../domain/shipping';
import type { GetOrderAnswer } from '../rms/orders';
import type { CallOptions } from '../rms/queue';
import type { Transaction } from '../store/database';
import { addChanges } from '../store/order-changes';
import type { OrderFile } from '../store/order-file';
import { readFile } from '../store/order-file';
import type { OrderRow } from '../store/orders';
import { dueAtOf, lockOrder } from '../store/orders';
import { withoutReadPeople } from '../store/personal-data';
import { acceptGroup, markMissing, readSnapshot, saveReading } from '../store/readings';
import { adoptReservation } from '../store/reservations';
import { addShipments, currentFulfilment, listShipments } from '../store/shipments';
import type { NewLine } from '../store/timeline';
import { addLines } from '../store/timeline';
import type { Look } from './assess';
import { lookIn } from './assess';
import { cancelWithdrawn } from './cancel-withdrawn';
import type { ActivityContext } from './context';
import { toReading } from './reading';
import { UnknownOrderError } from './situation';

/**
 * How urgent a call for an order is, and the signal that takes it back while it waits for its turn: an attempt that
 * Temporal has given up must not write after the next one has.
 */
export const urgencyOf = (order: Pick<OrderRow, 'dueAt'> | undefined): CallOptions => ({
  signal: cancellationSignal(),
  ...(order?.dueAt ? { deadline: order.dueAt } : {}),
});

/** Reads an order from Rakuten, now, and stores what it says. @throws RmsError */
export const readOrder = async (context: ActivityContext, ref: OrderRef): Promise<OrderRow> => {
  const answer = await askFor(context, ref);
  return context.db.transaction((tx) => storeAnswer(tx, context, ref, answer));
};

/** The same, with what else is kept of the order then. @throws RmsError */
export const readWithFile = async (
  context: ActivityContext,
  ref: OrderRef,
): Promise<{ readonly row: OrderRow; readonly file: OrderFile }> => {
  const answer = await askFor(context, ref);
  return context.db.transaction(async (tx) => {
    const row = await storeAnswer(tx, context, ref, answer);
    const file = await readFile(tx, ref);
    if (file === undefined) throw new UnknownOrderError(`Shop ${ref.shopId} is not in the database`);
    return { row, file };
  });
};

/** What is done in the transaction that stores a reading, beside the look. */
interface Beside<T> {
  /** When the order is due, where the caller knows. */
  readonly dueAt?: Date | null;
  /** What else follows from the reading, before the look; gives lines of the timeline and leaves the order's row alone. */
  readonly before?: (tx: Transaction, row: OrderRow) => Promise<readonly NewLine[]>;
  /** What follows from the look, behind the order's lock. */
  readonly after?: (tx: Transaction, read: ReadLook) => Promise<T>;
}

/** What was read of an order, and where it stands then. */
export interface ReadLook extends Look {
  readonly row: OrderRow;
  /**
   * Rakuten's whole answer as JSON text; undefined where Rakuten did not show the order this time, whatever it showed
   * before. Personal data: for the warehouse alone.
   */
  readonly snapshot: string | undefined;
}

/**
 * Reads an order from Rakuten, now, stores what it says and looks where the order stands then, in one transaction.
 * @throws RmsError, and what the caller's own parts throw
 */
export const readAndAssess = async <T = never>(
  context: ActivityContext,
  ref: OrderRef,
  { dueAt, before, after }: Beside<T> = {},
): Promise<ReadLook & { readonly followed: T | undefined }> => {
  const answer = await askFor(context, ref, dueAt);
  return context.db.transaction(async (tx) => {
    const { row, snapshot, lines } = await takeIn(tx, context, ref, answer);
    const further = (await before?.(tx, row)) ?? [];
    const look = await lookIn(tx, context, ref, { row, lines: [...lines, ...further] });
    const read = { ...look, row, snapshot };
    return { ...read, followed: await after?.(tx, read) };
  });
};

const askFor = async (
  context: ActivityContext,
  ref: OrderRef,
  known?: Date | null,
): Promise<GetOrderAnswer> => {
  const dueAt = known === undefined ? ((await dueAtOf(context.db, ref)) ?? null) : known;
  return context.gateway(ref.shopId).getOrder(ref.orderNumber, urgencyOf({ dueAt }));
};

/**
 * Stores what getOrder said of an order, writes what changed into its timeline, and takes over parcels that were
 * registered at Rakuten by somebody else, so that they are not shipped again. An order whose people were erased is stored
 * without them. @throws RmsError when it was malformed
 * @param locked its row, where this transaction has locked and read it already
 */
export const storeAnswer = async (
  tx: Transaction,
  context: ActivityContext,
  ref: OrderRef,
  answer: GetOrderAnswer,
  locked?: OrderRow,
): Promise<OrderRow> => {
  const { row, lines } = await takeIn(tx, context, ref, answer, locked);
  await addLines(tx, ref, lines);
  return row;
};

/** What was stored of an answer, and the lines of the timeline that are still to be written of it. */
interface TakenIn {
  readonly row: OrderRow;
  readonly snapshot: string | undefined;
  readonly lines: readonly NewLine[];
}

const takeIn = async (
  tx: Transaction,
  context: ActivityContext,
  ref: OrderRef,
  answer: GetOrderAnswer,
  locked?: OrderRow,
): Promise<TakenIn> => {
  if (answer.kind === 'malformed') throw answer.error;
  const before = await lockTakenOver(tx, ref, answer, locked);
  if (before === undefined) throw new UnknownOrderError(`Order ${ref.orderNumber} is not in the database`);
  if (answer.kind === 'not_found') {
    await markMissing(tx, ref);
    return { row: { ...before, missing: true }, snapshot: undefined, lines: [] };
  }
  const read = toReading(answer.order, answer.raw, context.vault);
  const reading = before.erasedAt === null ? read : withoutReadPeople(read);
  const changes = await changesSince(tx, context, before, reading.facts, answer.raw);
  const after = await saveReading(tx, context.vault, ref, reading, before);
  await addChanges(tx, context.vault, ref, changes);
  const adopted = await adoptRows(tx, context, ref, reading.facts, before.facts);
  const moved = { from: before.rakutenStatus, to: after.rakutenStatus };
  const lines = [
    ...changeLines(before.facts, reading.facts, changes),
    ...(await cancelWithdrawn(tx, ref, moved)),
    ...adopted,
  ];
  const { snapshot } = reading;
  if (!isGiftAddressed(before.facts, reading.facts)) return { row: after, snapshot, lines };
  return { row: { ...after, checked: await acceptGroup(tx, ref, 'address') }, snapshot, lines };
};

/** The order behind its lock; one that was reserved under another number has taken that one over. */
const lockTakenOver = async (
  tx: Transaction,
  ref: OrderRef,
  answer: GetOrderAnswer,
  locked?: OrderRow,
): Promise<OrderRow | undefined> => {
  const row = locked ?? (await lockOrder(tx, ref));
  const reserveNumber = answer.kind === 'found' ? answer.order.reserveNumber : undefined;
  if (row === undefined || !reserveNumber || row.reserveNumber === reserveNumber) return row;
  await adoptReservation(tx, ref, reserveNumber);
  return lockOrder(tx, ref);
};

/** What changed since the last reading, field by field. The last reading is opened only where fingerprints differ. */
const changesSince = async (
  tx: Transaction,
  context: ActivityContext,
  before: OrderRow,
  after: OrderFacts,
  raw: unknown,
): Promise<ChangedField[]> => {
  const known = before.facts?.fingerprints;
  if (known === undefined || differing(known, after.fingerprints).length === 0) return [];
  const snapshot = await readSnapshot(tx, context.vault, before);
  return snapshot === undefined ? [] : changedFields(JSON.parse(snapshot), raw);
};

/** The receiver of a social gift has entered the address that was missing: what was waited for is no change. */
const isGiftAddressed = (before: OrderFacts | null, after: OrderFacts): boolean =>
  before?.giftAddressPending === true && !after.giftAddressPending;

const differing = (
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] => Object.keys(after).filter((name) => before[name] !== after[name]);

const changeLines = (
  before: OrderFacts | null,
  after: OrderFacts,
  changes: readonly ChangedField[],
): NewLine[] => {
  if (before === null)
    return [{ code: 'order.imported', params: { rakutenStatus: after.rakutenStatus }, actor: 'rakuten' }];
  const lines: NewLine[] = [];
  if (before.rakutenStatus !== after.rakutenStatus)
    lines.push({
      code: 'order.status_changed',
      params: { from: before.rakutenStatus, to: after.rakutenStatus },
      actor: 'rakuten',
    });
  const groups = differing(before.fingerprints, after.fingerprints);
  if (groups.length > 0)
    lines.push({
      code: 'order.changed_at_rakuten',
      params: { fields: namesOf(changes) || groups.join(', ') },
      actor: 'rakuten',
    });
  return lines;
};

const adoptRows = async (
  tx: Transaction,
  context: ActivityContext,
  ref: OrderRef,
  facts: OrderFacts,
  before: OrderFacts | null,
): Promise<NewLine[]> => {
  if (facts.baskets.every(({ shippingRows }) => shippingRows.length === 0)) return [];
  const fulfilment = await currentFulfilment(tx, ref);
  const strangers = foreignParcels(facts, await listShipments(tx, ref), {
    today: jstDay(context.now()),
    instructed: fulfilment !== undefined && fulfilment.state !== 'recalled',
    before,
  });
  const reportedAt = context.now();
  const added = await addShipments(
    tx,
    ref,
    strangers.map(({ corrects: _, lines, ...parcel }) => ({
      ...parcel,
      lines: lines?.map((part) => ({ ...part })) ?? null,
      source: 'rakuten',
      reportedAt,
    })),
  );
  return added.map(({ basketId, trackingNumber }): NewLine => {
    const corrects = strangers.find(
      (parcel) => parcel.basketId === basketId && parcel.trackingNumber === trackingNumber,
    )?.corrects;
    return corrects === undefined
      ? { code: 'shipment.adopted', params: { trackingNumber }, actor: 'rakuten' }
      : { code: 'shipment.corrected', params: { before: corrects, trackingNumber }, actor: 'rakuten' };
  });
};
