import { and, eq, sql } from 'drizzle-orm';
import type { Queryable } from './database';
import { syncCursors } from './schema';
import { stockDirty } from './stock-schema';

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

/** SKUs of a shop whose promise changed since it was last published, with the moment of the last change. */
export const dirtyStock = (db: Queryable, shopId: string, limit: number) =>
  db.select().from(stockDirty).where(eq(stockDirty.shopId, shopId)).orderBy(stockDirty.since).limit(limit);

/** Forgets that a SKU is to be published, unless it changed again since. */
export const clearDirty = async (
  db: Queryable,
  row: { shopId: string; skuCode: string; since: Date },
): Promise<void> => {
  await db
    .delete(stockDirty)
    .where(
      and(
        eq(stockDirty.shopId, row.shopId),
        eq(stockDirty.skuCode, row.skuCode),
        sql`${stockDirty.since} <= ${row.since.toISOString()}::timestamptz`,
      ),
    );
};
