import { and, asc, eq, sql } from 'drizzle-orm';
import type { OrderRef } from '../domain/order';
import type { Balance, MovementKind } from '../domain/stock';
import { MOVEMENT_EFFECT } from '../domain/stock';
import type { Transaction } from './database';
import { holds, orders } from './schema';
import { stockBalances, stockMovements } from './stock-schema';

/** Where stock is kept when nobody says otherwise. */
export const MAIN_LOCATION = 'main';

/** A movement to book. */
interface NewMovement {
  readonly skuCode: string;
  readonly location: string;
  readonly kind: MovementKind;
  readonly quantity: number;
  readonly reason: string;
  readonly actor: string;
  readonly of?: OrderRef & { readonly basketId: string; readonly itemDetailId: string };
  readonly idempotencyKey?: string | undefined;
}

/** A balance with the SKU and location it is of. */
export type StockRow = Balance & { readonly skuCode: string; readonly location: string };

/** The balance of a SKU at a location, made when there is none, locked until the transaction ends. */
export const lockBalance = async (tx: Transaction, skuCode: string, location: string): Promise<Balance> => {
  await tx.insert(stockBalances).values({ skuCode, location }).onConflictDoNothing();
  const [row] = await tx
    .select()
    .from(stockBalances)
    .where(and(eq(stockBalances.skuCode, skuCode), eq(stockBalances.location, location)))
    .for('update');
  if (row === undefined) throw new Error(`The balance of ${skuCode} vanished while it was being locked`);
  return row;
};

/** Books one movement and moves the balance with it. */
export const book = async (tx: Transaction, movement: NewMovement): Promise<void> => {
  const { of, ...row } = movement;
  const effect = MOVEMENT_EFFECT[movement.kind];
  await tx.insert(stockMovements).values({ ...row, ...of });
  await tx
    .update(stockBalances)
    .set({
      onHand: sql`${stockBalances.onHand} + ${effect.onHand * movement.quantity}`,
      reserved: sql`${stockBalances.reserved} + ${effect.reserved * movement.quantity}`,
    })
    .where(and(eq(stockBalances.skuCode, movement.skuCode), eq(stockBalances.location, movement.location)));
};

/**
 * Notes for the shops that sell this SKU that their published stock may be out of date. A shop that publishes at
 * shipment does not hear of mere reservations: Rakuten has taken its own orders off already. The moment is that of the
 * change, not of its transaction's beginning, which may lie before a publication that did not see it; two changes never
 * share a moment.
 */
export const markDirty = (
  tx: Transaction,
  skuCode: string,
  kinds: readonly MovementKind[],
): Promise<unknown> => {
  const onlyReservations = kinds.every((kind) => kind === 'reserve' || kind === 'release');
  return tx.execute(sql`
    with recursive sold(code) as (
      select ${skuCode}::text
      union select c.set_code from sku_components c join sold on c.sku_code = sold.code),
    sellers as (
      select distinct l.shop_id from sku_links l
        join sold on l.sku_code = sold.code join shops s on s.shop_id = l.shop_id
      where s.settings ->> 'stockSync' = 'reservation'
         or (s.settings ->> 'stockSync' = 'shipment' and not ${onlyReservations}))
    insert into stock_dirty (shop_id, sku_code, since)
    select shop_id, ${skuCode}, clock_timestamp() from sellers order by 1
    on conflict (shop_id, sku_code) do update
      set since = greatest(excluded.since, stock_dirty.since + interval '1 millisecond')`);
};

/** Orders that are held for shortage of a SKU, oldest first. */
export const heldForShortage = (tx: Transaction, skuCode: string): Promise<OrderRef[]> =>
  tx
    .select({ shopId: holds.shopId, orderNumber: holds.orderNumber })
    .from(holds)
    .innerJoin(orders, and(eq(orders.shopId, holds.shopId), eq(orders.orderNumber, holds.orderNumber)))
    .where(
      sql`${holds.code} = 'stock_short' and ${holds.releasedAt} is null
          and ${skuCode} = any(string_to_array(${holds.cause}, ', '))`,
    )
    .orderBy(asc(orders.orderedAt));
