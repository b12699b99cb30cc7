import { lookupText } from '../../src/domain/lookup';

test.each([
  ['山田 太郎', '山田　太郎'],
  ['山田太郎', '山田 太郎'],
  ['03-1234-5678', '0312345678'],
  ['０３‐１２３４−５６７８', '03-1234-5678'],
  ['Taro@Example.com', 'taro@example.COM '],
  ['ﾔﾏﾀﾞ', 'ヤマダ'],
])('%s is found by %s', (stored, asked) => {
  expect(lookupText(asked)).toBe(lookupText(stored));
});

test('a long vowel is no hyphen', () => {
  expect(lookupText('スー')).not.toBe(lookupText('ス'));
});
