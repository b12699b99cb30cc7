/** The buyer's remark (備考), and what of it is the buyer's own. */

const HEADING = /^\[.*:\]$/;
const WISHED_DELIVERY = '[配送日時指定:]';
/** What Rakuten writes below that heading: a date `2024-06-25(火)`, then a time of day, `18:00〜20:00` or in words. */
const WISH_LINES = [
  /^\d{4}-\d{2}-\d{2}(\(.\))?$/,
  /^\d{1,2}(:\d{2}|時)?\s*[~〜-]\s*(\d{1,2}(:\d{2}|時)?)?$/,
  /^(午前中?|午後|夜間|指定なし|なし)$/,
];

/**
 * What the buyer's remark adds to the shop's own default texts. Rakuten writes the sections of
 * `remarks` as `[name:]` headings with lines below (order reference §4.2); headings, blank lines and the wished
 * delivery that Rakuten itself writes down are nothing of the buyer's. A wording that is not known counts as added,
 * so that a person reads it; the shop can put it on its list. While the list is empty, nothing counts as added.
 * @returns the lines that were added; empty when there are none
 */
export const addedRemark = (remarks: string, defaults: readonly string[]): string => {
  if (defaults.length === 0) return '';
  // The longest first: one default text may contain another.
  const own = defaults.map(normalise).sort((a, b) => b.length - a.length);
  const rest = own.reduce((text, known) => text.split(known).join(''), normalise(remarks));
  return rest
    .split(/^(?=\[.*:\]$)/m)
    .flatMap((section) => {
      const lines = section.split('\n').filter((line) => line !== '' && !HEADING.test(line));
      return lines.filter((line) => !(section.startsWith(WISHED_DELIVERY) && isWish(line)));
    })
    .join('\n');
};

const isWish = (line: string): boolean => WISH_LINES.some((shape) => shape.test(line.normalize('NFKC')));

const normalise = (text: string): string =>
  text
    .split(/\r\n?|\n/)
    .map((line) => line.trim())
    .join('\n')
    .trim();

/** The buyer's remark of an order as it was stored. */
export const remarksOf = (snapshot: string): string => {
  const order: unknown = JSON.parse(snapshot);
  return order !== null &&
    typeof order === 'object' &&
    'remarks' in order &&
    typeof order.remarks === 'string'
    ? order.remarks
    : '';
};
