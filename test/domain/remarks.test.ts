import { addedRemark } from '../../src/domain/remarks';

const OWN = 'ご要望がございましたら、こちらにご記入ください。';
const WISH = '[配送日時指定:]\n2024-06-25(火)\n';

const ADDS_NOTHING: readonly [string, string, readonly string[]][] = [
  ['an empty remark', '', [OWN]],
  ['the shop’s own text', OWN, [OWN]],
  ['the shop’s own text below its heading', `[備考:]\n${OWN}`, [OWN]],
  ['the same text with other line ends', '[備考:]\r\n一行目\r\n二行目', ['一行目\n二行目']],
  ['the same text with blanks at the ends of lines', '[備考:]\n一行目 \n 二行目\n', ['一行目\r\n二行目']],
  ['headings alone', '[配送日時指定:]\n\n\n[備考:]\n', [OWN]],
  ['a wished delivery as in Rakuten’s sample', `${WISH}\n\n`, [OWN]],
  ['a wished date without its weekday', '[配送日時指定:]\n2024-06-25', [OWN]],
  ['a wished time', `${WISH}18:00〜20:00\n\n[備考:]\n${OWN}`, [OWN]],
  ['a wished time in wide characters', `${WISH}18：00～20：00`, [OWN]],
  ['a wished time in hours', `${WISH}12時～14時`, [OWN]],
  ['a wished time in words', `${WISH}午前中\n\n[備考:]\n`, [OWN]],
  ['no wish', '[配送日時指定:]\n指定なし', [OWN]],
  ['one default text that is part of another', 'よろしく。のし希望', ['よろしく', 'よろしく。のし希望']],
  ['anything, while the shop has named no text', 'のしをお願いします', []],
];

const ADDS: readonly [string, string, readonly string[]][] = [
  ['a wish of the buyer’s own', 'のしをお願いします', [OWN]],
  ['a line after the shop’s own text', `[備考:]\n${OWN}\nのしをお願いします`, [OWN]],
  ['words within the line of the shop’s own text', `[備考:]\n${OWN}のし`, [OWN]],
  ['an edited own text', `[備考:]\n${OWN.slice(0, 10)}`, [OWN]],
  ['a remark beside a wished delivery', `${WISH}\n[備考:]\nのし`, [OWN]],
  ['words below a wished delivery, without a heading', `${WISH}\n玄関前に置いてください`, [OWN]],
  ['words instead of a wished date', '[配送日時指定:]\nなるべく早く', [OWN]],
  ['a date in the remark itself', '[備考:]\n2024-06-25(火)', [OWN]],
  ['a heading that is not alone in its line', '[備考:] のし', [OWN]],
];

test.each(ADDS_NOTHING)('%s adds nothing', (_name, remarks, defaults) => {
  expect(addedRemark(remarks, defaults)).toBe('');
});

test.each(ADDS)('%s is read by a person', (_name, remarks, defaults) => {
  expect(addedRemark(remarks, defaults)).not.toBe('');
});

test('a wording for wished times that only this shop has can be put on its list', () => {
  expect(addedRemark(`${WISH}お昼ごろ`, [OWN])).toBe('お昼ごろ');
  expect(addedRemark(`${WISH}お昼ごろ`, [OWN, 'お昼ごろ'])).toBe('');
});
