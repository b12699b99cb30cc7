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
