import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { FileFault, FileSubject } from '../domain/files';
import { cyclicEdges, FILE_ERRORS } from '../domain/files';
import type { Queryable } from './database';
import { MOST_FAULTS } from './file-imports';

/** What is wrong with the rows of a file taken together: the first of it, and how much there is. */
export interface FoundFaults {
  readonly first: readonly FileFault[];
  readonly count: number;
}

/** A query of what is wrong: `row`, `column`, `code`, `message`. `file` is the file's rows. */
type Check = (file: SQL) => SQL;

/** Rows whose key a row before them has. */
const twice =
  (keys: readonly string[], column: string): Check =>
  (file) => {
    const parts = sql.join(
      keys.map((key) => sql`v ->> ${key}`),
      sql`, `,
    );
    return sql`select row, ${column}::text as "column", 'twice' as code, concat_ws(' ', ${parts}) as message
      from (select f.*, row_number() over (partition by ${parts} order by row) as nth from ${file} f) f
      where nth > 1 and num_nonnulls(${parts}) = ${keys.length}::integer`;
  };

/** Rows that name a SKU that does not exist. `or` is where else it may stand. */
const unknownSku =
  (column: string, or: Check = () => sql`select null::text`): Check =>
  (file) =>
    sql`select row, ${column}::text as "column", 'sku_unknown' as code, v ->> ${column} as message
    from ${file} f
    where v ->> ${column} is not null
      and v ->> ${column} not in (select code from (${or(file)}) as o(code) where code is not null)
      and not exists (select 1 from skus s where s.sku_code = v ->> ${column})`;

/** Rows of one SKU that say something else of it than its first one. */
const differs =
  (column: string): Check =>
  (file) =>
    sql`select row, ${column}::text as "column", 'differs' as code, coalesce(first, '') as message
    from (select row, v ->> ${column} as own,
        first_value(v ->> ${column}) over (partition by v ->> 'skuCode' order by row) as first
      from ${file} f) f
    where own is distinct from first`;

const CHECKS: Readonly<Record<FileSubject, readonly Check[]>> = {
  skus: [
    twice(['skuCode', 'componentSkuCode'], 'componentSkuCode'),
    // A SKU that is no set has one row, and every row of a set has a part.
    (file) => sql`select row, 'skuCode' as "column", 'twice' as code, v ->> 'skuCode' as message
      from (select f.*, row_number() over rows_of as nth,
          first_value(v ->> 'componentSkuCode') over rows_of as first
        from ${file} f window rows_of as (partition by v ->> 'skuCode' order by row)) f
      where nth > 1 and (first is null or v ->> 'componentSkuCode' is null)`,
    differs('name'),
    differs('cartCode'),
    unknownSku('componentSkuCode', (file) => sql`select v ->> 'skuCode' from ${file} f`),
    (file) => sql`select min(row) as row, 'cartCode' as "column", 'twice' as code, v ->> 'cartCode' as message
      from ${file} f
      where v ->> 'cartCode' in (
        select v ->> 'cartCode' from ${file} f group by 1 having count(distinct v ->> 'skuCode') > 1)
      group by v ->> 'cartCode', v ->> 'skuCode'`,
    (file) => sql`select row, 'cartCode' as "column", 'cart_code_taken' as code, s.sku_code as message
      from ${file} f join skus s on s.cart_code = v ->> 'cartCode'
      where s.sku_code not in (select v ->> 'skuCode' from ${file} f)`,
    (file) => sql`select min(row) as row, 'componentSkuCode' as "column", 'sku_has_stock' as code,
        v ->> 'skuCode' as message
      from ${file} f
      where v ->> 'componentSkuCode' is not null and exists (
        select 1 from stock_balances b where b.sku_code = v ->> 'skuCode' and (b.on_hand <> 0 or b.reserved <> 0))
      group by v ->> 'skuCode'`,
  ],
  'sku-links': [twice(['manageNumber', 'variantId'], 'variantId'), unknownSku('skuCode')],
  'stock-movements': [
    unknownSku('skuCode'),
    (file) => sql`select row, 'skuCode' as "column", 'set_has_no_stock' as code, v ->> 'skuCode' as message
      from ${file} f where exists (select 1 from sku_components c where c.set_code = v ->> 'skuCode')`,
  ],
};

const Found = z.object({
  row: z.int(),
  column: z.string(),
  code: z.enum(FILE_ERRORS),
  message: z.string(),
  total: z.coerce.number(),
});

/** Checks the rows of a file against each other and against what is known, in the order of the rows. */
export const checkTogether = async (
  db: Queryable,
  importId: string,
  subject: FileSubject,
): Promise<FoundFaults> => {
  const file = sql`(select "row" as row, "values" as v from file_rows where import_id = ${importId})`;
  const first: FileFault[] = [];
  let count = 0;
  for (const check of CHECKS[subject]) {
    const { rows } = await db.execute(sql`
      select found.*, count(*) over () as total from (${check(file)}) found order by row limit ${MOST_FAULTS}`);
    const found = rows.map((row) => Found.parse(row));
    first.push(...found.map(({ total: _, ...fault }) => fault));
    count += found[0]?.total ?? 0;
  }
  // Sets are followed only where every part is known.
  if (subject === 'skus' && count === 0) {
    const cycles = await cyclesIn(db, importId);
    return { first: cycles.slice(0, MOST_FAULTS), count: cycles.length };
  }
  return { first: first.sort((a, b) => a.row - b.row).slice(0, MOST_FAULTS), count };
};

const Edge = z.object({ setCode: z.string(), skuCode: z.string(), row: z.int().nullable() });

/** Rows of the file that make a set contain itself, together with the sets that the file does not redefine. */
const cyclesIn = async (db: Queryable, importId: string): Promise<FileFault[]> => {
  const { rows } = await db.execute(sql`
    with file as (select "row" as row, "values" as v from file_rows where import_id = ${importId})
    select v ->> 'skuCode' as "setCode", v ->> 'componentSkuCode' as "skuCode", row
      from file where v ->> 'componentSkuCode' is not null
    union all
    select set_code, sku_code, null from sku_components
      where set_code not in (select v ->> 'skuCode' from file where v ? 'componentSkuCode')`);
  return cyclicEdges(rows.map((row) => Edge.parse(row))).flatMap(({ setCode, skuCode, row }) =>
    row === null
      ? []
      : [{ row, column: 'componentSkuCode', code: 'set_cycle' as const, message: `${setCode} > ${skuCode}` }],
  );
};
