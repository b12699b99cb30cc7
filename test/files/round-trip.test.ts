import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import type { Encoding } from '../../src/domain/files';
import { canEncode, detectEncoding, readCsv, writeCsv } from '../../src/files/csv';
import { readXlsx, writeXlsx } from '../../src/files/xlsx';
import { pieces, sourceOf } from './bytes';

/** Texts as columns take them: trimmed, one line, whole characters; often such as formulas and escapes begin with. */
const text = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '=1+1',
      "'=1",
      "''@x",
      '-5',
      '+81',
      '=SUM(A1)',
      '@a',
      '_x000D_',
      '_x005F_x000D_',
      '緑茶"桜",',
      "'",
      '007',
    ),
    fc.string({ unit: fc.constantFrom(...'=+-@\'"_x0041,;茶ｱ～①髙') }),
  )
  .map((value) => value.replace(/[\p{Cc}\p{Surrogate}\ufffd\ufeff]|[\ufffe\uffff]/gu, '').trim());
const table = fc.array(fc.tuple(text, text, fc.integer()), { minLength: 1, maxLength: 20 });

const collect = async (rows: AsyncIterable<{ cells: readonly string[] }>): Promise<string[][]> => {
  const all: string[][] = [];
  for await (const { cells } of rows) all.push([...cells]);
  return all;
};
const asText = (rows: readonly (readonly (string | number)[])[]) => rows.map((row) => row.map(String));
/** Cells at a row's end that are empty are not written to a sheet. */
const rowsOf = (rows: [string, string, number][]) => Readable.from(rows);

test.each<Encoding>(['utf-8', 'shift_jis'])(
  'every text comes back from a CSV file in %s',
  async (encoding) => {
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 50 }), async (rows, size) => {
        fc.pre(rows.every((row) => row.every((cell) => canEncode(String(cell), encoding))));
        const bytes = await buffer(writeCsv(rowsOf(rows), encoding));
        expect(await collect(readCsv(pieces(bytes, size), encoding))).toEqual(asText(rows));
      }),
      { numRuns: 300 },
    );
  },
);

test('every text comes back from an Excel file', async () => {
  await fc.assert(
    fc.asyncProperty(table, async (rows) => {
      const bytes = await buffer(writeXlsx(rowsOf(rows)));
      expect(await collect(readXlsx(sourceOf(bytes)))).toEqual(asText(rows));
    }),
    { numRuns: 60 },
  );
});

test('a text that a spreadsheet would execute is written as one that it shows', async () => {
  const rows: [string, string, number][] = [['=HYPERLINK("http://x")', '＝1+1', -5]];
  const csv = (await buffer(writeCsv(rowsOf(rows), 'utf-8'))).toString();
  expect(csv).toBe('\ufeff"\'=HYPERLINK(""http://x"")",\'＝1+1,-5\r\n');
});

test('long Japanese texts survive wherever the pieces of a file are cut', async () => {
  const rows = Array.from({ length: 2_000 }, (_, index): [string, string, number] => [
    `緑茶と桜のお香${index}`,
    '髙島屋①～',
    index,
  ]);
  const bytes = await buffer(writeXlsx(rowsOf(rows)));
  expect(await collect(readXlsx(sourceOf(bytes, 1_000)))).toEqual(asText(rows));
});

test.each([
  ['UTF-8', '緑茶', 'utf-8'],
  ['UTF-8 with BOM', '\ufeff緑茶', 'utf-8'],
] as const)('%s is recognised', async (_name, content, encoding) => {
  expect(await detectEncoding(pieces(Buffer.from(content), 1))).toBe(encoding);
});

test('what is not UTF-8 is Shift_JIS', async () => {
  const bytes = await buffer(writeCsv(rowsOf([['緑茶', '', 1]]), 'shift_jis'));
  expect(await detectEncoding(pieces(bytes, 1))).toBe('shift_jis');
});
