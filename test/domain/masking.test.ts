import fc from 'fast-check';
import {
  maskFamilyName,
  maskFirstName,
  maskMail,
  maskPhone,
  maskPrefecture,
  maskText,
} from '../../src/domain/masking';

const letters = new Intl.Segmenter('ja', { granularity: 'grapheme' });
const lettersOf = (text: string): string[] => [...letters.segment(text)].map(({ segment }) => segment);

describe('what is left of a value', () => {
  test.each([
    ['山田', '山＊＊'],
    ['山', '＊＊'],
    ['𠮷野', '𠮷＊＊'],
    ['𠮷', '＊＊'],
    ['ﾔﾏﾀﾞ', 'ﾔ＊＊'],
    ['ﾀﾞﾃ', 'ﾀﾞ＊＊'],
    ['葛\u{E0100}城', '葛\u{E0100}＊＊'],
    [' 山田 ', '山＊＊'],
    ['', ''],
    ['　', ''],
    [null, null],
    [undefined, null],
  ])('family name %s: %s', (name, shown) => {
    expect(maskFamilyName(name)).toBe(shown);
  });

  test.each([
    ['090-1111-1234', '090-＊＊＊＊-1234'],
    ['03-1234-5678', '03-＊＊＊＊-5678'],
    ['０９０-１１１１-１２３４', '090-＊＊＊＊-1234'],
    ['09011111234', '＊＊＊＊1234'],
    // One digit in the middle would be guessed.
    ['01267-2-3456', '＊＊＊＊3456'],
    ['1234-5678', '＊＊＊＊'],
    ['内線12', '＊＊＊＊'],
    ['', ''],
    [null, null],
  ])('phone number %s: %s', (phone, shown) => {
    expect(maskPhone(phone)).toBe(shown);
  });

  test.each([
    ['taro@example.com', 't＊＊＊@example.com'],
    ['t@example.com', '＊＊＊@example.com'],
    ['"a@b"@example.com', '"＊＊＊@example.com'],
    ['taro', '＊＊＊'],
    ['', ''],
    [null, null],
  ])('mail address %s: %s', (mail, shown) => {
    expect(maskMail(mail)).toBe(shown);
  });

  test.each([
    ['東京都', '東京都'],
    ['神奈川県', '神奈川県'],
    ['京都府', '京都府'],
    ['東京都港区1-2-3', '＊＊＊'],
    ['', ''],
    [null, null],
  ])('prefecture %s: %s', (prefecture, shown) => {
    expect(maskPrefecture(prefecture)).toBe(shown);
  });

  test('of first names, streets and remarks nothing, and not their length', () => {
    expect(maskFirstName('太郎')).toBe(maskFirstName('宗右衛門'));
    expect(maskText('玉川1丁目')).toBe(maskText('の'));
  });
});

/** Any text that people and programs put into a field, kanji beyond the basic plane and half-width kana among it. */
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({
    unit: fc.constantFrom('山', '𠮷', 'ﾀ', 'ﾞ', 'a', '1', '-', '@', ' ', '　', '葛\u{E0100}'),
    maxLength: 20,
  }),
);
const shown = (masked: string | null): string => (masked ?? '').replaceAll('＊', '');

describe('no mask shows more than it may', () => {
  test('of a family name one character, and never all of it', () =>
    fc.assert(
      fc.property(anyText, (name) => {
        const left = shown(maskFamilyName(name));
        expect(lettersOf(left).length).toBeLessThanOrEqual(1);
        if (name.trim() !== '' && !name.includes('＊')) expect(left).not.toBe(name.trim());
      }),
    ));

  test('of a first name and of text nothing', () =>
    fc.assert(
      fc.property(anyText, (text) => {
        expect(shown(maskFirstName(text)) + shown(maskText(text))).toBe('');
      }),
    ));

  test('of a phone number at most four digits at its beginning and four at its end', () => {
    const digits = (min: number, max: number) =>
      fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: min, maxLength: max });
    const phones = fc.tuple(digits(0, 6), digits(0, 6), digits(0, 6)).map((parts) => parts.join('-'));
    fc.assert(
      fc.property(fc.oneof(phones, anyText), (phone) => {
        expect(shown(maskPhone(phone)).replace(/-/g, '')).toMatch(/^(\d{2,4}\d{4}|\d{4}|)$/);
        const all = phone.normalize('NFKC').replace(/\D/g, '').length;
        expect(shown(maskPhone(phone)).replace(/\D/g, '').length).toBeLessThanOrEqual(Math.max(0, all - 2));
      }),
    );
  });

  test('of a mail address one character before the @', () =>
    fc.assert(
      fc.property(anyText, anyText, (local, domain) => {
        const masked = shown(maskMail(`${local}@${domain.replaceAll('@', '')}`));
        expect(lettersOf(masked.slice(0, masked.lastIndexOf('@'))).length).toBeLessThanOrEqual(1);
      }),
    ));

  test('a prefecture shows as such or not at all', () =>
    fc.assert(
      fc.property(anyText, (text) => {
        expect(shown(maskPrefecture(text))).toBe('');
      }),
    ));
});
