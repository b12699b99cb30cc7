import { asJson, type Figure, fromJson, lines, met } from '../../bench/support/figures';
import { grown } from '../../bench/support/statements';

const slow: Figure = { what: 'slow', value: 3, unit: 's', floor: 2, aim: { atMost: 2.5 } };
const unknown: Figure = { what: 'unknown', value: Number.NaN, unit: 's', aim: { atMost: 1 } };

it('a figure that was written down says the same when it is read again', () => {
  const figures = [slow, unknown];
  expect(asJson(figures).map(fromJson)).toEqual(figures);
  expect(asJson(figures)).toMatchObject([
    { ratio: 1.5, met: false },
    { value: null, met: false },
  ]);
});

it('what could not be measured misses its aim', () => {
  expect(met(unknown)).toBe(false);
  expect(lines([unknown]).at(-1)).toMatch(/not measured .*MISSED/);
});

it('a statement counts as grown by the pages of one call, however often it is made', () => {
  const one = { query: 'q', ms: 0 };
  const before = [
    { ...one, id: 'same', calls: 1, blocks: 4 },
    { ...one, id: 'scan', calls: 2, blocks: 8 },
  ];
  const after = [
    { ...one, id: 'same', calls: 10, blocks: 40 },
    { ...one, id: 'scan', calls: 2, blocks: 80 },
  ];
  expect(grown(before, after)).toEqual([{ query: 'q', before: 4, after: 40, more: 72 }]);
});
