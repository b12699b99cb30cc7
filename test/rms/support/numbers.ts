const PREFIX = '100000-20260101-';

/** The order number of a tag: `no('late')` is a number that Rakuten can know, and always the same. */
export const no = (tag: string): string =>
  PREFIX +
  [...tag]
    .reduce((hash, char) => (hash * 31 + char.charCodeAt(0)) % 9_999_999_967, 7)
    .toString()
    .padStart(10, '0');

/** So many order numbers, all different. */
export const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${PREFIX}${String(index).padStart(10, '0')}`);
