import { PassThrough, type Readable } from 'node:stream';
import { setImmediate as breathe } from 'node:timers/promises';
import type { TextRow } from './broken';
import { readParts, textCollector, unescapeText, type WorkbookParts } from './xlsx-parts';
import { attribute, readXml, type XmlHandlers } from './xml';
import type { ByteSource } from './zip';
import { openArchive, unreadable } from './zip';

const MOST_COLUMNS = 16_384;
const DAY_MS = 86_400_000;

/**
 * Rows of the first sheet of an Excel workbook, as they are unfolded. A number is its digits, a date `YYYY-MM-DD`, a
 * truth TRUE or FALSE, a formula what it came to, text in several fonts its text. @throws FileUnreadable
 */
export async function* readXlsx(source: ByteSource): AsyncGenerator<TextRow> {
  const archive = await openArchive(source);
  let row = 0;
  try {
    const parts = await readParts(archive);
    const sheet = await archive.open(parts.sheet);
    if (sheet === undefined) throw new Error(`${parts.sheet} is missing`);
    for await (const next of readXml<TextRow>(sheet, (emit) => sheetHandlers(parts, emit))) {
      ({ row } = next);
      yield next;
    }
  } catch (cause) {
    throw unreadable(cause, row + 1);
  } finally {
    archive.close();
  }
}

interface Cell {
  readonly column: number;
  readonly type: string;
  readonly style: number;
  value: string;
}

const sheetHandlers = (parts: WorkbookParts, emit: (row: TextRow) => void): XmlHandlers => {
  const text = textCollector();
  let row = 0;
  let cells: string[] = [];
  let cell: Cell | undefined;
  let inValue = false;
  return {
    open: (name, attributes) => {
      text.open(name);
      if (name === 'row') {
        row = nextRow(row, attributes.r);
        cells = [];
      } else if (name === 'c') cell = newCell(attributes, cells.length);
      else if (name === 'v') inValue = true;
    },
    text: (piece) => {
      text.text(piece);
      if (inValue && cell !== undefined) cell.value += piece;
    },
    close: (name) => {
      text.close(name);
      if (name === 'v') inValue = false;
      else if (name === 'c' && cell !== undefined) {
        const inline = text.take();
        while (cells.length < cell.column) cells.push('');
        cells[cell.column] = cell.type === 'inlineStr' ? inline : shownAs(cell, parts);
        cell = undefined;
      } else if (name === 'row') emit({ row, cells });
    },
  };
};

const nextRow = (before: number, said: string | undefined): number => {
  const row = said === undefined ? before + 1 : Number(said);
  if (!Number.isInteger(row) || row <= before) throw new Error(`row ${said} comes after row ${before}`);
  return row;
};

/** A cell says where it stands, as `B7`, or follows the one before it. */
const newCell = (attributes: Readonly<Record<string, string>>, next: number): Cell => {
  const letters = /^([A-Z]{1,3})\d+$/.exec(attribute(attributes, 'r') ?? '')?.[1];
  const column =
    letters === undefined
      ? next
      : Array.from(letters).reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
  if (column < next || column >= MOST_COLUMNS)
    throw new Error(`column ${letters ?? next + 1} is out of place`);
  return { column, type: attributes.t ?? 'n', style: Number(attributes.s ?? 0), value: '' };
};

const shownAs = ({ type, style, value }: Cell, { strings, dateStyles, from1904 }: WorkbookParts): string => {
  if (value === '') return '';
  if (type === 's') return strings[Number(value)] ?? '';
  if (type === 'b') return value === '1' ? 'TRUE' : 'FALSE';
  if (type === 'str') return unescapeText(value);
  if (type !== 'n') return value;
  const number = Number(value);
  return dateStyles[style] === true ? dateOf(number, from1904) : String(number);
};

/** Excel counts days, with a 29 February 1900 that never was. */
const dateOf = (days: number, from1904: boolean): string => {
  const start = from1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, days < 60 ? 31 : 30);
  const at = new Date(start + Math.round(days * DAY_MS));
  if (Number.isNaN(at.getTime())) return String(days);
  const iso = at.toISOString();
  return days % 1 === 0 ? iso.slice(0, 10) : iso.slice(0, 16).replace('T', ' ');
};

/** Rows that are written before others have a turn. */
const ROWS_AT_ONCE = 500;

/** An Excel workbook of one sheet with these rows, as they come. Text is text: nothing in it is a formula. */
export const writeXlsx = (rows: AsyncIterable<readonly (string | number | null)[]>): Readable => {
  const out = new PassThrough();
  const write = async (): Promise<void> => {
    // Loading it takes a third of a worker's start, and few processes ever write a workbook.
    const { default: exceljs } = await import('exceljs');
    const workbook = new exceljs.stream.xlsx.WorkbookWriter({ stream: out });
    const sheet = workbook.addWorksheet('Okuri');
    let written = 0;
    for await (const row of rows) {
      sheet.addRow(row.map((cell) => (typeof cell === 'string' ? escapeText(cell) : cell))).commit();
      written += 1;
      if (written % ROWS_AT_ONCE === 0) await breathe();
      if (out.destroyed) return;
    }
    await workbook.commit();
  };
  write().catch((error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error))));
  return out;
};

/** What looks like Excel's way to write a character that XML lacks is marked as not being that. */
const escapeText = (text: string): string => text.replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_');
