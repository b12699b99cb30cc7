import type { Db } from './books';
import type { Change, Family } from './rms-call';

/**
 * How a request ended: answered by its function, refused for its key, for the rate limit, for its media type or body,
 * by an injected fault, or without any answer.
 */
type CallOutcome = 'answered' | 'unauthorised' | 'rate_limited' | 'bad_request' | 'fault' | 'lost';

/** A line of the journal: one request of a known shop. Never holds a key or a buyer's data. */
export interface JournalLine {
  /** When the request arrived, before anything was done about it; the real time, whatever the sandbox's clock says. */
  readonly at: Date;
  readonly shopCode: string;
  readonly operation: string;
  readonly family: Family;
  /** How many orders, stock records or items the request names; 1 when it holds no list. */
  readonly batchSize: number;
  readonly orderNumbers: readonly string[];
  readonly changes: readonly Change[];
  readonly httpStatus: number;
  readonly durationMs: number;
  readonly outcome: CallOutcome;
  /** The injected fault that the request met, if any. */
  readonly fault: string | null;
}

/** What the journal can be asked for; every part narrows. */
export interface JournalQuery {
  readonly operation?: string | undefined;
  readonly family?: string | undefined;
  readonly orderNumber?: string | undefined;
  readonly shopCode?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** Only lines after this id. */
  readonly after?: number | undefined;
  readonly limit: number;
}

/** Appends a line; in the transaction of the request's own effects, so that the books are never wrong about them. */
export const appendJournal = async (db: Db, line: JournalLine): Promise<void> => {
  await db.query(
    `INSERT INTO journal (at, shop_code, operation, family, batch_size, order_numbers, changes, http_status,
       duration_ms, outcome, fault)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      line.at,
      line.shopCode,
      line.operation,
      line.family,
      line.batchSize,
      line.orderNumbers,
      JSON.stringify(line.changes),
      line.httpStatus,
      line.durationMs,
      line.outcome,
      line.fault,
    ],
  );
};

/** Replaces the changes of the line that names these orders and holds this change: an accepted report was carried out. */
export const amendJournal = async (
  db: Db,
  orderNumbers: readonly string[],
  known: Change,
  changes: readonly Change[],
): Promise<void> => {
  await db.query(
    'UPDATE journal SET changes = $3 WHERE order_numbers @> $1 AND changes::jsonb @> $2::jsonb',
    [orderNumbers.slice(0, 1), JSON.stringify([known]), JSON.stringify(changes)],
  );
};

const SELECTION = `
  FROM journal
  WHERE ($1::text IS NULL OR operation = $1) AND ($2::text IS NULL OR order_numbers @> ARRAY[$2::text])
    AND ($3::text IS NULL OR shop_code = $3) AND ($4::timestamptz IS NULL OR at >= $4)
    AND ($5::timestamptz IS NULL OR at < $5) AND ($6::text IS NULL OR family = $6)
    AND ($7::bigint IS NULL OR id > $7)`;

const valuesOf = (query: JournalQuery): unknown[] => [
  query.operation ?? null,
  query.orderNumber ?? null,
  query.shopCode ?? null,
  query.since ?? null,
  query.until ?? null,
  query.family ?? null,
  query.after ?? null,
];

/** The lines that match, oldest first; of more than `limit`, the newest. */
export const readJournal = async (db: Db, query: JournalQuery): Promise<(JournalLine & { id: string })[]> => {
  const { rows } = await db.query<JournalLine & { id: string }>(
    `SELECT id, at, shop_code AS "shopCode", operation, family, batch_size AS "batchSize",
       order_numbers AS "orderNumbers", changes, http_status AS "httpStatus", duration_ms AS "durationMs",
       outcome, fault
     ${SELECTION} ORDER BY id DESC LIMIT $8`,
    [...valuesOf(query), query.limit],
  );
  return rows.reverse();
};

/** A request in few words, for those who judge limits and count calls. */
interface CallRow {
  readonly id: number;
  /** Arrival in milliseconds since 1970, real time. */
  readonly atMs: number;
  readonly shop: string;
  readonly function: string;
  readonly family: Family;
  readonly batchSize: number;
  readonly httpStatus: number;
  readonly outcome: CallOutcome;
  readonly fault: string | null;
  readonly durationMs: number;
  readonly orderNumbers?: readonly string[];
}

/**
 * The requests that match, by arrival, without their changes; with their order numbers when these are asked for. Of
 * more than `limit`, the oldest: go on with `after`, which takes the largest id that was seen.
 */
export const readCalls = async (
  db: Db,
  query: JournalQuery,
  withOrderNumbers: boolean,
): Promise<CallRow[]> => {
  const { rows } = await db.query<CallRow>(
    `SELECT * FROM (
       SELECT id::int, (extract(epoch FROM at) * 1000)::float8 AS "atMs", shop_code AS shop, operation AS function,
         family, batch_size AS "batchSize", http_status AS "httpStatus", outcome, fault,
         duration_ms AS "durationMs" ${withOrderNumbers ? ', order_numbers AS "orderNumbers"' : ''}
       ${SELECTION} ORDER BY id LIMIT $8) calls
     ORDER BY "atMs", id`,
    [...valuesOf(query), query.limit],
  );
  return rows;
};

/** How many requests match, by shop, function and outcome, with the sum of their batches and the first and last arrival. */
export const countCalls = async (db: Db, query: JournalQuery) =>
  (
    await db.query(
      `SELECT shop_code AS shop, operation AS function, family, outcome, count(*)::int AS calls,
         sum(batch_size)::int AS entries, (extract(epoch FROM min(at)) * 1000)::float8 AS "firstMs",
         (extract(epoch FROM max(at)) * 1000)::float8 AS "lastMs"
       ${SELECTION} GROUP BY shop_code, operation, family, outcome ORDER BY shop_code, operation, outcome`,
      valuesOf(query),
    )
  ).rows;

/** What the journal says about one order: how often each thing was done to it from outside. */
export const booksOf = async (db: Db, orderNumber: string) => {
  const calls = await readJournal(db, { orderNumber, limit: 10_000 });
  const changes = calls
    .flatMap((call) => call.changes)
    .filter((change) => 'orderNumber' in change && change.orderNumber === orderNumber);
  const count = (kind: Change['kind']): number => changes.filter((change) => change.kind === kind).length;
  const updated = changes.filter((change) => change.kind === 'shipping_row_updated' && change.changed).length;
  return {
    confirmed: count('confirmed'),
    cancelled: count('cancelled'),
    shippingRowsWritten: count('shipping_row_inserted') + updated,
    shippingRowsInserted: count('shipping_row_inserted'),
    shippingRowsChanged: updated,
    shippingRowsDeleted: count('shipping_row_deleted'),
    calls,
  };
};
