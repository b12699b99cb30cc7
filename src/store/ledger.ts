import { sql } from 'drizzle-orm';
import type { OrderRef } from '../domain/order';
import type { Balance, MovementKind } from '../domain/stock';
import { MOVEMENT_EFFECT } from '../domain/stock';
import type { Queryable, Transaction } from './database';
import type { StockCause } from './stock-news';
import { markDirty, wakeShortOrders } from './stock-news';
import { stockBalances } from './stock-schema';

/** Where stock is kept when nobody says otherwise. */
export const MAIN_LOCATION = 'main';

/** A SKU at a location. */
export interface StockPlace {
  readonly skuCode: string;
  readonly location: string;
}

/** A movement to book. */
export interface NewMovement extends StockPlace {
  readonly kind: MovementKind;
  readonly quantity: number;
  readonly reason: string;
  readonly actor: string;
  readonly of?: OrderRef & { readonly basketId: string; readonly itemDetailId: string };
  readonly idempotencyKey?: string | undefined;
}

/** A balance with the SKU and location it is of. */
export type StockRow = Balance & StockPlace;

/** One string for a SKU at a location. */
export const placeKey = ({ skuCode, location }: StockPlace): string => JSON.stringify([skuCode, location]);

const asJson = (rows: readonly unknown[]) => sql`${JSON.stringify(rows)}::jsonb`;

const readLocked = async (tx: Transaction, places: readonly StockPlace[]): Promise<StockRow[]> =>
  (
    await tx.execute<StockRow & Record<string, unknown>>(sql`
      select b.sku_code as "skuCode", b.location, on_hand as "onHand", reserved, safety, opened
      from stock_balances b where (b.sku_code, b.location) in (
        select p."skuCode", p.location from jsonb_to_recordset(${asJson(places)}) as p("skuCode" text, location text))
      order by b.sku_code, b.location for update`)
  ).rows;

/**
 * The balances of SKUs at locations, made where there are none, locked until the transaction ends, by `placeKey`.
 * They are locked in one order, whoever asks, so that nobody waits for somebody who waits for him.
 */
export const lockBalances = async (
  tx: Transaction,
  places: readonly StockPlace[],
): Promise<Map<string, StockRow>> => {
  const wanted = new Map(places.map((place) => [placeKey(place), place]));
  if (wanted.size === 0) return new Map();
  const locked = await readLocked(tx, [...wanted.values()]);
  if (locked.length === wanted.size) return new Map(locked.map((row) => [placeKey(row), row]));
  const missing = [...wanted.values()]
    .map(({ skuCode, location }) => ({ skuCode, location }))
    .sort((a, b) => (placeKey(a) < placeKey(b) ? -1 : 1));
  await tx.insert(stockBalances).values(missing).onConflictDoNothing();
  return new Map((await readLocked(tx, missing)).map((row) => [placeKey(row), row]));
};

const CAUSE: Readonly<Record<MovementKind, StockCause>> = {
  reserve: 'sold',
  consume: 'shipped',
  release: 'other',
  receive: 'other',
  adjust: 'other',
  return: 'other',
};

/**
 * Books movements and moves the balances with them, in one statement; expects the balances to be locked. The shops that
 * sell the SKUs will publish them, and orders that wait for what there is more of now are woken.
 * @param opens whether the movements give their SKUs an opening balance
 */
export const book = async (
  tx: Transaction,
  movements: readonly NewMovement[],
  { opens = false } = {},
): Promise<void> => {
  if (movements.length === 0) return;
  const rows = movements.map(({ of, ...row }, n) => ({ n, ...row, ...of, ...effectOf(row) }));
  await tx.execute(sql`
    with m as (
      select * from jsonb_to_recordset(${asJson(rows)}) as m(n int, "skuCode" text, location text, kind text,
        quantity int, reason text, actor text, "shopId" text, "orderNumber" text, "basketId" text,
        "itemDetailId" text, "idempotencyKey" text, "onHand" int, reserved int)
    ), booked as (
      insert into stock_movements (sku_code, location, kind, quantity, reason, actor, shop_id, order_number,
        basket_id, item_detail_id, idempotency_key)
      select "skuCode", location, kind, quantity, reason, actor, "shopId", "orderNumber", "basketId",
        "itemDetailId", "idempotencyKey" from m order by n
    )
    update stock_balances b
    set on_hand = b.on_hand + s.on_hand, reserved = b.reserved + s.reserved, opened = b.opened or ${opens}
    from (select "skuCode", location, sum("onHand")::int as on_hand, sum(reserved)::int as reserved
      from m group by 1, 2) s
    where b.sku_code = s."skuCode" and b.location = s.location`);
  await markDirty(
    tx,
    movements.map(({ skuCode, kind }) => ({ skuCode, cause: CAUSE[kind] })),
  );
  await wakeShortOrders(tx, moreOf(movements));
};

const effectOf = ({ kind, quantity }: Pick<NewMovement, 'kind' | 'quantity'>) => {
  const { onHand, reserved } = MOVEMENT_EFFECT[kind];
  return { onHand: onHand * quantity, reserved: reserved * quantity };
};

/** SKUs of which more can be reserved than before these movements. */
const moreOf = (movements: readonly NewMovement[]): string[] => {
  const more = new Map<string, number>();
  for (const movement of movements) {
    const { onHand, reserved } = effectOf(movement);
    more.set(movement.skuCode, (more.get(movement.skuCode) ?? 0) + onHand - reserved);
  }
  return [...more].flatMap(([skuCode, units]) => (units > 0 ? [skuCode] : []));
};

/** A balance that is not the sum of its movements. */
export interface Imbalance extends StockPlace {
  readonly onHand: number;
  readonly reserved: number;
  readonly summedOnHand: number;
  readonly summedReserved: number;
}

const units = (of: 'onHand' | 'reserved') =>
  sql`coalesce(sum(quantity * case kind ${sql.join(
    Object.entries(MOVEMENT_EFFECT).map(([kind, effect]) => sql`when ${kind} then ${effect[of]}::int`),
    sql` `,
  )} end), 0)::int`;

/** Balances that are not the sum of their movements, which no run of this software leaves behind; the first hundred. */
export const findImbalances = async (db: Queryable): Promise<Imbalance[]> =>
  (
    await db.execute<Imbalance & Record<string, unknown>>(sql`
      select b.sku_code as "skuCode", b.location, b.on_hand as "onHand", b.reserved,
        coalesce(m.on_hand, 0) as "summedOnHand", coalesce(m.reserved, 0) as "summedReserved"
      from stock_balances b left join (
        select sku_code, location, ${units('onHand')} as on_hand, ${units('reserved')} as reserved
        from stock_movements group by 1, 2) m using (sku_code, location)
      where b.on_hand <> coalesce(m.on_hand, 0) or b.reserved <> coalesce(m.reserved, 0)
      order by 1, 2 limit 100`)
  ).rows;
