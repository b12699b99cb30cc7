import type { FileUnreadable } from '../../src/files/broken';
import { readXlsx } from '../../src/files/xlsx';
import { sourceOf, workbookOf } from './bytes';

const read = async (bytes: Buffer): Promise<[number, string[]][]> => {
  const rows: [number, string[]][] = [];
  for await (const { row, cells } of readXlsx(sourceOf(bytes))) rows.push([row, [...cells]]);
  return rows;
};
const sheet = (rows: string): string => `<worksheet><sheetData>${rows}</sheetData></worksheet>`;

test('cells come as what a person sees in them', async () => {
  const bytes = workbookOf({
    strings:
      '<si><t>緑茶</t><rPh sb="0" eb="2"><t>リョクチャ</t></rPh><phoneticPr fontId="1"/></si>' +
      '<si><r><rPr><b/></rPr><t>太</t></r><r><t xml:space="preserve"> 字</t></r></si>' +
      '<si><t>a_x000D_b_x005F_x000D_</t></si>',
    styles:
      '<styleSheet><numFmts><numFmt numFmtId="200" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/><numFmt numFmtId="201" formatCode="&quot;y&quot;0"/></numFmts>' +
      '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>' +
      '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="200"/><xf numFmtId="201"/></cellXfs></styleSheet>',
    sheet: sheet(
      '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="D1" t="s"><v>2</v></c></row>' +
        '<row r="3"><c r="A3"><v>1234</v></c><c r="B3"><v>4901234567894</v></c><c r="C3"><v>0.1</v></c><c r="D3" t="b"><v>1</v></c></row>' +
        '<row r="4"><c r="A4" s="1"><v>46000</v></c><c r="B4" s="2"><v>46000.5</v></c><c r="C4" s="3"><v>5</v></c><c r="D4" t="e"><v>#REF!</v></c></row>' +
        '<row r="5"><c r="A5" t="str"><f>"x"&amp;"y"</f><v>xy</v></c><c r="B5"><f>1+1</f><v>2</v></c><c r="C5" t="inlineStr"><is><t>in</t></is></c><c r="D5"><f>1/0</f></c></row>',
    ),
  });
  expect(await read(bytes)).toEqual([
    [1, ['緑茶', '太 字', '', 'a\rb_x000D_']],
    [3, ['1234', '4901234567894', '0.1', 'TRUE']],
    [4, ['2025-12-09', '2025-12-09 12:00', '5', '#REF!']],
    [5, ['xy', '2', 'in', '']],
  ]);
});

test('a workbook whose elements have prefixes and whose cells do not say where they stand is read alike', async () => {
  const rows = '<x:row><x:c t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c><x:c><x:v>1</x:v></x:c></x:row>';
  const bytes = workbookOf({
    sheet: `<x:worksheet xmlns:x="x"><x:sheetData>${rows}</x:sheetData></x:worksheet>`,
  });
  expect(await read(bytes)).toEqual([[1, ['a', '1']]]);
});

test.each([
  [
    'an entity that unfolds',
    '<!DOCTYPE w [<!ENTITY a "aaaa">]><worksheet><sheetData><row><c><v>&a;</v></c></row></sheetData></worksheet>',
    1,
  ],
  ['a cell without an end', `<worksheet><sheetData><row><c><v>${'1'.repeat(3_000_000)}`, 1],
  ['a column beyond the last', sheet('<row r="1"><c r="XFE1"><v>1</v></c></row>'), 1],
  ['rows out of order', sheet('<row r="2"/><row r="2"/>'), 3],
  ['an end in the middle', '<worksheet><sheetData><row r="1"/>', 2],
])('%s is refused with the row', async (_what, content, row) => {
  const failed = await read(workbookOf({ sheet: content })).catch((error: FileUnreadable) => error);
  expect(failed).toMatchObject({ name: 'FileUnreadable', code: 'broken', row });
});
