import fc from 'fast-check';
import { createLimits } from '../../src/sandbox/limits';

const RATE = { perSecond: 1, burst: 1, toleranceMs: 50 };

test('one request a second, 50 ms early at most, and being early now is paid for later', () => {
  let now = 0;
  const limits = createLimits(() => now);
  const at = (ms: number) => {
    now = ms;
    return limits.take('shop/order', RATE);
  };
  expect([at(0), at(900), at(955), at(1_940), at(1_955)]).toEqual([true, false, true, false, true]);
  expect([at(10_000), at(10_001)]).toEqual([true, false]);
  expect(limits.take('other/order', RATE)).toBe(true);
});

test('however requests come, no more pass than rate and burst allow', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 200 }),
      fc.integer({ min: 1, max: 5 }),
      (gaps, burst) => {
        let now = 0;
        const limits = createLimits(() => now);
        const passed = gaps.filter((gap) => {
          now += gap;
          return limits.take('bucket', { ...RATE, burst });
        });
        expect(passed.length).toBeLessThanOrEqual(burst + Math.floor((now + RATE.toleranceMs) / 1000));
      },
    ),
  );
});

test('requests that overtake each other inside are judged as they came: what keeps the rate passes in any order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 950, max: 1_600 }), fc.integer({ min: 0, max: 1_000_000 })), {
        minLength: 2,
        maxLength: 6,
      }),
      (requests) => {
        let at = 0;
        const arrivals = requests.map(([gap, rank]) => {
          at += gap;
          return { at, rank };
        });
        const limits = createLimits();
        const judged = pairsOf(arrivals).flatMap((pair) => pair.sort((a, b) => a.rank - b.rank));
        expect(judged.filter((one) => !limits.take('bucket', { ...RATE, perSecond: 2 }, one.at))).toEqual([]);
      },
    ),
  );
});

test('one that came too soon is refused whichever of the two is judged first', () => {
  for (const order of [
    [0, 400],
    [400, 0],
  ]) {
    const limits = createLimits();
    expect(order.map((at) => limits.take('bucket', RATE, at))).toEqual([true, false]);
  }
});

const pairsOf = <T>(list: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(list.length / 2) }, (_, index) => list.slice(2 * index, 2 * index + 2));
