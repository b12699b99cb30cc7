import type { Db } from './books';
import { addDays, jstDate, parseJstDatetime } from './japan-time';
import { isCompletelyShipped, type OrderBody, shippingRowsOf } from './order-body';
import { type StockTaken, takeStock } from './stock';

/** An order with the facts that Rakuten keeps beside the OrderModel. */
export interface StoredOrder {
  readonly shopCode: string;
  readonly orderNumber: string;
  readonly body: OrderBody;
  readonly paidAt: Date | null;
  readonly settledAt: Date | null;
  readonly stockTaken: readonly StockTaken[];
}

/** Days after the order within which it must be confirmed (order reference §7.1). */
const CONFIRM_WITHIN_DAYS = 14;

const COLUMNS = `shop_code AS "shopCode", order_number AS "orderNumber", body, paid_at AS "paidAt",
  settled_at AS "settledAt", stock_taken AS "stockTaken"`;

const instant = (text: string | null | undefined): Date | null => parseJstDatetime(text ?? '') ?? null;

/** The searchable columns of an order, all derived from its body: name → value. */
const derivedColumns = (body: OrderBody): Record<string, unknown> => {
  const orderedAt = instant(body.orderDatetime);
  if (orderedAt === null) throw new Error(`Order ${body.orderNumber} has no readable orderDatetime.`);
  const rows = shippingRowsOf(body);
  return {
    body: JSON.stringify(body),
    progress: body.orderProgress,
    ordered_at: orderedAt,
    confirmed_at: instant(body.shopOrderCfmDatetime),
    fixed_at: instant(body.orderFixDatetime),
    completed_at: instant(body.shippingCmplRptDatetime),
    cancel_due: body.cancelDueDate ?? addDays(jstDate(orderedAt), CONFIRM_WITHIN_DAYS),
    pay_due: body.DueDateModelList?.findLast((due) => due.dueDateType === 0)?.dueDate ?? null,
    settlement_method: body.SettlementModel?.settlementMethodCode ?? null,
    order_type: body.orderType ?? null,
    ship_dates: rows.flatMap((row) => (row.shippingDate ? [row.shippingDate] : [])),
    numbered: rows.some((row) => row.shippingNumber !== null && row.shippingNumber !== ''),
    complete: isCompletelyShipped(body),
  };
};

/**
 * Files a new order and takes its units off the shop's stock, as Rakuten does at the moment of purchase.
 * Gives false, and changes nothing, when the shop already has this order number.
 */
export const insertOrder = async (db: Db, shopCode: string, body: OrderBody, now: Date): Promise<boolean> => {
  const columns = {
    shop_code: shopCode,
    order_number: body.orderNumber,
    ...derivedColumns(body),
    stock_taken: '[]',
  };
  const names = Object.keys(columns);
  const { rowCount } = await db.query(
    `INSERT INTO orders (${names.join(', ')}) VALUES (${names.map((_, i) => `$${i + 1}`).join(', ')})
     ON CONFLICT DO NOTHING`,
    Object.values(columns),
  );
  if (rowCount === 0) return false;
  const taken = body.orderProgress === 900 ? [] : await takeStock(db, shopCode, body, now);
  await db.query('UPDATE orders SET stock_taken = $3 WHERE shop_code = $1 AND order_number = $2', [
    shopCode,
    body.orderNumber,
    JSON.stringify(taken),
  ]);
  return true;
};

/** Writes an order back after a change, with its searchable columns. */
export const saveOrder = async (db: Db, order: StoredOrder): Promise<void> => {
  const columns = {
    ...derivedColumns(order.body),
    paid_at: order.paidAt,
    settled_at: order.settledAt,
    stock_taken: JSON.stringify(order.stockTaken),
  };
  const assignments = Object.keys(columns).map((name, i) => `${name} = $${i + 3}`);
  await db.query(`UPDATE orders SET ${assignments.join(', ')} WHERE shop_code = $1 AND order_number = $2`, [
    order.shopCode,
    order.orderNumber,
    ...Object.values(columns),
  ]);
};

/** The shop's orders with these numbers, locked until the transaction ends; always in the same order, so that two callers cannot block each other. */
export const lockOrders = async (
  db: Db,
  shopCode: string,
  orderNumbers: readonly string[],
): Promise<Map<string, StoredOrder>> => {
  const { rows } = await db.query<StoredOrder>(
    `SELECT ${COLUMNS} FROM orders WHERE shop_code = $1 AND order_number = ANY($2)
     ORDER BY order_number FOR UPDATE`,
    [shopCode, orderNumbers],
  );
  return new Map(rows.map((order) => [order.orderNumber, order]));
};

/** Whether any order matches an SQL condition: mostly none does, and finding that is not to cost a transaction. */
export const anyOrderWhere = async (db: Db, condition: string, values: unknown[]): Promise<boolean> =>
  (await db.query(`SELECT FROM orders WHERE ${condition} LIMIT 1`, values)).rowCount !== 0;

/** Up to `limit` orders that match an SQL condition and that nobody else is changing, locked. */
export const lockOrdersWhere = async (
  db: Db,
  condition: string,
  values: unknown[],
  limit: number,
): Promise<StoredOrder[]> =>
  (
    await db.query<StoredOrder>(
      `SELECT ${COLUMNS} FROM orders WHERE ${condition} ORDER BY ordered_at, order_number
       LIMIT ${limit} FOR UPDATE SKIP LOCKED`,
      values,
    )
  ).rows;

/** The order of any shop with this number, or undefined; locked when `lock` says so. */
export const findOrder = async (
  db: Db,
  orderNumber: string,
  lock: 'lock' | 'read',
): Promise<StoredOrder | undefined> =>
  (
    await db.query<StoredOrder>(
      `SELECT ${COLUMNS} FROM orders WHERE order_number = $1 ORDER BY shop_code LIMIT 1
       ${lock === 'lock' ? 'FOR UPDATE' : ''}`,
      [orderNumber],
    )
  ).rows[0];

/**
 * A reservation (予約) gets its order number; from now on Rakuten knows it by that alone, and the order tells the number
 * it was reserved under (order reference §4.2). @returns the order number
 */
export const turnIntoOrder = async (
  db: Db,
  { orderNumber: reserveNumber, body }: StoredOrder,
): Promise<string> => {
  const { rows } = await db.query<{ serial: number }>(`SELECT nextval('order_serial')::int AS serial`);
  const serial = String(rows[0]?.serial ?? 0).padStart(10, '0');
  const orderNumber = reserveNumber.replace(/\d+-r$/, serial);
  await db.query('UPDATE orders SET order_number = $2, body = $3 WHERE order_number = $1', [
    reserveNumber,
    orderNumber,
    JSON.stringify({ ...body, orderNumber, reserveNumber }),
  ]);
  return orderNumber;
};
