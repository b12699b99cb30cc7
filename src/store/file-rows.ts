import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Queryable, Transaction } from './database';
import { running } from './file-imports';
import { fileImports, fileRows } from './stock-schema';

/** Forgets what an attempt before had read of a file. */
export const restartFile = async (db: Queryable, importId: string): Promise<void> => {
  await db.delete(fileRows).where(eq(fileRows.importId, importId));
  await db.update(fileImports).set({ rowsRead: 0 }).where(running(importId));
};

/**
 * Takes off the cart codes that a file changes, so that SKUs of different batches can exchange theirs. The file's own
 * are written afterwards, in the same transaction.
 */
export const freeCartCodes = async (tx: Transaction, importId: string): Promise<void> => {
  await tx.execute(sql`
    update skus s set cart_code = null from file_rows f
    where f.import_id = ${importId} and f."values" ->> 'skuCode' = s.sku_code and f."values" ? 'cartCode'
      and s.cart_code is distinct from f."values" ->> 'cartCode'`);
};

/** A checked row. */
export interface FileRow {
  readonly row: number;
  readonly values: Readonly<Record<string, string | number | null>>;
}

/** Keeps checked rows and how many were read so far. @returns whether the file is still worked on */
export const saveRows = async (
  db: Queryable,
  importId: string,
  rows: readonly FileRow[],
  rowsRead: number,
): Promise<boolean> => {
  if (rows.length > 0)
    await db.execute(sql`
      insert into file_rows (import_id, "row", "values")
      select ${importId}::uuid, (entry ->> 'row')::integer, entry -> 'values'
      from jsonb_array_elements(${JSON.stringify(rows)}::jsonb) entry`);
  const saved = await db
    .update(fileImports)
    .set({ rowsRead })
    .where(running(importId))
    .returning({ importId: fileImports.importId });
  return saved.length > 0;
};

/** Checked rows after a row, in their order. */
export const rowsAfter = (
  db: Queryable,
  importId: string,
  after: number,
  limit: number,
): Promise<FileRow[]> =>
  db
    .select({ row: fileRows.row, values: fileRows.values })
    .from(fileRows)
    .where(and(eq(fileRows.importId, importId), gt(fileRows.row, after)))
    .orderBy(asc(fileRows.row))
    .limit(limit);

const FileSku = z.object({
  skuCode: z.string(),
  name: z.string(),
  cartCode: z.string().nullish(),
  components: z.array(z.object({ skuCode: z.string(), quantity: z.int() })).optional(),
});

/** A SKU as all of its rows together say it; what the file has no column for is absent. */
export type FileSku = z.infer<typeof FileSku>;

/** The SKUs of a file after a code, in the order of their codes. */
export const skusAfter = async (
  db: Queryable,
  importId: string,
  after: string,
  limit: number,
): Promise<FileSku[]> => {
  const { rows } = await db.execute(sql`
    select (select jsonb_build_object('skuCode', code, 'name', min(v ->> 'name'))
      || case when bool_or(v ? 'cartCode') then jsonb_build_object('cartCode', min(v ->> 'cartCode')) else '{}' end
      || case when bool_or(v ? 'componentSkuCode') then jsonb_build_object('components', coalesce(
           jsonb_agg(jsonb_build_object('skuCode', v -> 'componentSkuCode', 'quantity', v -> 'componentQuantity') order by row)
             filter (where v ->> 'componentSkuCode' is not null), '[]')) else '{}' end) as sku
    from (select "row" as row, "values" as v, "values" ->> 'skuCode' as code
      from file_rows where import_id = ${importId}) file
    where code > ${after} group by code order by code limit ${limit}`);
  return rows.map(({ sku }) => FileSku.parse(sku));
};
