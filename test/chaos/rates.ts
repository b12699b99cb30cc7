import type { QueryResultRow } from 'pg';

/** How a shop was called under one of Rakuten's limits. */
export interface Rate {
  /** What shares the limit: a family, or a function alone. */
  readonly bucket: string;
  readonly calls: number;
  /** How many came so close to the one before that they were refused. */
  readonly refused: number;
  /** The most calls within any {@link WINDOW_SECONDS}. */
  readonly most: number;
}

/**
 * A busy machine hands calls over late, and then together: some are refused, and a second that stood still shows in the
 * next. Over half a minute a tenth more has no such reason.
 */
export const WINDOW_SECONDS = 30;
const TENTH_MORE = 1.1;

/** Functions that have a limit of their own and take more than one call a second (item reference §3.4, §4). */
const FASTER = ['inventories.bulk.get', 'inventories.bulk.get.range', 'items.search', 'items.get'];
const FAST = 5;

const CALLS = `
  with calls as (select outcome, at, case when family in ('order', 'shop') then family else operation end as bucket
      from sandbox.journal where shop_code = $1 and family <> 'licence'),
    counted as (select bucket, outcome, count(*) over (partition by bucket order by at
      range between interval '${WINDOW_SECONDS} seconds' preceding and current row) as most from calls)
  select bucket, count(*)::int as calls, (count(*) filter (where outcome = 'rate_limited'))::int as refused,
    max(most)::int as most
  from counted group by 1 order by 1`;

/** What Rakuten's journal says of the calls for a shop; every arrival counts, the refused ones too. */
export const readRates = (
  query: <Row extends QueryResultRow>(text: string, values: unknown[]) => Promise<Row[]>,
  shopCode: string,
): Promise<Rate[]> => query<Rate & QueryResultRow>(CALLS, [shopCode]);

/** How many calls the window may hold. */
export const allowed = (bucket: string, ordersPerSecond: number): number => {
  const perSecond = bucket === 'order' ? ordersPerSecond : FASTER.includes(bucket) ? FAST : 1;
  return Math.floor(perSecond * WINDOW_SECONDS * TENTH_MORE) + 1;
};
