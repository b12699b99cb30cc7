import type { FileErrorCode, FileFault } from '../domain/files';
import { FILE_ERRORS } from '../domain/files';
import type { TextRow } from './broken';
import type { CellValue, RowValues, Subject } from './subjects';

type Column = Subject['columns'][number];

/** A row that was checked: what it says, or what is wrong with it. */
export type CheckedRow =
  | { readonly row: number; readonly values: RowValues }
  | { readonly row: number; readonly faults: readonly FileFault[] };

/** Longest part of a wrong value that is shown, in characters. */
const SHOWN = 60;

/** Excel's words for a formula that failed. */
const CELL_ERROR = /^#(REF!|N\/A|VALUE!|NAME\?|DIV\/0!|NUM!|NULL!|SPILL!|CALC!)$/;

/** Checks rows by themselves: the header, which is row 1, and after it every row that is not empty. */
export async function* checkRows(subject: Subject, rows: AsyncIterable<TextRow>): AsyncGenerator<CheckedRow> {
  let columns: readonly Column[] | undefined;
  for await (const { row, cells } of rows) {
    if (columns === undefined) {
      // What stands below an empty row 1 is no header.
      const header = readHeader(subject, row === 1 ? cells : []);
      if (header.faults.length > 0) {
        yield { row: 1, faults: header.faults };
        return;
      }
      columns = header.columns;
    } else if (cells.some((cell) => cell.trim() !== '')) yield checkRow(subject, columns, row, cells);
  }
  if (columns === undefined) yield { row: 1, faults: readHeader(subject, []).faults };
}

const readHeader = (
  subject: Subject,
  cells: readonly string[],
): { columns: readonly Column[]; faults: readonly FileFault[] } => {
  const names = cells.map((cell) => cell.trim());
  const used = names.slice(0, names.findLastIndex((name) => name !== '') + 1);
  const found = used.map((name) =>
    subject.columns.find(({ headers }) =>
      headers.some((header) => header.toLowerCase() === name.toLowerCase()),
    ),
  );
  const columns = found.filter((column) => column !== undefined);
  const missing = subject.columns.filter((column) => !columns.includes(column) && isNeeded(column, columns));
  const fault = (column: string, code: FileErrorCode, message: string): FileFault => ({
    ...{ row: 1, column, code, message },
  });
  return {
    columns,
    faults: [
      ...found.flatMap((column, index) =>
        column === undefined
          ? [fault(shown(used[index] ?? ''), 'column_unknown', namesOf(subject.columns))]
          : [],
      ),
      ...columns
        .filter((column, index) => columns.indexOf(column) !== index)
        .map(({ key, headers }) => fault(key, 'column_twice', headers.join(' / '))),
      ...missing.map(({ key, headers }) => fault(key, 'column_missing', headers.join(' / '))),
    ],
  };
};

/** A column is needed unless it is optional; one that belongs to another comes with it. */
const isNeeded = ({ optional, with: companion }: Column, present: readonly Column[]): boolean =>
  companion === undefined ? optional !== true : present.some(({ key }) => key === companion);

const namesOf = (columns: readonly Column[]): string =>
  columns.map(({ headers }) => headers.join(' / ')).join(', ');

const checkRow = (
  subject: Subject,
  columns: readonly Column[],
  row: number,
  cells: readonly string[],
): CheckedRow => {
  const faults: FileFault[] = [];
  const values: Record<string, CellValue> = {};
  for (const [index, { key, cell }] of columns.entries()) {
    const text = cells[index] ?? '';
    const parsed = cell.safeParse(text);
    if (CELL_ERROR.test(text.trim())) faults.push({ row, column: key, code: 'cell_error', message: text });
    else if (parsed.success) values[key] = parsed.data;
    else faults.push({ row, column: key, ...faultOf(parsed.error.issues[0]?.message ?? '', text) });
  }
  for (const [index, text] of cells.entries())
    if (index >= columns.length && text.trim() !== '')
      faults.push({ row, column: String(index + 1), code: 'beyond_header', message: shown(text) });
  if (faults.length === 0)
    faults.push(...(subject.check?.(values) ?? []).map((fault) => ({ row, ...fault })));
  return faults.length > 0 ? { row, faults } : { row, values };
};

/** A cell's schema says `code` or `code:detail`; without a detail the value is shown. */
const faultOf = (issue: string, text: string): Pick<FileFault, 'code' | 'message'> => {
  const [name, ...detail] = issue.split(':');
  const code = FILE_ERRORS.find((known) => known === name) ?? 'broken';
  return { code, message: detail.length > 0 ? detail.join(':') : shown(text) };
};

const shown = (text: string): string =>
  // Lone surrogates and NUL cannot be stored; a cut must not make one.
  Array.from(text.slice(0, SHOWN * 2))
    .slice(0, SHOWN)
    .join('')
    .replace(/[\p{Surrogate}\p{Cc}]/gu, '\ufffd');
