import { eq, sql } from 'drizzle-orm';
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
