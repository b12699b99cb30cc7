import { randomUUID } from 'node:crypto';
import type { Books, Db } from './books';
import { compactDatetime, DAY_MS } from './japan-time';
import { amendJournal } from './journal';
import type { Message } from './order-fields';
import { lockOrders } from './orders';
import type { Change } from './rms-call';
import type { Settings } from './settings';
import { type RowRequest, reportShipping } from './shipping-rows';

/** One order of an asynchronous report. */
export interface AsyncOrder {
  readonly orderNumber: string;
  readonly rows: readonly RowRequest[];
}

/** What became of one order of an asynchronous report. */
export interface AsyncResult {
  readonly orderNumber: string;
  readonly MessageModelList: readonly Message[];
}

/** Days for which a result can be asked for (order reference §2). */
const RESULT_DAYS = 30;

/** How many reports a tick carries out at most; the next one goes on. */
const BATCH = 20;

interface Waiting {
  readonly requestId: string;
  readonly shopCode: string;
  readonly orders: readonly AsyncOrder[];
}

/** Files an accepted report and gives its requestId, `<uuid>_<yyyyMMddHHmmss>`. It is held for good while the delay is null. */
export const fileAsyncShipping = async (
  db: Db,
  shopCode: string,
  orders: readonly AsyncOrder[],
  now: Date,
  { asyncShippingDelaySeconds: delay }: Settings,
): Promise<string> => {
  const requestId = `${randomUUID()}_${compactDatetime(now)}`;
  await db.query(
    'INSERT INTO async_shippings (request_id, shop_code, orders, accepted_at, due_at) VALUES ($1, $2, $3, $4, $5)',
    [
      requestId,
      shopCode,
      JSON.stringify(orders),
      now,
      delay === null ? null : new Date(now.getTime() + delay * 1000),
    ],
  );
  return requestId;
};

/** The results of a report that is carried out; undefined when it still runs, is unknown, another shop's, or older than 30 days. */
export const findAsyncResult = async (
  db: Db,
  shopCode: string,
  requestId: string,
  now: Date,
): Promise<readonly AsyncResult[] | undefined> =>
  (
    await db.query<{ results: AsyncResult[] }>(
      `SELECT results FROM async_shippings
       WHERE shop_code = $1 AND request_id = $2 AND results IS NOT NULL AND accepted_at >= $3`,
      [shopCode, requestId, new Date(now.getTime() - RESULT_DAYS * DAY_MS)],
    )
  ).rows[0]?.results;

/** Which reports are to be carried out: those that are due, one by its id, or all that wait. */
export type Selection = { readonly due: Date } | { readonly requestId: string } | 'all';

/** Carries reports out, each in a transaction of its own, oldest first; gives their ids. */
export const carryOutAsyncShipping = async (
  books: Books,
  selection: Selection,
  now: Date,
): Promise<string[]> => {
  const due = selection !== 'all' && 'due' in selection ? selection.due : null;
  const id = selection !== 'all' && 'requestId' in selection ? selection.requestId : null;
  const { rows } = await books.query<{ id: string }>(
    `SELECT request_id AS id FROM async_shippings WHERE results IS NULL
       AND ($1::timestamptz IS NULL OR due_at <= $1) AND ($2::text IS NULL OR request_id = $2)
     ORDER BY accepted_at, request_id ${due === null ? '' : `LIMIT ${BATCH}`}`,
    [due, id],
  );
  const done: string[] = [];
  for (const row of rows) {
    if (await books.transaction((db) => carryOut(db, row.id, now))) done.push(row.id);
  }
  return done;
};

/** Carries one report out unless somebody else did; the journal line of the call that it came with gains its changes. */
const carryOut = async (db: Db, requestId: string, now: Date): Promise<boolean> => {
  const { rows } = await db.query<Waiting>(
    `SELECT request_id AS "requestId", shop_code AS "shopCode", orders FROM async_shippings
     WHERE request_id = $1 AND results IS NULL FOR UPDATE SKIP LOCKED`,
    [requestId],
  );
  const waiting = rows[0];
  if (waiting === undefined) return false;
  const changes: Change[] = [];
  const effects = { db, record: (change: Change) => changes.push(change) };
  const numbers = waiting.orders.map((order) => order.orderNumber);
  const stored = await lockOrders(db, waiting.shopCode, numbers);
  const results: AsyncResult[] = [];
  for (const { orderNumber, rows: parcels } of waiting.orders) {
    const messages = await reportShipping(effects, orderNumber, stored.get(orderNumber), parcels);
    results.push({ orderNumber, MessageModelList: messages });
  }
  await db.query('UPDATE async_shippings SET results = $2, done_at = $3 WHERE request_id = $1', [
    requestId,
    JSON.stringify(results),
    now,
  ]);
  const accepted: Change = { kind: 'shipping_accepted', requestId };
  await amendJournal(db, numbers, accepted, [accepted, ...changes]);
  return true;
};

/** The asynchronous reports, oldest first, without their rows. `dueAt` null: held until it is released. */
export const listAsyncShipping = async (db: Db) =>
  (
    await db.query<{ requestId: string; shopCode: string; orderNumbers: string[]; doneAt: Date | null }>(
      `SELECT request_id AS "requestId", shop_code AS "shopCode", accepted_at AS "acceptedAt", due_at AS "dueAt",
         done_at AS "doneAt",
         (SELECT json_agg(o->>'orderNumber') FROM json_array_elements(orders) o) AS "orderNumbers"
       FROM async_shippings ORDER BY accepted_at, request_id LIMIT 5000`,
    )
  ).rows;
