import type { Db } from './books';
import type { Change } from './rms-call';

/** A line of the journal: one authorised request. Never holds a key or a buyer's data. */
export interface JournalLine {
  readonly at: Date;
  readonly shopCode: string;
  readonly operation: string;
  readonly orderNumbers: readonly string[];
  readonly changes: readonly Change[];
  readonly httpStatus: number;
  readonly durationMs: number;
  /** The injected fault that the request met, if any. */
  readonly fault: string | null;
}

/** What the journal can be asked for; every part narrows. */
export interface JournalQuery {
  readonly operation?: string | undefined;
  readonly orderNumber?: string | undefined;
  readonly shopCode?: string | undefined;
  readonly since?: Date | undefined;
  readonly limit: number;
}

/** Appends a line; in the transaction of the request's own effects, so that the books are never wrong about them. */
export const appendJournal = async (db: Db, line: JournalLine): Promise<void> => {
  await db.query(
    `INSERT INTO journal (at, shop_code, operation, order_numbers, changes, http_status, duration_ms, fault)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      line.at,
      line.shopCode,
      line.operation,
      line.orderNumbers,
      JSON.stringify(line.changes),
      line.httpStatus,
      line.durationMs,
      line.fault,
    ],
  );
};

/** The lines that match, oldest first; of more than `limit`, the newest. */
export const readJournal = async (db: Db, query: JournalQuery): Promise<(JournalLine & { id: string })[]> => {
  const { rows } = await db.query<JournalLine & { id: string }>(
    `SELECT id, at, shop_code AS "shopCode", operation, order_numbers AS "orderNumbers", changes,
       http_status AS "httpStatus", duration_ms AS "durationMs", fault
     FROM journal
     WHERE ($1::text IS NULL OR operation = $1) AND ($2::text IS NULL OR order_numbers @> ARRAY[$2::text])
       AND ($3::text IS NULL OR shop_code = $3) AND ($4::timestamptz IS NULL OR at >= $4)
     ORDER BY id DESC LIMIT $5`,
    [
      query.operation ?? null,
      query.orderNumber ?? null,
      query.shopCode ?? null,
      query.since ?? null,
      query.limit,
    ],
  );
  return rows.reverse();
};

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
