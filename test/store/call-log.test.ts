import { appendCalls, callsOfOrder, forgetOldCalls, listCalls } from '../../src/store/call-log';
import { addUp, callTotals, totalsOf } from '../../src/store/call-totals';
import { rmsCalls } from '../../src/store/schema';
import { call } from './calls';
import type { TestStore } from './store';
import { startStore } from './store';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  await store.pool.query('truncate rms_calls, rms_call_totals');
});

const at = (minute: number): Date => new Date(Date.UTC(2026, 6, 1, 1, minute));

test('workers that write at once add up, whatever order their requests came in', async () => {
  const mixed = ['getOrder', 'confirmOrder', 'searchOrder'].flatMap((operation) =>
    ['ok', 'refused'].map((outcome) => call({ operation, outcome, batchSize: 7, waitedMs: 3_000 })),
  );
  // Rows are locked in one order, so that no two of them wait for each other.
  expect(addUp([...mixed].reverse().map(totalsOf))).toEqual(addUp(mixed.map(totalsOf)));
  const writers = [store.db, store.another().db, store.another().db];
  await Promise.all(
    writers.map(async (db, writer) => {
      const own = writer % 2 === 0 ? mixed : [...mixed].reverse();
      for (let round = 0; round < 20; round += 1) await appendCalls(db, own);
    }),
  );
  const totals = await callTotals(store.db);
  expect(totals).toHaveLength(6);
  for (const row of totals)
    expect(row).toMatchObject({
      calls: 60,
      items: 420,
      capacity: 6_000,
      waitedMs: 180_000,
      durationMs: 12_000,
      waitedBuckets: [0, 0, 60, 60, 60, 60, 60],
      durationBuckets: [0, 60, 60, 60, 60, 60],
    });
  expect(await store.db.$count(rmsCalls)).toBe(360);
});

test.each([
  [0, [1, 1, 1, 1, 1, 1, 1]],
  [100, [1, 1, 1, 1, 1, 1, 1]],
  [101, [0, 1, 1, 1, 1, 1, 1]],
  [900_000, [0, 0, 0, 0, 0, 0, 1]],
  [900_001, [0, 0, 0, 0, 0, 0, 0]],
])('a wait of %i ms is counted in every bucket that it is within', (waitedMs, buckets) => {
  expect(totalsOf(call({ waitedMs })).waitedBuckets).toEqual(buckets);
});

test('a request that PostgreSQL does not take leaves neither a line nor a sum of its neighbours', async () => {
  await expect(appendCalls(store.db, [call(), call({ orderNumbers: ['\u0000'] })])).rejects.toThrow();
  expect([await listCalls(store.db, {}, undefined, 10), await callTotals(store.db)]).toEqual([[], []]);
});

test('requests without a line are in the sums alone, and thousands are written at once', async () => {
  const unlogged = addUp([call(), call()].map((one) => totalsOf({ ...one, outcome: 'unlogged' })));
  await appendCalls(store.db, [], unlogged);
  await appendCalls(
    store.db,
    Array.from({ length: 4_500 }, () => call()),
  );
  expect((await callTotals(store.db)).map(({ outcome, calls }) => [outcome, calls])).toEqual([
    ['ok', 4_500],
    ['unlogged', 2],
  ]);
  expect(await store.db.$count(rmsCalls)).toBe(4_500);
});

test('a line comes back as it was written', async () => {
  const whole = call({
    outcome: 'refused',
    httpStatus: null,
    codes: ['A_001', 'with "quotes", {braces} and \\'],
    orderNumbers: ['1', '2'],
    request: 'string(12)',
    response: { MessageModelList: [{ messageCode: 'A_001' }] },
  });
  await appendCalls(store.db, [whole]);
  expect(await listCalls(store.db, {}, undefined, 10)).toEqual([{ ...whole, callId: expect.any(Number) }]);
});

test('an order shows its newest requests, the latest last, by when they were sent', async () => {
  await appendCalls(store.db, [
    call({ at: at(3), orderNumbers: ['9', '1'] }),
    call({ at: at(1) }),
    call({ at: at(2), operation: 'confirmOrder' }),
    call({ at: at(5), orderNumbers: ['9'] }),
    call({ at: at(6), shopId: 'cake' }),
  ]);
  const ref = { shopId: 'tea', orderNumber: '1' };
  const shown = async (limit: number) =>
    (await callsOfOrder(store.db, ref, limit)).map((line) => line.at.getUTCMinutes());
  expect(await shown(10)).toEqual([1, 2, 3]);
  expect(await shown(2)).toEqual([2, 3]);
});

test('a list is narrowed by shop, function, outcome and order, and goes on where the page before ended', async () => {
  await appendCalls(store.db, [
    call(),
    call({ shopId: 'cake' }),
    call({ operation: 'confirmOrder' }),
    call({ outcome: 'refused' }),
    call({ orderNumbers: ['2', '3'] }),
  ]);
  const all = (await listCalls(store.db, {}, undefined, 10)).map(({ callId }) => callId);
  expect(all).toEqual([...all].sort((a, b) => b - a));
  const [five, four, three, two] = all;
  const found = async (filter: Parameters<typeof listCalls>[1], before?: number) =>
    (await listCalls(store.db, filter, before, 2)).map(({ callId }) => callId);
  expect(await found({ shopId: 'cake' })).toEqual([two]);
  expect(await found({ operation: 'confirmOrder' })).toEqual([three]);
  expect(await found({ outcome: 'refused' })).toEqual([four]);
  expect(await found({ orderNumber: '3' })).toEqual([five]);
  expect(await found({ shopId: 'tea', outcome: 'ok', orderNumber: '1' })).toEqual([three, all[4]]);
  expect(await found({})).toEqual([five, four]);
  expect(await found({}, four)).toEqual([three, two]);
});

test('only lines of requests that are older than thirty days are forgotten, however many, and the sums stay', async () => {
  const old = (days: number) => new Date(Date.now() - days * 86_400_000);
  await appendCalls(store.db, [call({ at: old(30.01) }), call({ at: old(29.99) }), call({ at: new Date() })]);
  await store.pool.query(
    `insert into rms_calls (shop_id, at, operation, outcome, codes, order_numbers, batch_size, batch_limit, waited_ms, duration_ms)
     select 'tea', now() - interval '40 days', 'getOrder', 'ok', '{}', '{}', 1, 1, 0, 0 from generate_series(1, 10000)`,
  );
  expect(await forgetOldCalls(store.db)).toBe(10_001);
  expect(await store.db.$count(rmsCalls)).toBe(2);
  expect(await callTotals(store.db)).toMatchObject([{ calls: 3 }]);
  expect(await forgetOldCalls(store.db, 7)).toBe(1);
});
