import { merged, type Part, type Results } from '../../bench/support/results';

const ORDER = ['engine', 'drain', 'growth'];
const part = (name: string, seconds: number): Part => ({
  ...{ name, title: name, command: `npm run bench -- ${name}`, date: '2026-11-29T00:00:00Z', commit: 'abc' },
  ...{ loadBefore: 0.1, seconds, figures: [] },
});
const results = (parts: Part[], cores = 2, small = false): Results => ({
  small,
  machine: {
    ...{ cores, cpu: 'a', memoryGb: 8, os: 'Linux', node: '20', temporal: '1', postgres: '18' },
  },
  parts,
});
const before = results([part('growth', 1), part('engine', 1)]);

test('parts that are measured again take the place of the old ones, and the others stay, in the order in which people ask', () => {
  const { parts } = merged(before, results([part('engine', 2), part('drain', 2)]), ORDER);
  expect(parts.map(({ name, seconds }) => [name, seconds])).toEqual([
    ['engine', 2],
    ['drain', 2],
    ['growth', 1],
  ]);
});

test.each([
  ['another machine', results([part('engine', 2)], 4)],
  ['another size', results([part('engine', 2)], 2, true)],
])('what was measured on %s does not stay', (_what, now) => {
  expect(merged(before, now, ORDER).parts).toEqual(now.parts);
});

test('the first results are written down as they are', () => {
  expect(merged(undefined, before, [])).toEqual(before);
});
