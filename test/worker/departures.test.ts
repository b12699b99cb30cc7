import { setTimeout as sleep } from 'node:timers/promises';
import { type Departures, departuresOfThisProcess } from '../../src/worker/departures';

const INTERVAL_MS = 200;
/** Between a request's departure and our look at the clock. */
const LOOK_MS = 5;

const inTime = { intervalMs: INTERVAL_MS, isLate: () => false, tell: async (): Promise<void> => undefined };

/** When a request left, in milliseconds. */
const left = async (departures: Departures, what = 'tea/order', departure = inTime): Promise<number> => {
  await departures.leave(what, departure);
  return performance.now();
};

/** Lets nothing else of this process run. */
const block = (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

test('a request that tells the others first that it is late keeps the next one its distance from when it really leaves', async () => {
  const departures = departuresOfThisProcess();
  const told: number[] = [];
  const tell = async () => {
    await sleep(INTERVAL_MS - 50);
    told.push(performance.now());
  };
  const late = left(departures, 'tea/order', { ...inTime, isLate: () => true, tell });
  const first = await late;
  const second = await left(departures);
  expect(told).toHaveLength(1);
  expect(first).toBeGreaterThanOrEqual(told[0] ?? Number.POSITIVE_INFINITY);
  expect(second - first).toBeGreaterThan(INTERVAL_MS - LOOK_MS);
});

test('a request that overslept keeps the next one its distance from when it woke', async () => {
  const departures = departuresOfThisProcess();
  await left(departures);
  const second = left(departures);
  setTimeout(() => block(INTERVAL_MS), INTERVAL_MS - 50);
  const [secondAt, thirdAt] = await Promise.all([second, second.then(() => left(departures))]);
  expect(thirdAt - secondAt).toBeGreaterThan(INTERVAL_MS - LOOK_MS);
});

test('requests that wait together leave one by one, and those of another shop do not wait for them', async () => {
  const departures = departuresOfThisProcess();
  const begun = performance.now();
  const [other, ...own] = await Promise.all([
    left(departures, 'coffee/order'),
    ...Array.from({ length: 4 }, () => left(departures)),
  ]);
  expect(other - begun).toBeLessThan(INTERVAL_MS);
  const sorted = own.sort((a, b) => a - b);
  for (const [index, at] of sorted.slice(1).entries())
    expect(at - (sorted[index] ?? at)).toBeGreaterThan(INTERVAL_MS - LOOK_MS);
});
