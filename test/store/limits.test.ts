import { closeCircuit, openCircuit } from '../../src/store/circuits';
import {
  beginSending,
  isParked,
  type Pace,
  sendLate,
  slowDown,
  speedUp,
  takeSlot,
} from '../../src/store/limits';
import { changeSettings } from '../../src/store/shops';
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

/** Slots this far apart where the shop names no rate. */
const pace = (ms: number) => ({ usualMs: ms, atOneMs: ms });

/** Takes a slot of a shop that is not parked. */
const slotOf = async (shopId: string, family: string, at: Pace = pace(MINUTE), db = store.db) => {
  const slot = await takeSlot(db, shopId, family, at);
  if (isParked(slot)) throw new Error(`${shopId} is parked`);
  return slot;
};
/** Takes a slot of the tea shop; the milliseconds until it begins. */
const take = async (family: string): Promise<number> => (await slotOf('tea', family)).waitMs;
/** A request of the tea shop is about to leave; the milliseconds until it may. */
const begin = async (family: string, db = store.db): Promise<number> => {
  const begun = await beginSending(db, 'tea', family, MINUTE);
  if (isParked(begun)) throw new Error('The shop is parked');
  return begun.waitMs;
};

test('the first slot is free at once', async () => {
  expect(await take('fresh')).toBeLessThan(SLACK);
});

test('slots of two processes follow each other by the interval, never two in one', async () => {
  const [one, two] = [store.another(), store.another()];
  const waits = Array.from({ length: 12 }, (_, index) =>
    slotOf('tea', 'order', pace(MINUTE), index % 2 === 0 ? one.db : two.db).then(({ waitMs }) => waitMs),
  );
  const at = await starts(waits);
  for (const [index, start] of at.slice(1).entries()) {
    expect(start - (at[index] ?? 0)).toBeGreaterThan(MINUTE - SLACK);
    expect(start - (at[index] ?? 0)).toBeLessThan(MINUTE + SLACK);
  }
});

test('shops and families do not wait for each other', async () => {
  await take('a');
  expect(await take('b')).toBeLessThan(SLACK);
  expect((await slotOf('cake', 'a')).waitMs).toBeLessThan(SLACK);
});

test('when Rakuten asks for less the next slot is kept back, but never brought forward', async () => {
  await take('busy');
  await slowDown(store.db, 'tea', 'busy', 10 * MINUTE);
  await slowDown(store.db, 'tea', 'busy', 10);
  const wait = await take('busy');
  expect(wait).toBeGreaterThan(10 * MINUTE - SLACK);
  expect(wait).toBeLessThanOrEqual(10 * MINUTE);
});

test('after it asked for less the slots stand wider apart, and success narrows them down to the usual again', async () => {
  await take('wide');
  await slowDown(store.db, 'tea', 'wide', 0);
  await take('wide');
  const widened = await take('wide');
  expect(widened).toBeGreaterThan(2.4 * MINUTE);
  await store.pool.query("update rate_limits set free_at = now() where family = 'wide'");
  for (let step = 0; step < 20; step += 1) await speedUp(store.db, 'tea', 'wide');
  expect(await slotOf('tea', 'wide')).toMatchObject({ slowness: 1 });
  const usual = await take('wide');
  expect(usual).toBeGreaterThan(MINUTE - SLACK);
  expect(usual).toBeLessThanOrEqual(MINUTE);
});

test('however often it asks for less, the slots never stand more than sixteen times apart', async () => {
  await take('widest');
  for (let step = 0; step < 20; step += 1) await slowDown(store.db, 'tea', 'widest', 0);
  expect(await slotOf('tea', 'widest')).toMatchObject({ slowness: 16 });
});

test('whoever sends late keeps the next request its distance, although that had taken its slot before', async () => {
  const [one, two] = [store.another(), store.another()];
  await slotOf('tea', 'late', pace(MINUTE), one.db);
  await slotOf('tea', 'late', pace(MINUTE), two.db);
  expect(await begin('late', one.db)).toBeLessThan(5);
  const rest = await begin('late', two.db);
  expect(rest).toBeGreaterThan(MINUTE - SLACK);
  expect(rest).toBeLessThanOrEqual(MINUTE);
});

test('a request that overslept its turn is the one that the next keeps its distance from', async () => {
  await take('overslept');
  await store.pool.query(
    "update rate_limits set sent_at = now() - interval '30 seconds' where family = 'overslept'",
  );
  await sendLate(store.db, 'tea', 'overslept');
  expect(await begin('overslept')).toBeGreaterThan(MINUTE - SLACK);
});

test('requests that leave on time are not kept back', async () => {
  await take('punctual');
  await store.pool.query(
    "update rate_limits set sent_at = now() - interval '1 minute' where family = 'punctual'",
  );
  expect(await begin('punctual')).toBeLessThan(5);
});

test('time without calls is not saved up: after a pause one slot is free, not several', async () => {
  await take('pause');
  await store.pool.query("update rate_limits set free_at = now() - interval '1 hour' where family = 'pause'");
  expect(await take('pause')).toBeLessThan(SLACK);
  expect(await take('pause')).toBeGreaterThan(MINUTE - SLACK);
});

test("a shop's own rate counts from the next slot on, for its family alone", async () => {
  await changeSettings(store.db, 'tea', { requestsPerSecond: { order: 4 } });
  const own = { usualMs: MINUTE, atOneMs: 2 * MINUTE };
  expect((await slotOf('tea', 'order', own)).intervalMs).toBe(MINUTE / 2);
  expect((await slotOf('tea', 'shop', own)).intervalMs).toBe(MINUTE);
  await changeSettings(store.db, 'tea', { requestsPerSecond: {} });
  expect((await slotOf('tea', 'order', own)).intervalMs).toBe(MINUTE);
});

test('a parked shop gives no turn, and one that was given before begins none; a probe has both', async () => {
  await take('parked');
  await store.pool.query("update rate_limits set free_at = now() where family = 'parked'");
  await openCircuit(store.db, 'tea', 'rakuten_down');
  const parked = { cause: 'rakuten_down', since: expect.any(Date) };
  const rows = async () =>
    (await store.pool.query("select free_at, sent_at from rate_limits where family = 'parked'")).rows;
  const before = await rows();
  expect(await takeSlot(store.db, 'tea', 'parked', pace(MINUTE))).toEqual(parked);
  expect(await beginSending(store.db, 'tea', 'parked', MINUTE)).toEqual(parked);
  expect(await rows()).toEqual(before);
  expect(await takeSlot(store.db, 'cake', 'parked', pace(MINUTE))).toMatchObject({ intervalMs: MINUTE });
  const probe = [
    await takeSlot(store.db, 'tea', 'parked', pace(MINUTE), true),
    await beginSending(store.db, 'tea', 'parked', MINUTE, true),
  ];
  for (const turn of probe) expect('waitMs' in turn && turn.waitMs).toBeLessThan(SLACK);
  await closeCircuit(store.db, 'tea');
  expect(await take('parked')).toBeGreaterThan(MINUTE - SLACK);
});
