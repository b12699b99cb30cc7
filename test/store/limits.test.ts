import { delaySlots, setSpacing, takeSlot } from '../../src/store/limits';
import type { TestStore } from './store';
import { startStore } from './store';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.close());

/** When the taken slots begin, on the server's clock of the test: waits are counted from the moment of the answer. */
const starts = async (waits: readonly Promise<number>[]): Promise<number[]> => {
  const at = await Promise.all(waits.map(async (wait) => (await wait) + performance.now()));
  return at.sort((a, b) => a - b);
};
/** What an answer may be late, in milliseconds. */
const SLACK = 5_000;
const MINUTE = 60_000;

test('the first slot is free at once', async () => {
  expect(await takeSlot(store.db, 'tea', 'fresh', MINUTE)).toBeLessThan(SLACK);
});

test('slots of two processes follow each other by the interval, never two in one', async () => {
  const [one, two] = [store.another(), store.another()];
  const waits = Array.from({ length: 12 }, (_, index) =>
    takeSlot(index % 2 === 0 ? one.db : two.db, 'tea', 'order', MINUTE),
  );
  const at = await starts(waits);
  for (const [index, start] of at.slice(1).entries()) {
    expect(start - (at[index] ?? 0)).toBeGreaterThan(MINUTE - SLACK);
    expect(start - (at[index] ?? 0)).toBeLessThan(MINUTE + SLACK);
  }
});

test('shops and families do not wait for each other', async () => {
  await takeSlot(store.db, 'tea', 'a', MINUTE);
  expect(await takeSlot(store.db, 'tea', 'b', MINUTE)).toBeLessThan(SLACK);
  expect(await takeSlot(store.db, 'cake', 'a', MINUTE)).toBeLessThan(SLACK);
});

test('the spacing of the row counts, not that of the process', async () => {
  await setSpacing(store.db, 'tea', 'spaced', 2 * MINUTE);
  expect(await takeSlot(store.db, 'tea', 'spaced', 1)).toBeLessThan(SLACK);
  const second = await takeSlot(store.db, 'tea', 'spaced', 1);
  expect(second).toBeGreaterThan(2 * MINUTE - SLACK);
  expect(second).toBeLessThanOrEqual(2 * MINUTE);
});

test('when Rakuten asks for less the next slot is kept back, but never brought forward', async () => {
  await takeSlot(store.db, 'tea', 'busy', MINUTE);
  await delaySlots(store.db, 'tea', 'busy', 10 * MINUTE);
  await delaySlots(store.db, 'tea', 'busy', 10);
  const wait = await takeSlot(store.db, 'tea', 'busy', MINUTE);
  expect(wait).toBeGreaterThan(10 * MINUTE - SLACK);
  expect(wait).toBeLessThanOrEqual(10 * MINUTE);
});

test('time without calls is not saved up: after a pause one slot is free, not several', async () => {
  await takeSlot(store.db, 'tea', 'pause', MINUTE);
  await store.pool.query("update rate_limits set free_at = now() - interval '1 hour' where family = 'pause'");
  expect(await takeSlot(store.db, 'tea', 'pause', MINUTE)).toBeLessThan(SLACK);
  expect(await takeSlot(store.db, 'tea', 'pause', MINUTE)).toBeGreaterThan(MINUTE - SLACK);
});
