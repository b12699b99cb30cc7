import fc from 'fast-check';
import { endOfJstDay, jstDay } from '../../src/domain/jst';

test('a day in Japan begins at 15:00 UTC of the day before', () => {
  expect(jstDay(new Date('2026-06-30T14:59:59.999Z'))).toBe('2026-06-30');
  expect(jstDay(new Date('2026-06-30T15:00:00.000Z'))).toBe('2026-07-01');
});

test('years and leap days turn over in Japan', () => {
  expect(jstDay(new Date('2027-12-31T15:00:00.000Z'))).toBe('2028-01-01');
  expect(jstDay(new Date('2028-02-28T15:00:00.000Z'))).toBe('2028-02-29');
});

test('the end of a day is its last millisecond', () => {
  expect(endOfJstDay('2026-07-01').toISOString()).toBe('2026-07-01T14:59:59.999Z');
});

test('every instant lies in the day it is said to be in', () => {
  const instants = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(instants, (at) => {
      const end = endOfJstDay(jstDay(at));
      expect(at.getTime()).toBeLessThanOrEqual(end.getTime());
      expect(end.getTime() - at.getTime()).toBeLessThan(86_400_000);
      expect(jstDay(new Date(end.getTime() + 1))).not.toBe(jstDay(at));
    }),
  );
});
