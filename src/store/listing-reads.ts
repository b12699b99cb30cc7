import { and, asc, desc, eq, sql } from 'drizzle-orm';
import type { Queryable } from './database';
import { shops } from './shop-schema';
import type { Shop } from './shops';
import { listingReads, skuLinks, skus } from './stock-schema';

/** A reading of what a shop lists, as it is stored. */
export type ListingRead = typeof listingReads.$inferSelect;

/** What was read so lately is not read again by itself. */
const FRESH_MS = 20 * 3_600_000;

/**
 * Begins a reading, unless one of the shop runs already: then that one is given. One at a time per shop.
 * @param readId the id it is to have: one that is there already is the same, asked for once more
 */
export const beginListingRead = (
  db: Queryable,
  shopId: string,
  requestedBy: string,
  readId?: string,
): Promise<{ readonly begun: ListingRead } | { readonly running: ListingRead }> =>
  db.transaction(async (tx) => {
    // Of two that are asked for at once the second waits here, and then sees the first.
    await tx.select().from(shops).where(eq(shops.shopId, shopId)).for('update');
    const known = readId === undefined ? undefined : await findListingRead(tx, readId);
    if (known !== undefined) return { begun: known };
    const [running] = await tx
      .select()
      .from(listingReads)
      .where(and(eq(listingReads.shopId, shopId), eq(listingReads.state, 'running')));
    if (running !== undefined) return { running };
    const [begun] = await tx
      .insert(listingReads)
      .values({ ...(readId === undefined ? {} : { readId }), shopId, state: 'running', requestedBy })
      .returning();
    if (begun === undefined) throw new Error('PostgreSQL inserted a reading and returned none');
    return { begun };
  });

/** One reading. */
export const findListingRead = async (db: Queryable, readId: string): Promise<ListingRead | undefined> => {
  const [row] = await db.select().from(listingReads).where(eq(listingReads.readId, readId));
  return row;
};

/** The reading of a shop that began last. */
export const lastListingRead = async (db: Queryable, shopId: string): Promise<ListingRead | undefined> => {
  const [row] = await db
    .select()
    .from(listingReads)
    .where(eq(listingReads.shopId, shopId))
    .orderBy(desc(listingReads.createdAt))
    .limit(1);
  return row;
};

/** All readings that run, the oldest first. */
export const runningListingReads = (db: Queryable): Promise<ListingRead[]> =>
  db
    .select()
    .from(listingReads)
    .where(eq(listingReads.state, 'running'))
    .orderBy(asc(listingReads.createdAt));

const running = (readId: string) => and(eq(listingReads.readId, readId), eq(listingReads.state, 'running'));

/** Forgets how far a reading has come: it begins with the first page again. */
export const restartListingRead = async (db: Queryable, readId: string): Promise<void> => {
  await db
    .update(listingReads)
    .set({ cursorMark: null, pages: 0, items: 0, skus: 0, malformed: 0, expected: null })
    .where(running(readId));
};

/** Notes by its code why a reading that runs waits. */
export const noteListingReadFailure = async (
  db: Queryable,
  readId: string,
  failure: string,
): Promise<void> => {
  await db.update(listingReads).set({ failure }).where(running(readId));
};

/** Ends a reading that runs; one that has ended stays as it is. @returns the reading, as it is now */
export const endListingRead = async (
  db: Queryable,
  readId: string,
  state: 'done' | 'failed' | 'cancelled',
  failure: string | null = null,
): Promise<ListingRead | undefined> => {
  await db.update(listingReads).set({ state, failure, finishedAt: sql`now()` }).where(running(readId));
  return findListingRead(db, readId);
};

/**
 * Whether what a shop lists is to be read without being asked for: its orders come in by themselves, there is something
 * to link, and nothing was read lately.
 */
export const wantsListings = async (
  db: Queryable,
  { shopId, settings, retiredAt }: Shop,
  now: Date,
): Promise<boolean> => {
  if (retiredAt !== null || !settings.automaticOrderIntegration) return false;
  const fresh = new Date(now.getTime() - FRESH_MS).toISOString();
  const { rows } = await db.execute<{ wanted: boolean }>(sql`select
    (exists (select 1 from ${skus}) or exists (select 1 from ${skuLinks} where shop_id = ${shopId}))
    and not exists (select 1 from ${listingReads}
      where shop_id = ${shopId} and state = 'done' and finished_at > ${fresh}::timestamptz) as wanted`);
  return rows[0]?.wanted === true;
};
