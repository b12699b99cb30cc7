import { DAY_MS, jstDate, parseJstDatetime } from './japan-time';
import { type Fields, isObject } from './json';
import { FieldCheck, info, parse } from './order-fields';
import type { Answer, Handler, RmsCall } from './rms-call';
import { type Condition, readFilters } from './search-filters';

const MAX_WINDOW_DAYS = 63;
const MAX_AGE_DAYS = 730;
const MAX_PAGE_SIZE = 1000;
const MAX_ROWS = 15_000;
const DEFAULT_PAGE_SIZE = 30;

/** The column behind each dateType (order reference §3.1); 4 asks for any parcel's shipping date. */
const DATE_COLUMNS: Record<number, string> = {
  1: 'ordered_at',
  2: 'confirmed_at',
  3: 'fixed_at',
  5: 'completed_at',
  6: 'settled_at',
};

interface Paging {
  readonly size: number;
  readonly page: number;
  readonly direction: 'ASC' | 'DESC';
}

interface Window {
  readonly dateType: number;
  readonly from: Date;
  readonly to: Date;
}

/**
 * 受注検索 (order reference §3): numbers of the orders in a window of at most 63 days within the last 730, in pages of
 * at most 1,000 and 15,000 rows altogether; 30 rows when nothing is said about pages.
 */
export const searchOrder: Handler = async (call) => {
  const check = new FieldCheck('SEARCH_ORDER');
  const body = isObject(call.body) ? call.body : {};
  const window = readWindow(check, body, call.now);
  const paging = readPaging(check, body);
  const conditions = readFilters(check, body);
  if (check.failed || window === undefined) {
    return {
      status: 400,
      body: { orderNumberList: null, MessageModelList: check.messages, PaginationResponseModel: null },
    };
  }
  return find(call, [windowCondition(window), ...conditions].flat(), paging);
};

const find = async (
  { db, shop }: RmsCall,
  conditions: readonly Condition[],
  { size, page, direction }: Paging,
): Promise<Answer> => {
  const values: unknown[] = [shop.shopCode];
  const where = conditions.map(({ sql, value }) => {
    if (value === undefined) return sql;
    values.push(value);
    return sql.replaceAll('$', `$${values.length}`);
  });
  const filter = `FROM orders WHERE shop_code = $1 AND ${where.join(' AND ')}`;
  const counted = await db.query<{ total: number }>(`SELECT count(*)::int AS total ${filter}`, values);
  const total = Math.min(counted.rows[0]?.total ?? 0, MAX_ROWS);
  const offset = (page - 1) * size;
  const { rows } = await db.query<{ order_number: string }>(
    `SELECT order_number ${filter} ORDER BY ordered_at ${direction}, order_number ${direction}
     LIMIT ${Math.max(0, Math.min(size, MAX_ROWS - offset))} OFFSET ${offset}`,
    values,
  );
  const found = total > 0;
  const message = found
    ? info('SEARCH_ORDER', '101', '注文検索に成功しました。')
    : info('SEARCH_ORDER', '102', '注文検索に成功しました。(検索結果０件)');
  return {
    status: 200,
    body: {
      orderNumberList: rows.map((row) => row.order_number),
      MessageModelList: [message],
      PaginationResponseModel: {
        totalRecordsAmount: found ? total : null,
        totalPages: found ? Math.ceil(total / size) : null,
        requestPage: found ? page : null,
      },
    },
  };
};

const datetime = (value: unknown): Date | undefined =>
  typeof value === 'string' ? parseJstDatetime(value) : undefined;

const readWindow = (check: FieldCheck, body: Fields, now: Date): Window | undefined => {
  const dateType = check.read(body, 'dateType', 'required', parse.oneOf(1, 2, 3, 4, 5, 6));
  const from = check.read(body, 'startDatetime', 'required', datetime);
  const to = check.read(body, 'endDatetime', 'required', datetime);
  if (from !== undefined && now.getTime() - from.getTime() > MAX_AGE_DAYS * DAY_MS)
    check.malformed('startDatetime');
  if (from !== undefined && to !== undefined) {
    const span = to.getTime() - from.getTime();
    if (span < 0 || span > MAX_WINDOW_DAYS * DAY_MS) check.malformed('endDatetime');
  }
  return dateType !== undefined && from !== undefined && to !== undefined
    ? { dateType, from, to }
    : undefined;
};

const windowCondition = ({ dateType, from, to }: Window): Condition[] => {
  const column = DATE_COLUMNS[dateType];
  if (column !== undefined) {
    return [
      { sql: `${column} >= $`, value: from },
      // The end's second is inside the window; what happened within it carries milliseconds here.
      { sql: `${column} < $`, value: new Date(to.getTime() + 1000) },
    ];
  }
  const days = [jstDate(from), jstDate(to)];
  return [
    {
      sql: `EXISTS (SELECT FROM unnest(ship_dates) day WHERE day BETWEEN ($::text[])[1] AND ($::text[])[2])`,
      value: days,
    },
  ];
};

const readPaging = (check: FieldCheck, body: Fields): Paging => {
  const model = body.PaginationRequestModel;
  if (model === undefined || model === null) return { size: DEFAULT_PAGE_SIZE, page: 1, direction: 'DESC' };
  const between = (max: number) => (value: unknown) => {
    const number = parse.number(value);
    return number !== undefined && Number.isInteger(number) && number >= 1 && number <= max
      ? number
      : undefined;
  };
  const fields = isObject(model) ? model : {};
  const size = check.read(fields, 'requestRecordsAmount', 'required', between(MAX_PAGE_SIZE));
  const page = check.read(fields, 'requestPage', 'required', between(MAX_ROWS));
  const sorts = Array.isArray(fields.SortModelList) ? fields.SortModelList : [];
  const directions = sorts.filter(isObject).map((sort) => {
    check.read(sort, 'sortColumn', 'required', parse.oneOf(1));
    return check.read(sort, 'sortDirection', 'required', parse.oneOf(1, 2));
  });
  return {
    size: size ?? DEFAULT_PAGE_SIZE,
    page: page ?? 1,
    direction: directions[0] === 1 ? 'ASC' : 'DESC',
  };
};
