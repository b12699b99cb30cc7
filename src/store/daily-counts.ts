import { and, desc, eq, lt, sql } from 'drizzle-orm';
import type { Queryable } from './database';
import { dailyCounts } from './schema';

/** One day's proof that nothing is missing, as it is stored. */
export type DailyCount = typeof dailyCounts.$inferSelect;

/** Stores a day's count. One that was made again the same day keeps what the earlier ones had found missing. */
export const saveDailyCount = async (db: Queryable, count: DailyCount): Promise<void> => {
  await db
    .insert(dailyCounts)
    .values(count)
    .onConflictDoUpdate({
      target: [dailyCounts.shopId, dailyCounts.day],
      set: {
        theirs: count.theirs,
        ours: count.ours,
        countedAt: count.countedAt,
        missing: sql`array(select distinct unnest(${dailyCounts.missing} || excluded.missing) order by 1)`,
      },
    });
};

/** The counts of a shop, newest day first, a page at a time; `before` is the last day of the page before. */
export const listDailyCounts = (
  db: Queryable,
  shopId: string,
  before: string | undefined,
  limit: number,
): Promise<DailyCount[]> =>
  db
    .select()
    .from(dailyCounts)
    .where(
      and(eq(dailyCounts.shopId, shopId), before === undefined ? undefined : lt(dailyCounts.day, before)),
    )
    .orderBy(desc(dailyCounts.day))
    .limit(limit);

/** The newest count of every shop. */
export const newestDailyCounts = (db: Queryable): Promise<DailyCount[]> =>
  db
    .selectDistinctOn([dailyCounts.shopId])
    .from(dailyCounts)
    .orderBy(dailyCounts.shopId, desc(dailyCounts.day));
