import type { SQL } from 'drizzle-orm';
import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import type { OrderRef, Stage } from '../domain/order';
import type { Database, Queryable } from './database';
import { orders } from './schema';
import { skuLinks } from './stock-schema';

/** What a list of orders can be narrowed by. `lookup` is the keyed hash of a name, phone number or mail address. */
export interface OrderFilter {
  readonly shopId?: string | undefined;
  /** Of these shops alone. */
  readonly shopIds?: readonly string[] | undefined;
  readonly stage?: Stage | undefined;
  /** Code of a hold that is open. */
  readonly hold?: string | undefined;
  /** The beginning of an order number; or a tracking number, a SKU code or what was hashed, exactly. */
  readonly q?: { readonly text: string; readonly lookup: string } | undefined;
}

/** The order after which a page begins; its import as ISO 8601, to the millisecond. */
interface ListPosition extends OrderRef {
  readonly createdAt: string;
}

const { sealedSnapshot: _sealed, checked: _checked, facts: _facts, ...shown } = getTableColumns(orders);

/** An order as a list has it: without what is sealed and what decisions need. */
export type ListedOrder = Omit<typeof orders.$inferSelect, 'sealedSnapshot' | 'checked' | 'facts'>;

interface List {
  readonly filter: OrderFilter;
  readonly after: ListPosition | undefined;
  readonly limit: number;
  readonly bounds: Bounds;
}

/** A condition in two forms: orders that meet it, looked up by an index; and whether the order `o` does. */
interface Condition {
  /** Gives `shop_id` and `order_number`, some of them more than once. */
  readonly set: SQL;
  /** Decided order by order, for those that are met on a way. */
  readonly each: SQL;
}

/** How far a list goes on one way before it takes the next. */
interface Bounds {
  /** So many that match are fetched by their numbers and sorted; with more, a page is rather met among the newest. */
  readonly few: number;
  /** So many of the newest are looked through before everything is compared. */
  readonly newest: number;
}
const USUAL_BOUNDS: Bounds = { few: 5_000, newest: 1_000 };

/**
 * Orders that match, newest import first, a page at a time. What is quick depends on how many match, which no statistics
 * tell: few are looked up and sorted; of many a page is met soon among the newest; and where the many are all old, or
 * meet one condition and hardly the other, the indexes are compared as a whole, once.
 * @param bounds for tests
 */
export const listOrders = async (
  db: Database,
  filter: OrderFilter,
  after: ListPosition | undefined,
  limit: number,
  bounds = USUAL_BOUNDS,
): Promise<ListedOrder[]> => {
  const list = { filter, after, limit, bounds };
  return rowsOf(db, await keysOf(db, list, await conditionsOf(db, filter)));
};

const keysOf = async (db: Database, list: List, conditions: readonly Condition[]): Promise<OrderRef[]> => {
  if (conditions.length === 0) return keys(db, newest(list));
  for (const condition of conditions) {
    const found = await attempt(db, fewOf(list, condition, conditions));
    if (found !== undefined) return found;
  }
  return (
    (await attempt(db, amongNewest(list, conditions))) ??
    db.transaction(async (tx) => {
      // The planner takes many for few: it would look each of them up, or gather them once for each parallel worker.
      await tx.execute(sql`select set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true),
        set_config('max_parallel_workers_per_gather', '0', true)`);
      return keys(tx, newest(list, amongAll(conditions)));
    })
  );
};

/** The orders that meet one condition, if they are few, and of those the page. */
const fewOf = (list: List, { set }: Condition, conditions: readonly Condition[]): SQL => sql`
  with found as materialized (select shop_id, order_number from (${set}) s limit ${list.bounds.few + 1}),
  way as (select count(*) <= ${list.bounds.few} as leads from found),
  page as (
    select o.created_at, o.shop_id, o.order_number
    from (select distinct shop_id, order_number from found where (select leads from way)) f
    join orders o using (shop_id, order_number)
    where ${every(inPlace(list), ...conditions.filter((one) => one.set !== set).map(({ each }) => each))}
    ${newestFirst(list.limit)})
  ${pageOnWay}`;

/** The page, if the newest orders fill it or there are no others. */
const amongNewest = (list: List, conditions: readonly Condition[]): SQL => {
  const { newest: most } = list.bounds;
  return sql`
  with walked as materialized (${newest({ ...list, limit: most })}),
  page as (
    select o.created_at, o.shop_id, o.order_number from walked o
    where ${every(...conditions.map(({ each }) => each))} ${newestFirst(list.limit)}),
  way as (select (select count(*) from walked) < ${most} or (select count(*) from page) = ${list.limit} as leads)
  ${pageOnWay}`;
};

const pageOnWay = sql`select way.leads, page.shop_id, page.order_number from way left join page on true`;

const newest = (list: List, ...conditions: readonly SQL[]): SQL => sql`
  select o.created_at, o.shop_id, o.order_number from orders o
  where ${every(inPlace(list), ...conditions)} ${newestFirst(list.limit)}`;

const newestFirst = (limit: number): SQL =>
  sql`order by o.created_at desc, o.shop_id desc, o.order_number desc limit ${limit}`;

const every = (...conditions: readonly SQL[]): SQL => sql`${and(sql`true`, ...conditions)}`;

const amongAll = (conditions: readonly Condition[]): SQL => {
  const sets = conditions.map(({ set }) => sql`(${set})`);
  return sql`(o.shop_id, o.order_number) in (${sql.join(sets, sql` intersect `)})`;
};

