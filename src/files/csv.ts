import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { stringify } from 'csv-stringify';
import iconv from 'iconv-lite';
import type { Encoding } from '../domain/files';
import type { TextRow } from './broken';
import { FileUnreadable } from './broken';

/** Code page 932, which is what Windows means by Shift_JIS. */
const CP932 = 'cp932';
const BOM = '\ufeff';

/** Longest row, in bytes: a quotation mark that is never closed must not take the rest of the file into memory. */
const LONGEST_ROW = 100_000;

/**
 * What a spreadsheet takes for a formula when it opens a CSV file, full width as well. Such a text is written with an
 * apostrophe before it, which spreadsheets show and never execute, and which is taken off again when it comes back.
 */
const FORMULA = /^'*[=+\-@\uff1d\uff0b\uff0d\uff20]/;
const defuse = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);
const restore = (text: string): string => (text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text);

/** The encoding that the bytes of a CSV file have: UTF-8 where they are valid as that, with or without BOM, else Shift_JIS. */
export const detectEncoding = async (bytes: AsyncIterable<Uint8Array>): Promise<Encoding> => {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of bytes) decoder.decode(chunk, { stream: true });
    decoder.decode();
    return 'utf-8';
  } catch (error) {
    if (!isInvalid(error)) throw error;
    return 'shift_jis';
  }
};

const isInvalid = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';

/** Bytes that mean nothing in the encoding become U+FFFD, which no cell may contain. */
async function* decode(bytes: AsyncIterable<Uint8Array>, encoding: Encoding): AsyncGenerator<string> {
  if (encoding === 'utf-8') {
    const decoder = new TextDecoder('utf-8');
    for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
    return;
  }
  const decoder = iconv.getDecoder(CP932);
  for await (const chunk of bytes) yield decoder.write(Buffer.from(chunk));
  yield decoder.end() ?? '';
}

/** Rows of a CSV file as its bytes come in. @throws FileUnreadable */
export async function* readCsv(
  bytes: AsyncIterable<Uint8Array>,
  encoding: Encoding,
): AsyncGenerator<TextRow> {
  const parser = parse({ relax_column_count: true, max_record_size: LONGEST_ROW });
  // An error of either side comes out of the parser, which is read here.
  pipeline(Readable.from(decode(bytes, encoding)), parser, () => undefined);
  let row = 0;
  try {
    for await (const record of parser) {
      row += 1;
      yield { row, cells: cellsOf(record) };
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new FileUnreadable(brokenRow(cause), 'broken', cause.message, { cause });
  }
}

/** The parser reads ahead of what it has given out. */
const brokenRow = (error: CsvError): number =>
  'records' in error && typeof error.records === 'number' ? error.records + 1 : 1;

const cellsOf = (record: unknown): string[] =>
  Array.isArray(record) ? record.map((cell) => restore(String(cell))) : [];

/** Whether an encoding has every character of a text. */
export const canEncode = (text: string, encoding: Encoding): boolean =>
  encoding === 'utf-8' || iconv.decode(iconv.encode(text, CP932), CP932) === text;

/** A CSV file of these rows, as they come; UTF-8 begins with a BOM, by which Excel knows it. */
export const writeCsv = (
  rows: AsyncIterable<readonly (string | number | null)[]>,
  encoding: Encoding,
): Readable => {
  const lines = stringify({ record_delimiter: '\r\n', cast: { string: defuse } });
  pipeline(Readable.from(rows), lines, () => undefined);
  return Readable.from(encode(lines.setEncoding('utf8'), encoding), { objectMode: false });
};

async function* encode(lines: AsyncIterable<unknown>, encoding: Encoding): AsyncGenerator<Buffer> {
  if (encoding === 'utf-8') yield Buffer.from(BOM);
  for await (const text of lines)
    yield encoding === 'utf-8' ? Buffer.from(String(text)) : iconv.encode(String(text), CP932);
}
