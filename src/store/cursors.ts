import { and, asc, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import type { Queryable } from './database';
import { syncCursors } from './schema';
import { shops } from './shop-schema';

/** The search for orders that are new. */
export const NEW_ORDERS_SEARCH = 'new';

/** How far each search of a shop has come: everything up to these instants was seen. */
export const readCursors = async (db: Queryable, shopId: string): Promise<Map<string, Date>> => {
  const rows = await db.select().from(syncCursors).where(eq(syncCursors.shopId, shopId));
  return new Map(rows.map(({ search, until }) => [search, until]));
};

/** Moves a cursor forward; it never goes back. */
export const moveCursor = async (
  db: Queryable,
  shopId: string,
  search: string,
  until: Date,
): Promise<void> => {
  await db
    .insert(syncCursors)
    .values({ shopId, search, until })
    .onConflictDoUpdate({
      target: [syncCursors.shopId, syncCursors.search],
      set: { until: sql`greatest(${syncCursors.until}, excluded.until)` },
    });
};

/** When the search for new orders came through last, for each shop that is searched by itself; null: never. */
export const lastSyncs = (
  db: Queryable,
): Promise<{ shopId: string; at: Date | null; intervalSeconds: number }[]> =>
  db
    .select({
      shopId: shops.shopId,
      at: syncCursors.until,
      intervalSeconds: sql<number>`(${shops.settings}->>'syncIntervalSeconds')::int`,
    })
    .from(shops)
    .leftJoin(
      syncCursors,
      and(eq(syncCursors.shopId, shops.shopId), eq(syncCursors.search, NEW_ORDERS_SEARCH)),
    )
    .where(and(isNull(shops.retiredAt), sql`(${shops.settings}->>'automaticOrderIntegration')::boolean`))
    .orderBy(asc(shops.shopId));

/** Forgets these cursors where they lie beyond an instant: nothing was seen of what is still to come. */
export const forgetCursors = async (
  db: Queryable,
  shopId: string,
  searches: readonly string[],
  beyond: Date,
): Promise<void> => {
  const own = and(eq(syncCursors.shopId, shopId), inArray(syncCursors.search, [...searches]));
  await db.delete(syncCursors).where(and(own, gt(syncCursors.until, beyond)));
};
