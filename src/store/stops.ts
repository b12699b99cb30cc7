import { and, asc, countDistinct, eq, inArray, isNull, max, sql } from 'drizzle-orm';
import type { Queryable } from './database';
import { USUAL_PACE, wakeAtPace } from './outbox';
import { orders, outbox } from './schema';
import { shops, stops } from './shop-schema';

/** A stop switch that is on. */
export type Stop = typeof stops.$inferSelect;

/** The scope of the switch that stops all shops; every other scope is the id of a shop. */
export const ALL_SHOPS = '*';

/** The switch that stops a shop: its own before that of all. */
export const findStop = async (db: Queryable, shopId: string): Promise<Stop | undefined> => {
  const found = await db
    .select()
    .from(stops)
    .where(inArray(stops.scope, [shopId, ALL_SHOPS]));
  return found.find(({ scope }) => scope === shopId) ?? found[0];
};

/** All switches that are on, that of all shops first, then by shop. */
export const listStops = (db: Queryable): Promise<Stop[]> =>
  db.select().from(stops).orderBy(sql`${stops.scope} collate "C"`);

/**
 * Turns a switch on. One that is on keeps its time, its reason and who turned it. Orders that a restart was still to
 * wake stay where they are.
 */
export const stop = (
  db: Queryable,
  scope: string,
  by: { reason: string; stoppedBy: string },
): Promise<Stop> =>
  db.transaction(async (tx) => {
    const [row] = await tx
      .insert(stops)
      .values({ scope, ...by })
      // Not `do nothing`, which gives no row back when there is one.
      .onConflictDoUpdate({ target: stops.scope, set: { scope: sql`excluded.scope` } })
      .returning();
    if (row === undefined) throw new TypeError('PostgreSQL gave no row back for a stop switch');
    await tx.execute(sql`
      delete from outbox m using orders o
      where m.kind = 'order.wake' and m.due_at > now() and ${within(scope, sql`m.shop_id`)}
        and o.shop_id = m.shop_id and o.order_number = m.order_number and o.parked = 'stopped'`);
    return row;
  });

const within = (scope: string, shopId: ReturnType<typeof sql>) =>
  scope === ALL_SHOPS ? sql`true` : sql`${shopId} = ${scope}`;

/**
 * Lifts a switch and wakes the orders that it had parked, the most urgent first. Orders of a shop that the other
 * switch still stops are left alone.
 * @param ordersPerMinute how many are woken in a minute, one by one; without it as fast as when a shop goes on
 * @returns how many orders are woken; undefined when the switch was not on
 */
export const resume = (
  db: Queryable,
  scope: string,
  { ordersPerMinute }: { ordersPerMinute?: number | undefined } = {},
): Promise<number | undefined> =>
  db.transaction(async (tx) => {
    // Of two that lift the two switches of a shop at once, the second must see that the first is gone.
    await tx
      .select({ scope: stops.scope })
      .from(stops)
      .where(scope === ALL_SHOPS ? undefined : inArray(stops.scope, [scope, ALL_SHOPS]))
      .orderBy(asc(stops.scope))
      .for('update');
    const lifted = await tx.delete(stops).where(eq(stops.scope, scope)).returning();
    if (lifted.length === 0) return undefined;
    // In this order: who parks an order from now on finds the switch off and wakes it himself.
    return wakeAtPace(
      tx,
      sql`parked = 'stopped' and ${within(scope, sql`shop_id`)}
        and not exists (select 1 from stops s where s.scope in (orders.shop_id, ${ALL_SHOPS}))`,
      ordersPerMinute === undefined ? USUAL_PACE : { orders: 1, everySeconds: 60 / ordersPerMinute },
    );
  });

/** How far the restart of a shop is. */
export interface ParkedByStop {
  readonly shopId: string;
  /** Open orders that wait since a switch parked them. */
  readonly orders: number;
  /** When the last of those that are to be woken is woken; null when none is. */
  readonly lastWakeAt: Date | null;
}

/** How many open orders a switch parked that do not go on yet, by shop. */
export const parkedByStop = (db: Queryable): Promise<ParkedByStop[]> =>
  db
    .select({
      shopId: orders.shopId,
      orders: countDistinct(orders.orderNumber),
      lastWakeAt: max(outbox.dueAt),
    })
    .from(orders)
    .leftJoin(
      outbox,
      and(
        eq(outbox.kind, 'order.wake'),
        eq(outbox.shopId, orders.shopId),
        eq(outbox.orderNumber, orders.orderNumber),
      ),
    )
    .where(and(isNull(orders.finishedAt), eq(orders.parked, 'stopped')))
    .groupBy(orders.shopId)
    .orderBy(asc(orders.shopId));

/** The ids of the shops that are stopped, by their own switch or that of all. */
export const stoppedShops = async (db: Queryable): Promise<string[]> => {
  const rows = await db
    .select({ shopId: shops.shopId })
    .from(shops)
    .where(sql`exists (select 1 from stops s where s.scope in (${shops.shopId}, ${ALL_SHOPS}))`)
    .orderBy(asc(shops.shopId));
  return rows.map(({ shopId }) => shopId);
};
