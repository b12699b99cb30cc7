import { z } from 'zod';
import type { Encoding, FileFormat, FileSubject } from '../domain/files';
import { ENCODINGS } from '../domain/files';
import type { Language } from '../domain/texts';
import { canEncode, writeCsv } from '../files/csv';
import { STOCK_COLUMNS, SUBJECTS } from '../files/subjects';
import { writeXlsx } from '../files/xlsx';
import type { ExportRow } from '../store/file-exports';
import { exportLinks, exportSkus, exportStock } from '../store/file-exports';
import type { Reach } from './caller';
import type { Deps } from './deps';
import { shopId } from './fields';
import { Problem } from './problems';
import type { Route } from './route';
import { FileAnswer, route } from './route';
import { existingShop } from './shops';
import { FILE_TYPES } from './uploads';

const form = {
  format: z.enum(['csv', 'xlsx']).default('csv'),
  encoding: z.enum(ENCODINGS).default('utf-8').meta({ description: 'Of a CSV file; UTF-8 comes with a BOM' }),
};
const FormQuery = z.strictObject(form);
const LinkQuery = z.strictObject({ ...form, shopId });

interface Columns {
  readonly key: string;
  readonly headers: readonly [ja: string, en: string];
}

interface Table {
  readonly name: string;
  readonly columns: readonly Columns[];
  /** Its rows from the beginning, with each call. */
  readonly rows: () => AsyncIterable<ExportRow>;
}

/** A table as a file whose first row of data was already read: what the database refuses is no broken download. */
const fileOf = async (
  { name, columns, rows }: Table,
  { format, encoding }: { format: FileFormat; encoding: Encoding },
  language: Language,
): Promise<FileAnswer> => {
  if (format === 'csv' && encoding !== 'utf-8') await refuseForeign(rows(), encoding);
  const cells = (row: ExportRow) => columns.map(({ key }) => row[key] ?? null);
  const iterator = rows()[Symbol.asyncIterator]();
  let next = await iterator.next();
  const table = async function* () {
    yield columns.map(({ headers: [ja, en] }) => (language === 'en' ? en : ja));
    for (; !next.done; next = await iterator.next()) yield cells(next.value);
  };
  const bytes = format === 'xlsx' ? writeXlsx(table()) : writeCsv(table(), encoding);
  const charset = format === 'csv' ? `; charset=${encoding}` : '';
  return new FileAnswer(`${name}.${format}`, `${FILE_TYPES[format]}${charset}`, bytes);
};

const refuseForeign = async (rows: AsyncIterable<ExportRow>, encoding: Encoding): Promise<void> => {
  for await (const row of rows) {
    const foreign = Object.values(row).find((cell) => !canEncode(String(cell ?? ''), encoding));
    if (foreign !== undefined)
      throw new Problem('not_in_encoding', `${encoding} cannot write ${foreign}: ask for utf-8 or xlsx.`);
  }
};

const answer = {
  status: 200,
  says: 'The file; headers are in the language of Accept-Language, and either is taken back',
  schema: z.string().meta({ format: 'binary' }),
  type: Object.values(FILE_TYPES),
};

const exported = (
  deps: Deps,
  path: string,
  summary: string,
  table: (deps: Deps) => Table,
  reach: Reach = 'whole',
): Route =>
  route({
    method: 'get',
    path,
    tag: 'Files',
    summary,
    access: 'viewer',
    reach,
    spoken: true,
    query: FormQuery,
    answer,
    problems: ['not_in_encoding'],
    handle: ({ query, language }) => fileOf(table(deps), query, language),
  });

const template = (deps: Deps, path: string, subject: FileSubject): Route => {
  const { columns } = SUBJECTS[subject];
  const example = Object.fromEntries(columns.map(({ key, example: text }) => [key, text]));
  const rows = async function* () {
    yield example;
  };
  const table = () => ({ name: `${subject}-template`, columns, rows });
  return exported(deps, path, 'The header and one row as an example', table, 'anybody');
};

/** SKUs, links and stock as files, and templates of the files that are taken in. */
export const fileExportRoutes = (deps: Deps): Route[] => [
  exported(deps, '/v1/skus/export', 'All SKUs, as their import takes them', ({ db }) => ({
    name: 'skus',
    columns: SUBJECTS.skus.columns,
    rows: () => exportSkus(db),
  })),
  route({
    method: 'get',
    path: '/v1/sku-links/export',
    tag: 'Files',
    summary: 'All links of a shop, as their import takes them',
    access: 'viewer',
    reach: 'named',
    spoken: true,
    query: LinkQuery,
    answer,
    problems: ['shop_not_found', 'not_in_encoding'],
    handle: async ({ query: { shopId: shop, ...rest }, language }) => {
      await existingShop(deps, shop);
      const { columns } = SUBJECTS['sku-links'];
      const rows = () => exportLinks(deps.db, shop);
      return fileOf({ name: `sku-links-${shop}`, columns, rows }, rest, language);
    },
  }),
  exported(deps, '/v1/stock/export', 'All balances, for reading', ({ db }) => ({
    name: 'stock',
    columns: STOCK_COLUMNS,
    rows: () => exportStock(db),
  })),
  template(deps, '/v1/skus/template', 'skus'),
  template(deps, '/v1/sku-links/template', 'sku-links'),
  template(deps, '/v1/stock/movements/template', 'stock-movements'),
];
