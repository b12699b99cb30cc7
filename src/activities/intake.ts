import { isDeepStrictEqual } from 'node:util';
import type { OrderFacts, OrderRef } from '../domain/order';
import { isClosedByRakuten, RAKUTEN_STATUS } from '../domain/order';
import type { GetOrderAnswer } from '../rms/orders';
import type { CallOptions } from '../rms/queue';
import { parseWireDatetime } from '../rms/wire-time';
import type { Transaction } from '../store/database';
import type { KnownOrder, OrderRow } from '../store/orders';
import { ensureOrder, knownOrders, lockOrder, reopenMissing } from '../store/orders';
import { wakeOrders } from '../store/outbox';
import { saveStatuses } from '../store/readings';
import { listShipments } from '../store/shipments';
import type { Shop } from '../store/shops';
import type { NewLine } from '../store/timeline';
import { addLines } from '../store/timeline';
import { assess } from './assess';
import type { FirstSight } from './auto-confirm';
import { watchConfirmations } from './auto-confirm';
import { cancelWithdrawn } from './cancel-withdrawn';
import type { ActivityContext } from './context';
import { storeAnswer } from './read-order';

/** Orders read and stored at a time, so that a failure loses little and memory stays small. */
const CHUNK = 100;
/** Orders stored side by side: enough to keep PostgreSQL busy, few enough to leave connections to the workflows. */
const AT_ONCE = 6;

/** What was taken in so far; whoever takes in adds to it. */
export interface Counts {
  /** Numbers that searches gave. */
  searched: number;
  read: number;
  imported: number;
  /** Known orders of which something had changed. */
  moved: number;
}

/** Nothing taken in yet. */
export const noCounts = (): Counts => ({ searched: 0, read: 0, imported: 0, moved: 0 });

/** How orders are read. */
export interface Reading {
  /** How urgent their calls are; of new orders as urgent as work on orders, since reading them is such work. */
  readonly urgency: CallOptions;
  /** What the timeline of an order that is new says beside its import. */
  readonly lines?: readonly NewLine[];
}

/** What a search was for, and whether an order that it shows may be taken in. */
export interface Found {
  readonly statuses: readonly number[];
  readonly importable: boolean;
  readonly orderNumbers: readonly string[];
}

/** Searches rank below the work on orders; reading what they found is such work. */
const AS_ORDER_WORK: Reading = { urgency: { priority: 'order' } };

/**
 * Takes in what is new, and what stands at another status than we last saw; one query tells for all numbers. Where the
 * search has said all that is to be known, the status alone is noted, and no order is read for it. @throws RmsError
 */
export const takeIn = async (
  context: ActivityContext,
  shop: Shop,
  { statuses, importable, orderNumbers }: Found,
  counts: Counts,
): Promise<void> => {
  const known = await knownOrders(context.db, shop.shopId, orderNumbers);
  const wanted = orderNumbers.filter((number) => {
    const order = known.get(number);
    if (order === undefined) return importable;
    return !order.finished && !statuses.includes(order.rakutenStatus);
  });
  const told = new Set(wanted.filter((number) => needsNoReading(shop, statuses, known.get(number))));
  counts.moved += await noteStatus(context, shop.shopId, [...told], statuses[0]);
  const unread = wanted.filter((number) => !told.has(number));
  await readAll(context, shop, unread, AS_ORDER_WORK, counts);
};

/**
 * Whether a search has told all of a moved order that matters. An order at 300 is read at its ship gate anyway, if we
 * send its instruction; of one that is closed nothing is open any more once all its parcels were reported.
 */
const needsNoReading = (
  { settings }: Shop,
  statuses: readonly number[],
  order: KnownOrder | undefined,
): boolean => {
  if (order === undefined || !order.read) return false;
  if (statuses.every(isClosedByRakuten)) return order.stage === 'shipping_reported';
  const [status, ...others] = statuses;
  if (others.length > 0) return false;
  if (status === RAKUTEN_STATUS.processing) return true;
  return status === RAKUTEN_STATUS.awaitingShipment && settings.automaticShippingInstructions;
};

/** Notes that orders stand at another status, and wakes them, both or neither. @returns how many had moved */
const noteStatus = (
  context: ActivityContext,
  shopId: string,
  orderNumbers: readonly string[],
  status: number | undefined,
): Promise<number> =>
  status === undefined || orderNumbers.length === 0
    ? Promise.resolve(0)
    : context.db.transaction(async (tx) => {
        const moved = await saveStatuses(tx, shopId, orderNumbers, status);
        for (const { orderNumber, from } of moved) {
          const ref = { shopId, orderNumber };
          await addLines(tx, ref, [
            { code: 'order.status_changed', params: { from, to: status }, actor: 'rakuten' },
            ...(await cancelWithdrawn(tx, ref, { from, to: status })),
          ]);
        }
        await wakeOrders(
          tx,
          moved.map(({ orderNumber }) => ({ shopId, orderNumber })),
        );
        return moved.length;
      });

