import { and, desc, eq, lt } from 'drizzle-orm';
import type { TextCode } from '../domain/texts';
import type { Queryable } from './database';
import { shopTimeline } from './shop-schema';

/** What happened to a shop as a whole, as it is stored. */
export type ShopLine = typeof shopTimeline.$inferSelect;

/** A line to write: a code of the text catalogue with its parameters. No personal data, no secret. */
export interface NewShopLine {
  readonly code: TextCode;
  readonly params?: Readonly<Record<string, string | number>>;
  /** Who did it; `system` when absent. */
  readonly actor?: string;
}

/** Writes lines to the timeline of a shop. */
export const addShopLines = async (
  db: Queryable,
  shopId: string,
  lines: readonly NewShopLine[],
): Promise<void> => {
  if (lines.length === 0) return;
  await db
    .insert(shopTimeline)
    .values(lines.map(({ code, params = {}, actor = 'system' }) => ({ shopId, code, params, actor })));
};

/** The timeline of a shop, newest first, a page at a time. `before` is the id of the last line that was seen. */
export const listShopLines = (
  db: Queryable,
  shopId: string,
  before: number | undefined,
  limit: number,
): Promise<ShopLine[]> =>
  db
    .select()
    .from(shopTimeline)
    .where(
      and(
        eq(shopTimeline.shopId, shopId),
        before === undefined ? undefined : lt(shopTimeline.lineId, before),
      ),
    )
    .orderBy(desc(shopTimeline.lineId))
    .limit(limit);
