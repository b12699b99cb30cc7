import type { Circumstances } from '../../src/domain/reconciliation';
import {
  CAUSE_CODES,
  causesOf,
  isDifferent,
  leftBecause,
  percentCompared,
} from '../../src/domain/reconciliation';
import { isTextCode } from '../../src/domain/texts';

const seen = (change: Partial<Circumstances> = {}): Circumstances => ({
  theirs: 5,
  ours: 8,
  storable: true,
  syncOff: false,
  waiting: false,
  refusedWith: undefined,
  moving: false,
  inFlight: undefined,
  oversoldBy: 0,
  ...change,
});
const codes = (change: Partial<Circumstances>) => causesOf(seen(change)).map(({ code }) => code);

test.each<[Partial<Circumstances>, string[]]>([
  [{}, ['unexplained']],
  [{ ours: undefined }, ['no_opening_balance']],
  [{ theirs: undefined }, ['no_record']],
  [{ theirs: undefined, storable: false }, ['pair_not_storable']],
  [{ syncOff: true, waiting: true }, ['sync_off', 'waiting']],
  [{ moving: true }, ['moving']],
  [{ oversoldBy: 2 }, ['unexplained', 'oversold']],
  [{ waiting: true, inFlight: { units: 1, orderNumbers: ['1'] } }, ['waiting', 'orders_in_flight']],
])('%j is told as %j', (change, expected) => {
  expect(codes(change)).toEqual(expected);
});

test('what Rakuten refused is told with its code', () => {
  expect(causesOf(seen({ refusedWith: 'IE0001' }))).toEqual([{ code: 'refused', rakutenCode: 'IE0001' }]);
});

test('two numbers differ when one is missing, but not when both are; of names that hold no stock ours alone counts', () => {
  const of = (theirs?: number, ours?: number, storable = true) => isDifferent({ theirs, ours, storable });
  expect([of(1, 1), of(1, 2), of(undefined, 0), of(0), of()]).toEqual([false, true, true, true, false]);
  expect([of(undefined, 3, false), of(undefined, undefined, false)]).toEqual([true, false]);
});

test('a set, a missing record and a missing balance are left by the direction that cannot mend them', () => {
  const one = { theirs: 1, ours: 2, causes: [], parts: [{ skuCode: 'A', units: 1 }] };
  const set = { ...one, parts: [...one.parts, { skuCode: 'B', units: 1 }] };
  const double = { ...one, parts: [{ skuCode: 'A', units: 2 }] };
  expect([one, set, double].map((row) => leftBecause(row, 'adopt'))).toEqual([undefined, 'set', 'set']);
  expect([one, set, double].map((row) => leftBecause(row, 'publish'))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(leftBecause({ ...one, theirs: null }, 'adopt')).toBe('no_record');
  expect(leftBecause({ ...one, theirs: null }, 'publish')).toBeUndefined();
  expect(leftBecause({ ...one, ours: null }, 'publish')).toBe('no_opening_balance');
  expect(leftBecause({ ...one, ours: null }, 'adopt')).toBeUndefined();
  expect(leftBecause({ ...one, parts: undefined }, 'publish')).toBe('link_gone');
  expect(leftBecause({ ...one, causes: [{ code: 'pair_not_storable' }] }, 'publish')).toBe(
    'pair_not_storable',
  );
});

test('every cause has its wording', () => {
  expect(CAUSE_CODES.filter((code) => !isTextCode(`difference.${code}`))).toEqual([]);
});

test('a comparison is complete only when it is done', () => {
  expect([
    percentCompared(0, 0, false),
    percentCompared(7, 7, false),
    percentCompared(1, 3, false),
    percentCompared(0, 0, true),
  ]).toEqual([0, 99, 33, 100]);
});