/**
 * Reads orders from Rakuten in batches of 100 and stores them. Those that are new, and those of which something has
 * changed, are woken; for the others nothing but their reading is stored. @throws RmsError
 */
export const readAll = async (
  context: ActivityContext,
  shop: Shop,
  orderNumbers: readonly string[],
  reading: Reading,
  counts: Counts,
): Promise<void> => {
  for (let at = 0; at < orderNumbers.length; at += CHUNK) {
    const numbers = orderNumbers.slice(at, at + CHUNK);
    const answers = await context.gateway(shop.shopId).getOrders(numbers, reading.urgency);
    const sights: FirstSight[] = [];
    const pending = [...answers];
    for (let some = pending.splice(0, AT_ONCE); some.length > 0; some = pending.splice(0, AT_ONCE)) {
      const stored = await Promise.all(
        some.map(([orderNumber, answer]) => storeAndWake(context, shop, orderNumber, answer, reading)),
      );
      counts.read += stored.length;
      counts.imported += stored.filter(({ taken }) => taken).length;
      counts.moved += stored.filter(({ taken, changed }) => changed && !taken).length;
      sights.push(...stored.flatMap(({ sight }) => sight ?? []));
    }
    await watchConfirmations(context, shop, sights);
  }
};

interface Stored {
  /** The order is new here. */
  readonly taken: boolean;
  /** Something of it is other than we knew. */
  readonly changed: boolean;
  /** How Rakuten showed it when it was read for the first time. */
  readonly sight?: FirstSight;
}

/**
 * Stores one order and wakes its workflow when there is news of it, both or neither. An order that cannot be read is
 * kept all the same: its own workflow reads it again and says why it stands, at its own pace, so it is not woken for
 * the same answer once more. What was sold is reserved at once, before stock is published.
 */
const storeAndWake = async (
  context: ActivityContext,
  shop: Shop,
  orderNumber: string,
  answer: GetOrderAnswer,
  { lines = [] }: Reading,
): Promise<Stored> => {
  const ref = { shopId: shop.shopId, orderNumber };
  const stored = await context.db.transaction(async (tx) => {
    const taken = (await ensureOrder(tx, ref)) || (await reopenMissing(tx, ref));
    const read = answer.kind === 'found' ? await storeFound(tx, context, ref, answer) : { changed: false };
    if (taken) await addLines(tx, ref, [...lateLines(shop, answer), ...lines]);
    if (taken || read.changed) await wakeOrders(tx, [ref]);
    return { taken, ...read };
  });
  // Its workflow looks at once; but what was sold has to be reserved before this cycle publishes stock.
  if ((stored.taken || stored.changed) && shop.settings.stockSync !== 'off') await assess(context, ref);
  return stored;
};

/** Stores an order that Rakuten gave, and tells whether anything of it is other than we knew. */
const storeFound = async (
  tx: Transaction,
  context: ActivityContext,
  ref: OrderRef,
  answer: GetOrderAnswer & { readonly kind: 'found' },
): Promise<Omit<Stored, 'taken'>> => {
  const before = await lockOrder(tx, ref);
  const parcels = before?.facts === null ? 0 : (await listShipments(tx, ref)).length;
  const after = await storeAnswer(tx, context, ref, answer, before);
  if (before === undefined || before.facts === null || after.facts === null)
    return { changed: true, ...(after.facts === null ? {} : { sight: sightOf(answer, after.facts) }) };
  const adopted = (await listShipments(tx, ref)).length !== parcels;
  return { changed: adopted || differs(before, after) };
};

/** Statuses, shipping rows, amounts, dates and the fingerprints of the rest: whatever decisions are made upon. */
const differs = (before: OrderRow, after: OrderRow): boolean =>
  before.missing !== after.missing || !isDeepStrictEqual(before.facts, after.facts);

const sightOf = ({ order }: GetOrderAnswer & { readonly kind: 'found' }, facts: OrderFacts): FirstSight => ({
  orderNumber: order.orderNumber,
  orderedAt: new Date(facts.orderedAt),
  rakutenStatus: facts.rakutenStatus,
  confirmedAt:
    typeof order.shopOrderCfmDatetime === 'string' ? parseWireDatetime(order.shopOrderCfmDatetime) : null,
});

/** An order that comes in further on than orders of this shop usually do says so. */
const lateLines = ({ settings }: Shop, answer: GetOrderAnswer): NewLine[] => {
  if (answer.kind !== 'found') return [];
  const rakutenStatus = answer.order.orderProgress;
  if (rakutenStatus <= Math.max(...settings.importStatuses)) return [];
  return [
    {
      code: 'order.imported_late',
      params: { rakutenStatus, usual: settings.importStatuses.join(', ') },
    },
  ];
};
