import { and, eq, gt, inArray, sql } from 'drizzle-orm';
import type { Queryable } from './database';
import { syncCursors } from './schema';

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
