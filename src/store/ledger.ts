import { sql } from 'drizzle-orm';
import type { OrderRef } from '../domain/order';
import type { Balance, MovementKind } from '../domain/stock';
import { MOVEMENT_EFFECT } from '../domain/stock';
import type { Queryable, Transaction } from './database';
import type { StockCause } from './stock-news';
import { wakeShortOrders } from './stock-news';

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
  /** The same for the same effect, so that no retry books it twice. */
  readonly idempotencyKey: string;
}

/** A balance with the SKU and location it is of. */
export type StockRow = Balance & StockPlace;

/** One string for a SKU at a location. */
export const placeKey = ({ skuCode, location }: StockPlace): string => JSON.stringify([skuCode, location]);

/**
 * The balances of SKUs at locations, made where there are none, locked until the transaction ends, by `placeKey`.
 * They are locked in one order, whoever asks, so that nobody waits for somebody who waits for him.
 */
export const lockBalances = async (
  tx: Transaction,
  places: readonly StockPlace[],
): Promise<Map<string, StockRow>> => {
  if (places.length === 0) return new Map();
  const codes = sql.param(places.map(({ skuCode }) => skuCode));
  const locations = sql.param(places.map(({ location }) => location));
  const { rows } = await tx.execute<StockRow & Record<string, unknown>>(sql`
    select sku_code as "skuCode", location, on_hand as "onHand", reserved, safety, opened
    from lock_stock(${codes}::text[], ${locations}::text[])`);
  return new Map(rows.map((row) => [placeKey(row), row]));
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
 * Books movements and moves the balances with them; expects the balances to be locked. The shops that sell the SKUs
 * will publish them, and orders that wait for what there is more of now are woken. PostgreSQL does it in a function of
 * its own, whose plans it keeps: this is done at least twice for every line of every order.
 * @param opens whether the movements give their SKUs an opening balance
 */
export const book = async (
  tx: Transaction,
  movements: readonly NewMovement[],
  { opens = false } = {},
): Promise<void> => {
  if (movements.length === 0) return;
  const rows = movements.map(({ of, ...row }) => ({
    ...row,
    ...of,
    ...effectOf(row),
    cause: CAUSE[row.kind],
  }));
  await tx.execute(sql`select book_stock(${JSON.stringify(rows)}::jsonb, ${opens})`);
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
