import { and, asc, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Database, Queryable } from './database';
import type { ImportProgress } from './schema';
import { imports, orders } from './schema';
import { shops } from './shop-schema';

export type { ImportProgress };

/** An import of a range as it is stored. */
export type ImportRow = typeof imports.$inferSelect;

/** An import to begin. */
export type NewImport = Pick<
  ImportRow,
  'shopId' | 'rangeFrom' | 'rangeTo' | 'by' | 'statuses' | 'dryRun' | 'requestedBy'
>;

const NOTHING_YET: ImportProgress = { until: {}, found: {}, known: 0, new: 0 };

/**
 * Begins an import, unless one of the shop runs already: then that one is given. One at a time per shop.
 * @param importId the id it is to have: one that is there already is the same, asked for once more
 */
export const beginImport = (
  db: Database,
  wanted: NewImport,
  importId?: string,
): Promise<{ readonly begun: ImportRow } | { readonly running: ImportRow }> =>
  db.transaction(async (tx) => {
    // Of two that are asked for at once the second waits here, and then sees the first.
    await tx.select().from(shops).where(eq(shops.shopId, wanted.shopId)).for('update');
    const known = importId === undefined ? undefined : await findImport(tx, importId);
    if (known !== undefined) return { begun: known };
    const [running] = await tx
      .select()
      .from(imports)
      .where(and(eq(imports.shopId, wanted.shopId), eq(imports.state, 'running')));
    if (running !== undefined) return { running };
    const [begun] = await tx
      .insert(imports)
      .values({
        ...wanted,
        ...(importId === undefined ? {} : { importId }),
        state: 'running',
        progress: NOTHING_YET,
      })
      .returning();
    if (begun === undefined) throw new Error('PostgreSQL inserted an import and returned none');
    return { begun };
  });

/** One import. */
export const findImport = async (db: Queryable, importId: string): Promise<ImportRow | undefined> => {
  const [row] = await db.select().from(imports).where(eq(imports.importId, importId));
  return row;
};

/** All imports that run, the oldest first. */
export const runningImports = (db: Queryable): Promise<ImportRow[]> =>
  db.select().from(imports).where(eq(imports.state, 'running')).orderBy(asc(imports.createdAt));

/** The imports of a shop, newest first, a page at a time. */
export const listImports = (
  db: Queryable,
  shopId: string,
  before: { createdAt: string; importId: string } | undefined,
  limit: number,
): Promise<ImportRow[]> =>
  db
    .select()
    .from(imports)
    .where(
      and(
        eq(imports.shopId, shopId),
        before === undefined
          ? undefined
          : sql`(${imports.createdAt}, ${imports.importId}) < (${before.createdAt}::timestamptz, ${before.importId}::uuid)`,
      ),
    )
    .orderBy(desc(imports.createdAt), desc(imports.importId))
    .limit(limit);

const running = (importId: string) => and(eq(imports.importId, importId), eq(imports.state, 'running'));

/** Stores how far an import has come; what it last waited for is over. @returns whether it still runs */
export const saveProgress = async (
  db: Queryable,
  importId: string,
  progress: ImportProgress,
): Promise<boolean> => {
  const saved = await db
    .update(imports)
    .set({ progress, failure: null })
    .where(running(importId))
    .returning({ importId: imports.importId });
  return saved.length > 0;
};

/** Notes by its code why an import that runs waits. */
export const noteImportFailure = async (db: Queryable, importId: string, failure: string): Promise<void> => {
  await db.update(imports).set({ failure }).where(running(importId));
};

/** Ends an import that runs; one that has ended stays as it is. @returns the import, as it is now */
export const endImport = async (
  db: Queryable,
  importId: string,
  state: 'done' | 'failed' | 'cancelled',
  failure: string | null = null,
): Promise<ImportRow | undefined> => {
  await db.update(imports).set({ state, failure, finishedAt: sql`now()` }).where(running(importId));
  return findImport(db, importId);
};

/** What an import makes of numbers that it found. */
export interface ForImport {
  /** Those that were known before the import began. */
  readonly known: ReadonlySet<string>;
  /** Those to read: not known, or open and not read since it began. */
  readonly toRead: readonly string[];
}

/** Tells what is new for an import that began then; the same after it was interrupted as before. */
export const sortForImport = async (
  db: Queryable,
  shopId: string,
  orderNumbers: readonly string[],
  begunAt: Date,
): Promise<ForImport> => {
  if (orderNumbers.length === 0) return { known: new Set(), toRead: [] };
  const rows = await db
    .select({
      orderNumber: orders.orderNumber,
      createdAt: orders.createdAt,
      readAt: orders.readAt,
      finishedAt: orders.finishedAt,
      stage: orders.stage,
    })
    .from(orders)
    .where(and(eq(orders.shopId, shopId), inArray(orders.orderNumber, [...orderNumbers])));
  const needless = rows.filter(
    ({ readAt, finishedAt, stage }) =>
      (finishedAt !== null && stage !== 'not_found') || (readAt !== null && readAt >= begunAt),
  );
  const skipped = new Set(needless.map(({ orderNumber }) => orderNumber));
  return {
    known: new Set(rows.flatMap((row) => (row.createdAt < begunAt ? [row.orderNumber] : []))),
    toRead: orderNumbers.filter((number) => !skipped.has(number)),
  };
};
