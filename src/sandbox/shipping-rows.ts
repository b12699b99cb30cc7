import type { Db } from './books';
import { DELIVERY_COMPANIES } from './carriers';
import { isDate } from './japan-time';
import { type Fields, isObject } from './json';
import type { OrderBody, PackageBody, ShippingRow } from './order-body';
import { type FieldCheck, info, type Message, parse, refusal } from './order-fields';
import { type StoredOrder, saveOrder } from './orders';
import type { RmsCall } from './rms-call';

/** Rows that a destination takes, in a request and altogether (order reference §6.1). */
const MAX_ROWS = 20;
const OPERATION = 'UPDATE_ORDERSHIPPING';

/** One row of a request. Undefined fields leave the row as it is; null erases (order reference §6.1). */
export interface RowRequest {
  /** Counted from 1 over all destinations of the order. */
  readonly dataNumber: number;
  readonly basketId: number;
  readonly shippingDetailId?: number | undefined;
  readonly remove: boolean;
  readonly changes: Partial<Pick<ShippingRow, 'deliveryCompany' | 'shippingNumber' | 'shippingDate'>>;
}

/** What a message about a wrong field carries besides; the number of the row in question is given. */
type DetailOf = (dataNumber: number) => Partial<Message>;

/** Reads `BasketidModelList`; wrong fields are filed in `check`, with what `detailOf` gives for their row. */
export const readBaskets = (check: FieldCheck, fields: Fields, detailOf: DetailOf): RowRequest[] => {
  const list = (value: unknown): Fields[] | undefined =>
    Array.isArray(value) && value.every(isObject) ? value : undefined;
  const rowList = (value: unknown): Fields[] | undefined => {
    const rows = list(value);
    return rows !== undefined && rows.length <= MAX_ROWS ? rows : undefined;
  };
  const { orderNumber } = detailOf(0);
  const about = orderNumber === undefined ? {} : { orderNumber };
  let dataNumber = 0;
  return (check.read(fields, 'BasketidModelList', 'required', list, about) ?? []).flatMap((basket) => {
    const basketId = check.read(basket, 'basketId', 'required', parse.number, about) ?? 0;
    const rows = check.read(basket, 'ShippingModelList', 'required', rowList, about) ?? [];
    return rows.map((row) => {
      dataNumber += 1;
      return readRow(check, row, basketId, dataNumber, detailOf(dataNumber));
    });
  });
};

const detailId = (value: unknown): number | undefined => {
  const number = parse.number(value);
  return number !== undefined && Number.isInteger(number) && number > 0 && number < 1e12 ? number : undefined;
};
const company = (value: unknown): string | undefined =>
  typeof value === 'string' && value in DELIVERY_COMPANIES ? value : undefined;
const day = (value: unknown): string | undefined =>
  typeof value === 'string' && isDate(value) ? value : undefined;
/** Up to 120 characters, none of the machine-dependent ones such as ① or ㈱. */
const trackingText = (value: unknown): string | undefined =>
  typeof value === 'string' &&
  value.length <= 120 &&
  !/[\u2460-\u24ff\u2160-\u217f\u3220-\u32ff\u3300-\u33ff]/.test(value)
    ? value
    : undefined;

const readRow = (
  check: FieldCheck,
  row: Fields,
  basketId: number,
  dataNumber: number,
  detail: Partial<Message>,
): RowRequest => {
  if (row.shippingDetailId === '') check.malformed('shippingDetailId', detail);
  const shippingDetailId = check.read(row, 'shippingDetailId', 'optional', detailId, detail);
  const remove = check.read(row, 'shippingDeleteFlag', 'optional', parse.oneOf(0, 1), detail) === 1;
  if (remove && (row.shippingDetailId ?? undefined) === undefined) check.missing('shippingDetailId', detail);
  const changes: Record<string, string | null> = {};
  // An absent key changes nothing. A company must have a value; an empty number or date erases what stands there.
  if ('deliveryCompany' in row) {
    changes.deliveryCompany = check.read(row, 'deliveryCompany', 'required', company, detail) ?? null;
  }
  if ('shippingNumber' in row) {
    changes.shippingNumber = check.read(row, 'shippingNumber', 'optional', trackingText, detail) ?? null;
  }
  if ('shippingDate' in row) {
    changes.shippingDate = check.read(row, 'shippingDate', 'optional', day, detail) ?? null;
  }
  return { dataNumber, basketId, shippingDetailId, remove, changes };
};

/** Where a report of rows is carried out: its transaction, and who is told what changed. */
type Effects = Pick<RmsCall, 'db' | 'record'>;

