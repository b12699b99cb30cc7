import fc from 'fast-check';
import type { ShippingCalendar } from '../../src/domain/calendar';
import {
  addDays,
  countsForDay,
  isWorkingDay,
  lastWorkingDayAt,
  nextWorkingDay,
} from '../../src/domain/calendar';
import { jstDay, jstInstant, jstTime } from '../../src/domain/jst';
import { calendar } from './shop-calendar';

const at = (text: string): Date => new Date(`${text}+09:00`);

describe('a shop ships', () => {
  it('on weekdays that are not closed, in Japan', () => {
    const week = [
      '2026-07-05',
      '2026-07-06',
      '2026-07-07',
      '2026-07-08',
      '2026-07-09',
      '2026-07-10',
      '2026-07-11',
    ];
    expect(week.map((day) => isWorkingDay(day, calendar()))).toEqual([
      false,
      true,
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  it.each([
    ['a holiday', '2026-07-20'],
    ['a substitute holiday', '2026-05-06'],
    ['a day between two holidays', '2026-09-22'],
    ['the first of January', '2027-01-01'],
  ])('not on %s, unless it works on public holidays', (_what, day) => {
    expect(isWorkingDay(day, calendar())).toBe(false);
    expect(isWorkingDay(day, calendar({ closedOnPublicHolidays: false }))).toBe(true);
  });

  it('not on the days that it closes besides', () => {
    expect(isWorkingDay('2026-08-13', calendar())).toBe(true);
    expect(isWorkingDay('2026-08-13', calendar({ closedDays: ['2026-08-13'] }))).toBe(false);
  });
});

describe('working days are counted', () => {
  it('over a weekend and three holidays in a row', () => {
    expect(nextWorkingDay('2026-09-18', calendar(), 1)).toBe('2026-09-24');
  });

  it('from the day itself, or from the next one that is open', () => {
    expect(nextWorkingDay('2026-07-03', calendar(), 0)).toBe('2026-07-03');
    expect(nextWorkingDay('2026-07-04', calendar(), 0)).toBe('2026-07-06');
    expect(nextWorkingDay('2026-07-04', calendar(), 1)).toBe('2026-07-07');
  });

  it('backwards to the day itself, or to the last one that was open', () => {
    expect(lastWorkingDayAt('2026-07-03', calendar())).toBe('2026-07-03');
    expect(lastWorkingDayAt('2026-07-05', calendar())).toBe('2026-07-03');
  });

  it('over the turn of a year and a leap day', () => {
    const newYear = calendar({ closedDays: ['2027-12-29', '2027-12-30', '2027-12-31', '2028-01-03'] });
    expect(nextWorkingDay('2027-12-28', newYear, 1)).toBe('2028-01-04');
    expect(nextWorkingDay('2028-02-28', newYear, 1)).toBe('2028-02-29');
    expect(addDays('2028-03-01', -1)).toBe('2028-02-29');
  });

  it('no further than a year of closed days', () => {
    const closedDays = Array.from({ length: 400 }, (_, days) => addDays('2026-07-01', days));
    const closed = calendar({ closedDays, closedWeekdays: [] });
    expect(nextWorkingDay('2026-07-01', closed, 0)).toBeUndefined();
    expect(nextWorkingDay('2026-06-30', closed, 1)).toBeUndefined();
    expect(lastWorkingDayAt('2027-08-04', closed)).toBeUndefined();
    expect(countsForDay(at('2026-07-10T09:00:00'), closed)).toBeUndefined();
  });
});

describe('an order counts', () => {
  it.each([
    ['for its day before the cut-off', '2026-07-03T11:59:59', '2026-07-03'],
    ['for the next working day from the cut-off on', '2026-07-03T12:00:00', '2026-07-06'],
    ['for its day just after midnight in Japan', '2026-07-03T00:00:00', '2026-07-03'],
    ['for the next day just before midnight', '2026-07-02T23:59:59', '2026-07-03'],
    [
      'for Monday when it comes in on a weekend, before or after the cut-off',
      '2026-07-04T15:00:00',
      '2026-07-06',
    ],
    ['for Monday when it comes in on a Sunday morning', '2026-07-05T09:00:00', '2026-07-06'],
  ])('%s', (_when, placed, day) => {
    expect(countsForDay(at(placed), calendar())).toBe(day);
  });
});

describe('whatever the shop closes', () => {
  const days = fc
    .date({ min: new Date('2020-01-01'), max: new Date('2048-01-01'), noInvalidDate: true })
    .map(jstDay);
  const calendars: fc.Arbitrary<ShippingCalendar> = fc
    .record({
      closedWeekdays: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { maxLength: 6 }),
      closedOnPublicHolidays: fc.boolean(),
      closedDays: fc.array(days, { maxLength: 20 }),
      shippingCutoff: fc
        .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
        .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`),
    })
    .map(calendar);

  it('a later working day is a working day, never earlier, with so many working days in between', () => {
    fc.assert(
      fc.property(days, calendars, fc.integer({ min: 0, max: 12 }), (day, shop, n) => {
        const found = nextWorkingDay(day, shop, n) ?? '';
        expect(isWorkingDay(found, shop)).toBe(true);
        expect(found >= day).toBe(true);
        let between = 0;
        for (let each = day; each < found; each = addDays(each, 1))
          if (isWorkingDay(each, shop)) between += 1;
        expect(between).toBe(n);
      }),
    );
  });

  it('the last working day is a working day, never later, with none in between', () => {
    fc.assert(
      fc.property(days, calendars, (day, shop) => {
        const found = lastWorkingDayAt(day, shop) ?? '';
        expect(isWorkingDay(found, shop)).toBe(true);
        expect(found <= day).toBe(true);
        for (let each = addDays(found, 1); each <= day; each = addDays(each, 1))
          expect(isWorkingDay(each, shop)).toBe(false);
      }),
    );
  });

  it('an order never counts for a day before it came in, nor for its own day after the cut-off', () => {
    fc.assert(
      fc.property(days, calendars, fc.integer({ min: 0, max: 86_399 }), (day, shop, second) => {
        const placed = new Date(jstInstant(day, '00:00').getTime() + second * 1000);
        const counted = countsForDay(placed, shop) ?? '';
        expect(isWorkingDay(counted, shop)).toBe(true);
        expect(counted > day || (counted === day && jstTime(placed) < shop.shippingCutoff)).toBe(true);
      }),
    );
  });
});
