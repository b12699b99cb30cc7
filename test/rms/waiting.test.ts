import fc from 'fast-check';
import { FLOW_CALLS, lingerAt, ripeAt, USUAL_LINGER } from '../../src/rms/ripeness';
import { byUrgency, type Urgency, WaitingList } from '../../src/rms/waiting';

const urgency = fc.record({
  rank: fc.constantFrom(0, 1),
  deadline: fc.oneof(fc.nat({ max: 5 }), fc.constant(Number.POSITIVE_INFINITY)),
  arrivedAt: fc.nat({ max: 5 }),
});

describe('the list of waiting calls', () => {
  test('is in order of urgency whatever comes and goes, and knows its keys and its oldest', () => {
    const step = fc.record({ urgency, key: fc.constantFrom('a', 'b', 'c'), leaves: fc.nat({ max: 3 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const list = new WaitingList<{ key: string; urgency: Urgency }>();
        let model: { key: string; urgency: Urgency }[] = [];
        for (const [place, { urgency: own, key, leaves }] of steps.entries()) {
          const entry = { key, urgency: { ...own, place } };
          list.add(entry, place);
          model.push(entry);
          const gone = leaves === 0 ? model[place % model.length] : undefined;
          if (gone !== undefined) {
            list.remove(gone);
            list.remove(gone);
            model = model.filter((other) => other !== gone);
          }
          expect(list.entries).toEqual([...model].sort((a, b) => byUrgency(a.urgency, b.urgency)));
          expect(list.keys).toBe(new Set(model.map((one) => one.key)).size);
          expect(list.oldest).toBe(model[0]);
        }
      }),
    );
  });
});

describe('a batch is worth its token', () => {
  const flow = (...arrivals: number[]) => ({
    full: false,
    waiting: arrivals.length,
    oldestAt: arrivals[0] ?? 0,
    arrivals,
    deadline: Number.POSITIVE_INFINITY,
  });
  const AT_ONCE = Number.NEGATIVE_INFINITY;

  test('at once when it is one call, or two', () => {
    expect(FLOW_CALLS).toBe(3);
    expect(ripeAt(flow(1000), USUAL_LINGER)).toBe(AT_ONCE);
    expect(ripeAt(flow(1000, 1001), USUAL_LINGER)).toBe(AT_ONCE);
  });

  test('at once when it is full', () => {
    expect(ripeAt({ ...flow(1000, 1001, 1002), full: true }, USUAL_LINGER)).toBe(AT_ONCE);
  });

  test('when the flow has ended, or its oldest call has waited long enough', () => {
    expect(ripeAt(flow(1000, 1001, 1002), USUAL_LINGER)).toBe(1000 + USUAL_LINGER.quietMs(3));
    const long = { ...flow(30_500, 30_501, 30_502), oldestAt: 1000 };
    expect(ripeAt(long, USUAL_LINGER)).toBe(1000 + USUAL_LINGER.longestMs);
  });

  test('a gap ends a small burst within seconds, and a large one later', () => {
    const gap = (waiting: number) => ripeAt({ ...flow(0, 1, 2), waiting }, USUAL_LINGER);
    expect([3, 10, 40, 99].map(gap)).toEqual([1_750, 3_500, 10_000, 10_000]);
  });

  test.each([
    ['one request a second, margin and all', 1_020, 10_000, 30_000],
    ['one in ten seconds', 10_000, 10_000, 30_000],
    ['ten a second', 100, 1_000, 3_000],
    ['a hundred a second', 10, 100, 300],
  ])('after as long as its token is worth: at %s', (_rate, intervalMs, quietMs, longestMs) => {
    const linger = lingerAt(USUAL_LINGER, intervalMs);
    const burst = { ...flow(0, 1, 2), waiting: 40 };
    expect(ripeAt(burst, linger)).toBe(quietMs);
    expect(ripeAt({ ...burst, oldestAt: -longestMs }, linger)).toBe(0);
  });

  test('at once when an order in it is pressing', () => {
    const pressing = { ...flow(1000, 1001, 1002), deadline: 1000 };
    expect(ripeAt(pressing, USUAL_LINGER)).toBeLessThan(1000);
  });
});
