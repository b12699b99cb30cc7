/**
 * Personal data as it is shown to people who need not see it: enough to tell two buyers apart, too little to reach one.
 * A mask has one length, so that it does not tell that of what it hides. What is empty stays empty.
 */

/** Stands for one hidden part of a name or text, whatever its length. */
const HIDDEN = '＊＊';
const HIDDEN_TEXT = '＊＊＊';
const HIDDEN_DIGITS = '＊＊＊＊';

type Text = string | null | undefined;

/** What a reader takes for one character: surrogate pairs, ｶﾞ in half width and variants of a kanji stay in one piece. */
const letters = new Intl.Segmenter('ja', { granularity: 'grapheme' });

/** The first character of a text that has more than one; of others nothing, since it would be all. */
const firstOf = (text: string): string => {
  const [first, second] = letters.segment(text.trim());
  return first === undefined || second === undefined ? '' : first.segment;
};

const masked = (text: Text, mask: (text: string) => string): string | null => {
  if (text === null || text === undefined) return null;
  return text.trim() === '' ? '' : mask(text);
};

/** A family name, also in kana: its first character stays. `山田` → `山＊＊` */
export const maskFamilyName = (name: Text): string | null =>
  masked(name, (text) => `${firstOf(text)}${HIDDEN}`);

/** A first name, also in kana: nothing stays. */
export const maskFirstName = (name: Text): string | null => masked(name, () => HIDDEN);

/** Free text, a street, a postal code: nothing stays. */
export const maskText = (text: Text): string | null => masked(text, () => HIDDEN_TEXT);

const THREE_PARTS = /^(\d{2,4})-\d{2,}-(\d{4})$/;
const ENOUGH_DIGITS = 10;

/** A phone number with hyphens: its beginning and its last four digits stay. `090-1111-1234` → `090-＊＊＊＊-1234` */
export const maskPhone = (phone: Text): string | null =>
  masked(phone, (text) => {
    const number = text.normalize('NFKC').trim();
    const [, head, tail] = THREE_PARTS.exec(number) ?? [];
    const digits = number.replace(/\D/g, '');
    if (digits.length < ENOUGH_DIGITS) return HIDDEN_DIGITS;
    return head === undefined || tail === undefined
      ? `${HIDDEN_DIGITS}${digits.slice(-4)}`
      : `${head}-${HIDDEN_DIGITS}-${tail}`;
  });

/** A mail address: the first character and what follows the `@` stay. `taro@example.com` → `t＊＊＊@example.com` */
export const maskMail = (mail: Text): string | null =>
  masked(mail, (text) => {
    const at = text.lastIndexOf('@');
    return at < 0 ? HIDDEN_TEXT : `${firstOf(text.slice(0, at))}${HIDDEN_TEXT}${text.slice(at).trim()}`;
  });

/** The names of Japan's prefectures have this form; whoever wrote more into the field wrote more than a prefecture. */
const PREFECTURE = /^(東京都|北海道|(京都|大阪)府|\p{Script=Han}{2,3}県)$/u;

/** A prefecture stays as it is; anything else in its field is hidden. */
export const maskPrefecture = (prefecture: Text): string | null =>
  masked(prefecture, (text) => (PREFECTURE.test(text.trim()) ? text.trim() : HIDDEN_TEXT));