/**
 * Carries the rows of one locked order out and gives a message per row; `order` undefined: the shop has no such order.
 * A cancelled order takes no rows, and one refused row keeps all of the order's rows from being written.
 */
export const reportShipping = async (
  effects: Effects,
  orderNumber: string,
  order: StoredOrder | undefined,
  rows: readonly RowRequest[],
): Promise<Message[]> => {
  if (order === undefined) return [refusal(OPERATION, '101', '注文が存在しません。', { orderNumber })];
  if (order.body.orderProgress >= 800) {
    return [refusal(OPERATION, '102', 'キャンセル済みの注文のため発送報告できません。', { orderNumber })];
  }
  const refused = refusedRows(order.body, rows);
  if (refused.length > 0) return refused;
  const messages: Message[] = [];
  for (const row of rows) messages.push(await applyRow(effects, order.body, row));
  await saveOrder(effects.db, order);
  return messages;
};

const parcelOf = (body: OrderBody, basketId: number): PackageBody | undefined =>
  body.PackageModelList.find((parcel) => parcel.basketId === basketId);

/** Rows that name a destination or a row which the order does not have, or that are too many. The code for this is a guess (§14). */
const refusedRows = (body: OrderBody, rows: readonly RowRequest[]): Message[] =>
  rows.flatMap((row) => {
    const parcel = parcelOf(body, row.basketId);
    const inserts = rows.filter(
      (r) => r.basketId === row.basketId && r.shippingDetailId === undefined,
    ).length;
    const known =
      parcel !== undefined &&
      (row.shippingDetailId === undefined
        ? parcel.ShippingModelList.length + inserts <= MAX_ROWS
        : parcel.ShippingModelList.some((stored) => stored.shippingDetailId === row.shippingDetailId) &&
          rows.filter((r) => r.shippingDetailId === row.shippingDetailId).length === 1);
    if (known) return [];
    return [
      refusal(OPERATION, '101', '発送情報を更新できませんでした。', {
        orderNumber: body.orderNumber,
        dataNumber: row.dataNumber,
      }),
    ];
  });

const applyRow = async ({ db, record }: Effects, body: OrderBody, row: RowRequest): Promise<Message> => {
  const parcel = parcelOf(body, row.basketId);
  if (parcel === undefined)
    throw new Error(`Order ${body.orderNumber} lost its destination ${row.basketId}.`);
  const stored = parcel.ShippingModelList.find((r) => r.shippingDetailId === row.shippingDetailId);
  const noted = { orderNumber: body.orderNumber, basketId: row.basketId };
  if (stored === undefined) {
    const inserted = await insertRow(db, parcel, row.changes);
    const { shippingDetailId } = inserted;
    record({ kind: 'shipping_row_inserted', ...noted, shippingDetailId, changed: true });
    return done('101', '発送情報の追加設定が完了しました。', row, shippingDetailId);
  }
  const { shippingDetailId } = stored;
  if (row.remove) {
    parcel.ShippingModelList = parcel.ShippingModelList.filter((r) => r !== stored);
    record({ kind: 'shipping_row_deleted', ...noted, shippingDetailId, changed: true });
    return done('103', '発送情報の削除設定が完了しました。', row, shippingDetailId);
  }
  const before = JSON.stringify(stored);
  Object.assign(stored, row.changes);
  stored.deliveryCompanyName = DELIVERY_COMPANIES[stored.deliveryCompany ?? ''] ?? null;
  const changed = JSON.stringify(stored) !== before;
  record({ kind: 'shipping_row_updated', ...noted, shippingDetailId, changed });
  return done('102', '発送情報の更新設定が完了しました。', row, shippingDetailId);
};

/** Registers a parcel; ids grow over all orders (§13.10). */
export const insertRow = async (
  db: Db,
  parcel: PackageBody,
  values: RowRequest['changes'],
): Promise<ShippingRow> => {
  const { rows } = await db.query<{ id: number }>(`SELECT nextval('shipping_detail_id')::int AS id`);
  const row: ShippingRow = {
    shippingDetailId: rows[0]?.id ?? 0,
    shippingNumber: values.shippingNumber ?? null,
    deliveryCompany: values.deliveryCompany ?? null,
    deliveryCompanyName: DELIVERY_COMPANIES[values.deliveryCompany ?? ''] ?? null,
    shippingDate: values.shippingDate ?? null,
  };
  parcel.ShippingModelList.push(row);
  return row;
};

const done = (code: string, message: string, row: RowRequest, shippingDetailId: number): Message =>
  info(OPERATION, code, message, { dataNumber: row.dataNumber, shippingDetailId });
