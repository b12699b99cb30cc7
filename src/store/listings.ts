import { and, eq, sql } from 'drizzle-orm';
import type { Database, Transaction } from './database';
import { listingReads, listings } from './stock-schema';

/** A SKU as Rakuten lists it. `manageNumber` is lower case. */
export type Listing = Pick<
  typeof listings.$inferSelect,
  | 'manageNumber'
  | 'variantId'
  | 'itemNumber'
  | 'merchantDefinedSkuId'
  | 'title'
  | 'optionText'
  | 'single'
  | 'hidden'
>;

/** A page of a reading. */
export interface ListingPage {
  readonly readId: string;
  readonly shopId: string;
  readonly rows: readonly Listing[];
  /** Every item that the page shows, also deleted ones that have no SKU any more. */
  readonly items: readonly string[];
  /** Items that could not be read; what is known of them stays. */
  readonly unread: readonly string[];
  readonly malformed: number;
  readonly expected: number;
  /** Where the next page begins; null where Rakuten did not say. */
  readonly cursorMark: string | null;
  /** No page follows. */
  readonly last: boolean;
  readonly now: Date;
}

/** An item that a complete reading did not meet may be missing by chance; after so long it is gone. */
const ABSENCE_MS = 48 * 3_600_000;
const ROWS_PER_STATEMENT = 5_000;

/**
 * Stores a page and how far the reading has come with it, as one; with the last page the reading is done and what has
 * not been met for long is gone. @returns whether the reading still runs, false also after the last page
 */
export const saveListingPage = (db: Database, page: ListingPage): Promise<boolean> =>
  db.transaction(async (tx) => {
    const [read] = await tx
      .select({ state: listingReads.state })
      .from(listingReads)
      .where(eq(listingReads.readId, page.readId))
      .for('update');
    if (read?.state !== 'running') return false;
    for (let at = 0; at < page.rows.length; at += ROWS_PER_STATEMENT)
      await upsert(tx, page, page.rows.slice(at, at + ROWS_PER_STATEMENT));
    await keepUnread(tx, page);
    await endOfVariants(tx, page);
    if (page.last) await endOfAbsent(tx, page);
    await tx
      .update(listingReads)
      .set({
        cursorMark: page.cursorMark,
        pages: sql`${listingReads.pages} + 1`,
        items: sql`${listingReads.items} + ${page.items.length}`,
        skus: sql`${listingReads.skus} + ${page.rows.length}`,
        malformed: sql`${listingReads.malformed} + ${page.malformed}`,
        expected: page.expected,
        failure: null,
        ...(page.last ? { state: 'done' as const, finishedAt: sql`now()` } : {}),
      })
      .where(eq(listingReads.readId, page.readId));
    return !page.last;
  });

const upsert = (tx: Transaction, { shopId, readId, now }: ListingPage, rows: readonly Listing[]) =>
  tx.execute(sql`
    insert into listings (shop_id, manage_number, variant_id, item_number, merchant_defined_sku_id, title, option_text,
      single, hidden, seen_in, seen_at)
    select ${shopId}, r."manageNumber", r."variantId", r."itemNumber", r."merchantDefinedSkuId", r.title, r."optionText",
      r.single, r.hidden, ${readId}::uuid, ${now.toISOString()}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r("manageNumber" text, "variantId" text,
      "itemNumber" text, "merchantDefinedSkuId" text, title text, "optionText" text, single boolean, hidden boolean)
    on conflict (shop_id, manage_number, variant_id) do update set
      item_number = excluded.item_number, merchant_defined_sku_id = excluded.merchant_defined_sku_id,
      title = excluded.title, option_text = excluded.option_text, single = excluded.single, hidden = excluded.hidden,
      seen_in = excluded.seen_in, seen_at = excluded.seen_at, gone_at = null`);

const named = (numbers: readonly string[]) =>
  sql`${listings.manageNumber} in (select jsonb_array_elements_text(${JSON.stringify(numbers)}::jsonb))`;

const keepUnread = async (tx: Transaction, { shopId, readId, unread, now }: ListingPage): Promise<void> => {
  if (unread.length === 0) return;
  await tx
    .update(listings)
    .set({ seenIn: readId, seenAt: now })
    .where(and(eq(listings.shopId, shopId), named(unread)));
};

/** An item is shown with all its SKUs, a deleted one with none: what is not among them is gone for sure. */
const endOfVariants = async (tx: Transaction, { shopId, readId, items, now }: ListingPage): Promise<void> => {
  await tx
    .update(listings)
    .set({ goneAt: now })
    .where(
      and(
        eq(listings.shopId, shopId),
        named(items),
        sql`${listings.seenIn} <> ${readId} and ${listings.goneAt} is null`,
      ),
    );
};

const endOfAbsent = async (tx: Transaction, { shopId, readId, now }: ListingPage): Promise<void> => {
  const since = new Date(now.getTime() - ABSENCE_MS).toISOString();
  await tx
    .update(listings)
    .set({ goneAt: now })
    .where(
      and(
        eq(listings.shopId, shopId),
        sql`${listings.seenIn} <> ${readId} and ${listings.goneAt} is null`,
        sql`${listings.seenAt} < ${since}::timestamptz`,
      ),
    );
};
