import type { Books, Db } from './books';
import { addDays, jstDate, jstDatetime } from './japan-time';
import { PREPAID_METHODS } from './order-body';
import { anyOrderWhere, lockOrdersWhere, type StoredOrder, saveOrder } from './orders';
import type { Settings } from './settings';
import { giveStockBack, type RestoreType } from './stock';

/** Seconds after the order at which Rakuten releases card orders: the buyer may cancel for 30 minutes (order reference §7.2). */
const CARD_FIX_SECONDS = 30 * 60;
/** Seconds after the confirmation (or the payment) at which Rakuten releases all others. */
const OTHER_FIX_SECONDS = 3 * 60;
/** Methods that need an authorisation: card and Apple Pay. */
const CARD_METHODS: readonly number[] = [1, 12];

/** Adds a line to the order's history of changes; codes that are not given are null (§4.2, ChangeReasonModel). */
export const appendChange = async (
  db: Db,
  order: StoredOrder,
  change: { changeType: number; changeReason?: number; changeReasonDetail?: number },
  now: Date,
): Promise<void> => {
  const { rows } = await db.query<{ id: number }>(`SELECT nextval('change_id')::int AS id`);
  const at = jstDatetime(now);
  order.body.ChangeReasonModelList = [
    ...(order.body.ChangeReasonModelList ?? []),
    {
      changeId: rows[0]?.id,
      changeType: change.changeType,
      changeTypeDetail: null,
      changeReason: change.changeReason ?? null,
      changeReasonDetail: change.changeReasonDetail ?? null,
      changeApplyDatetime: at,
      changeFixDatetime: at,
      changeCmplDatetime: at,
    },
  ];
};

/** Who cancels, why (the codes of §6.4), and what becomes of the stock. */
export interface Cancellation {
  readonly by: 'customer' | 'shop';
  readonly reasonDetail: number;
  readonly restore: RestoreType;
}

/** Cancels a locked order and gives its units back. It is 900 at once, or 800 until the next tick (§7.7 leaves this open). */
export const cancel = async (
  db: Db,
  order: StoredOrder,
  { by, reasonDetail, restore }: Cancellation,
  now: Date,
  settings: Settings,
): Promise<void> => {
  const reason = { changeReason: by === 'shop' ? 0 : 1, changeReasonDetail: reasonDetail };
  const changeTypes = settings.cancelShows800 ? [0] : [0, 1, 2];
  for (const changeType of changeTypes) await appendChange(db, order, { changeType, ...reason }, now);
  order.body.orderProgress = settings.cancelShows800 ? 800 : 900;
  const stockTaken = await giveStockBack(db, order.shopCode, order.stockTaken, restore, now);
  await saveOrder(db, { ...order, stockTaken });
};

/** The order's own status moves of a batch: which orders, and what becomes of each. */
interface Move {
  readonly where: string;
  readonly values: (now: Date, settings: Settings) => unknown[] | undefined;
  readonly apply: (db: Db, order: StoredOrder, now: Date, settings: Settings) => Promise<void>;
}

const later = (now: Date, seconds: number): Date => new Date(now.getTime() - seconds * 1000);

/** What Rakuten does by itself as time passes (§7), in the order in which it is done. */
const MOVES: readonly Move[] = [
  {
    where: 'progress = 800',
    values: (_now, { cancelShows800 }) => (cancelShows800 ? [] : undefined),
    apply: async (db, order, now) => {
      await appendChange(db, order, { changeType: 2 }, now);
      order.body.orderProgress = 900;
      await saveOrder(db, order);
    },
  },
  {
    where: 'progress = 100 AND cancel_due < $1',
    values: (now) => [jstDate(now)],
    apply: (db, order, now, settings) =>
      cancel(db, order, { by: 'shop', reasonDetail: 10, restore: 0 }, now, settings),
  },
  {
    where: 'progress = 200 AND settlement_method = ANY($2) AND paid_at IS NULL AND pay_due < $1',
    values: (now) => [jstDate(now), PREPAID_METHODS],
    apply: (db, order, now, settings) =>
      cancel(db, order, { by: 'customer', reasonDetail: 4, restore: 0 }, now, settings),
  },
  {
    where: 'progress = 200 AND settlement_method = ANY($2) AND paid_at IS NULL AND confirmed_at <= $1',
    values: (now, { autoPayAfterSeconds: seconds }) =>
      seconds === null ? undefined : [later(now, seconds), PREPAID_METHODS],
    apply: (db, order, now) => saveOrder(db, { ...order, paidAt: now, settledAt: now }),
  },
  {
    where: `progress = 200 AND CASE WHEN settlement_method = ANY($2) THEN paid_at <= $1
      WHEN settlement_method = ANY($3) THEN ordered_at <= $4 AND confirmed_at <= $5
      ELSE confirmed_at <= $1 END`,
    values: (now, { fixDelaySeconds }) => {
      const delay = later(now, fixDelaySeconds ?? OTHER_FIX_SECONDS);
      const card = fixDelaySeconds === null ? [later(now, CARD_FIX_SECONDS), now] : [now, delay];
      return [delay, PREPAID_METHODS, CARD_METHODS, ...card];
    },
    apply: async (db, order, now) => {
      order.body.orderProgress = 300;
      order.body.orderFixDatetime = jstDatetime(now);
      order.body.shippingInstDatetime = jstDatetime(now);
      order.body.cancelDueDate = addDays(order.body.orderDatetime.slice(0, 10), 365);
      await saveOrder(db, order);
    },
  },
];

/** How many orders move in one transaction. */
const BATCH = 200;

/** Makes all status moves that are due now; gives how many orders moved. */
export const makeDueMoves = async (books: Books, now: Date, settings: Settings): Promise<number> => {
  let moved = 0;
  for (const { where, values, apply } of MOVES) {
    const bound = values(now, settings);
    if (bound === undefined) continue;
    moved += await inBatches(books, where, bound, (db, order) => apply(db, order, now, settings));
  }
  return moved;
};

/** Applies a move to all orders that match, a batch per transaction; gives how many. */
const inBatches = async (
  books: Books,
  where: string,
  values: unknown[],
  apply: (db: Db, order: StoredOrder) => Promise<void>,
): Promise<number> => {
  let moved = 0;
  while (await anyOrderWhere(books, where, values)) {
    const size = await books.transaction(async (db) => {
      const orders = await lockOrdersWhere(db, where, values, BATCH);
      for (const order of orders) await apply(db, order);
      return orders.length;
    });
    moved += size;
    if (size < BATCH) break;
  }
  return moved;
};

/**
 * The nightly job (§7.3): orders at 300 whose every parcel has company, number and date, and whose last shipping
 * date is before `day` (`YYYY-MM-DD`), become 500. Gives their numbers.
 */
export const runNight = async (books: Books, day: string, now: Date): Promise<string[]> => {
  const closed: string[] = [];
  const where = 'progress = 300 AND complete AND $1 > ALL (ship_dates)';
  await inBatches(books, where, [day], async (db, order) => {
    order.body.orderProgress = 500;
    order.body.shippingCmplRptDatetime = jstDatetime(now);
    order.body.cancelDueDate = null;
    await saveOrder(db, { ...order, settledAt: order.settledAt ?? now });
    closed.push(order.orderNumber);
  });
  return closed;
};
