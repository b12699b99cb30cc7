import { type ClockReading, noteClock, readClock, UNSEEN_CLOCK } from '../../src/domain/clock-offset';

const read = (aheadSeconds: number, withinSeconds = 1): ClockReading => ({ aheadSeconds, withinSeconds });

/** What is told after each of these answers. */
const told = (readings: readonly ClockReading[]) => {
  let state = UNSEEN_CLOCK;
  return readings.map((reading) => {
    const noted = noteClock(state, reading);
    ({ state } = noted);
    return noted.news;
  });
};
const times = (count: number, reading: ClockReading) => Array<ClockReading>(count).fill(reading);
const news = (readings: readonly ClockReading[]) => told(readings).filter((one) => one !== undefined);

test('half of the way of an answer is Rakuten’s, and it writes whole seconds', () => {
  expect(readClock(100_000, 100_000, 101_000)).toEqual({ aheadSeconds: 0, withinSeconds: 1 });
  expect(readClock(undefined, 0, 0)).toBeUndefined();
});

test('five answers in a row raise it, once', () => {
  expect(told(times(7, read(120)))).toEqual([
    ...Array(4).fill(undefined),
    { aheadSeconds: 120 },
    undefined,
    undefined,
  ]);
  expect(news(times(7, read(-120)))).toEqual([{ aheadSeconds: -120 }]);
});

test('one odd answer among right ones, or among wrong ones, is not believed', () => {
  expect(news([...times(4, read(120)), read(0), ...times(4, read(120))])).toEqual([]);
  expect(news([...times(5, read(120)), ...times(4, read(0)), read(120)])).toEqual([{ aheadSeconds: 120 }]);
});

test('a busy machine, whose answers take long, proves nothing', () => {
  expect(news(times(20, read(120, 70)))).toEqual([]);
});

test('it is over below 30 seconds, not between 30 and 60', () => {
  const off = times(5, read(120));
  expect(news([...off, ...times(9, read(45))])).toEqual([{ aheadSeconds: 120 }]);
  expect(news([...off, ...times(5, read(20))])).toEqual([{ aheadSeconds: 120 }, 'right']);
});

test('a clock that is right is told once, so that what an earlier process said is taken back', () => {
  expect(news(times(20, read(0)))).toEqual(['right']);
});

test('one that drifts on is told anew', () => {
  expect(news([...times(5, read(120)), ...times(9, read(140)), ...times(9, read(160))])).toEqual([
    { aheadSeconds: 120 },
    { aheadSeconds: 160 },
  ]);
});