/** Of the shop and stage, and behind the page before. */
const inPlace = ({ filter: { shopId, shopIds, stage }, after }: List): SQL =>
  every(
    ...(shopId === undefined ? [] : [sql`o.shop_id = ${shopId}`]),
    ...(shopIds === undefined ? [] : [sql`o.shop_id = any(${sql.param([...shopIds])}::text[])`]),
    ...(stage === undefined ? [] : [sql`o.stage = ${stage}`]),
    ...(after === undefined
      ? []
      : [
          sql`(o.created_at, o.shop_id, o.order_number)
            < (${after.createdAt}::timestamptz, ${after.shopId}, ${after.orderNumber})`,
        ]),
  );

/** What is looked for first is what mostly fewer have. */
const conditionsOf = async (db: Queryable, { q, hold, shopId }: OrderFilter): Promise<Condition[]> => [
  ...(q === undefined ? [] : [await isNamed(db, q, shopId)]),
  ...(hold === undefined ? [] : [isHeld(hold, shopId)]),
];

const ofShop = (column: SQL, shopId: string | undefined): SQL =>
  shopId === undefined ? sql`` : sql`and ${column} = ${shopId}`;

const isHeld = (code: string, shopId: string | undefined): Condition => {
  const open = sql`t.code = ${code} and t.released_at is null`;
  const set = sql`select t.shop_id, t.order_number from holds t where ${open} ${ofShop(sql`t.shop_id`, shopId)}`;
  return { set, each: has(sql`holds`, open) };
};

/** What Rakuten calls a SKU in one shop. */
interface Pair {
  readonly shopId: string;
  readonly manageNumber: string;
  readonly variantId: string;
}

/** The pairs of a SKU are asked for beforehand: with them known, its lines are found by one index alone. */
const isNamed = async (
  db: Queryable,
  { text, lookup }: NonNullable<OrderFilter['q']>,
  shopId: string | undefined,
): Promise<Condition> => {
  const pairs: Pair[] = await db
    .select({ shopId: skuLinks.shopId, manageNumber: skuLinks.manageNumber, variantId: skuLinks.variantId })
    .from(skuLinks)
    .where(and(eq(skuLinks.skuCode, text), shopId === undefined ? undefined : eq(skuLinks.shopId, shopId)));
  const begins = sql`starts_with(o.order_number, ${text})`;
  const sold = pairs.map((pair) => ({ from: sql`order_lines`, where: isOf(pair) }));
  const known = [
    { from: sql`shipments`, where: sql`t.tracking_number = ${text}` },
    { from: sql`order_lookups`, where: sql`t.hash = ${lookup}` },
  ];
  const anyOfThem = sql`(${sql.join(pairs.map(isOf), sql` or `)})`;
  const byKind = pairs.length === 0 ? known : [...known, { from: sql`order_lines`, where: anyOfThem }];
  const set = sql.join(
    [
      sql`select o.shop_id, o.order_number from orders o where ${begins} ${ofShop(sql`o.shop_id`, shopId)}`,
      ...[...known, ...sold].map(
        ({ from, where }) =>
          sql`select t.shop_id, t.order_number from ${from} t where ${where} ${ofShop(sql`t.shop_id`, shopId)}`,
      ),
    ],
    sql` union all `,
  );
  return {
    set,
    each: sql`(${sql.join([begins, ...byKind.map(({ from, where }) => has(from, where))], sql` or `)})`,
  };
};

const isOf = ({ shopId, manageNumber, variantId }: Pair): SQL =>
  sql`(t.shop_id = ${shopId} and t.manage_number = ${manageNumber} and t.variant_id = ${variantId})`;

/** `offset 0` keeps the planner from gathering the whole set for the few orders that are asked about. */
const has = (from: SQL, where: SQL): SQL => sql`exists (
  select 1 from ${from} t where ${where} and t.shop_id = o.shop_id and t.order_number = o.order_number offset 0)`;

/** Runs a query that gives a page, or says that its way does not lead there. */
const attempt = async (db: Queryable, query: SQL): Promise<OrderRef[] | undefined> => {
  const { rows } = await db.execute<{ leads: boolean; shop_id: string | null; order_number: string | null }>(
    query,
  );
  if (rows[0]?.leads !== true) return undefined;
  return rows.flatMap(({ shop_id: shopId, order_number: orderNumber }) =>
    shopId === null || orderNumber === null ? [] : [{ shopId, orderNumber }],
  );
};

const keys = async (db: Queryable, query: SQL): Promise<OrderRef[]> => {
  const { rows } = await db.execute<{ shop_id: string; order_number: string }>(query);
  return rows.map((row) => ({ shopId: row.shop_id, orderNumber: row.order_number }));
};

const rowsOf = (db: Queryable, refs: readonly OrderRef[]): Promise<ListedOrder[]> | ListedOrder[] => {
  if (refs.length === 0) return [];
  const [shopIds, numbers] = [refs.map((ref) => ref.shopId), refs.map((ref) => ref.orderNumber)];
  return db
    .select(shown)
    .from(orders)
    .innerJoin(
      sql`unnest(${sql.param(shopIds)}::text[], ${sql.param(numbers)}::text[]) as page (shop_id, order_number)`,
      and(eq(orders.shopId, sql`page.shop_id`), eq(orders.orderNumber, sql`page.order_number`)),
    )
    .orderBy(sql`${orders.createdAt} desc`, sql`${orders.shopId} desc`, sql`${orders.orderNumber} desc`);
};
