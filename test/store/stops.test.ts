import { asc } from 'drizzle-orm';
import { closeCircuit, openCircuit } from '../../src/store/circuits';
import { readFile } from '../../src/store/order-file';
import { setParked, setStage } from '../../src/store/orders';
import { wakeOrders } from '../../src/store/outbox';
import { outbox } from '../../src/store/schema';
import { createShop } from '../../src/store/shops';
import {
  ALL_SHOPS,
  findStop,
  listStops,
  parkedByStop,
  resume,
  stop,
  stoppedShops,
} from '../../src/store/stops';
import { eventually } from '../support/eventually';
import type { TestStore } from './store';
import { gate, newShop, startStore } from './store';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
  await createShop(store.db, store.vault, newShop('cake'));
});
afterAll(() => store.close());
beforeEach(async () => {
  await store.pool.query('truncate stops, outbox, circuits');
  await store.pool.query('update orders set parked = null');
});

const BY = { reason: 'wrong prices', stoppedBy: 'administrator' };

/** Orders that a stop parked, due one day after the other. */
const parkedOrders = (shopId: string, count: number, prefix = shopId) =>
  store.pool.query(
    `insert into orders (shop_id, order_number, stage, parked, due_at)
     select $1, $2 || '-' || n, 'ready', 'stopped', date '2030-01-01' + n from generate_series(1, $3::int) n
     on conflict (shop_id, order_number) do update set parked = 'stopped'`,
    [shopId, prefix, count],
  );
/** The orders that are to be woken, in their order, each with how many seconds after the first. */
const wakes = async (): Promise<[string | null, number][]> => {
  const rows = await store.db.select().from(outbox).orderBy(asc(outbox.dueAt), asc(outbox.messageId));
  const first = rows[0]?.dueAt.getTime() ?? 0;
  return rows.map(({ orderNumber, dueAt }) => [orderNumber, (dueAt.getTime() - first) / 1000]);
};

/** Waits until something is done, or stands before a lock of somebody else. */
const endsOrWaits = async (work: Promise<unknown>): Promise<void> => {
  let ended = false;
  const done = work.finally(() => {
    ended = true;
  });
  const waiting = async () =>
    (await store.pool.query("select 1 from pg_stat_activity where wait_event_type = 'Lock'")).rowCount ?? 0;
  await Promise.race([done, eventually(waiting, (count) => ended || count > 0)]);
};

test('a switch that is on keeps its time, its reason and who turned it', async () => {
  const first = await stop(store.db, 'tea', BY);
  expect(await stop(store.db, 'tea', { reason: 'other', stoppedBy: 'somebody' })).toEqual(first);
  expect(await listStops(store.db)).toEqual([first]);
});

test('a shop is stopped by its own switch or by that of all, and its own is the one that is shown', async () => {
  expect([await findStop(store.db, 'tea'), await stoppedShops(store.db)]).toEqual([undefined, []]);
  await stop(store.db, ALL_SHOPS, BY);
  expect(await findStop(store.db, 'tea')).toMatchObject({ scope: '*', ...BY });
  await stop(store.db, 'tea', BY);
  expect(await findStop(store.db, 'tea')).toMatchObject({ scope: 'tea' });
  expect((await listStops(store.db)).map(({ scope }) => scope)).toEqual(['*', 'tea']);
  expect(await stoppedShops(store.db)).toEqual(['cake', 'tea']);
});

test('when a switch is lifted the orders that it parked go on, the most urgent first, and nobody else', async () => {
  const due = ['2030-01-03', '2030-01-01', '2030-01-02'];
  for (const cancelDueDate of due)
    await setParked(store.db, await store.order(`due ${cancelDueDate}`, { cancelDueDate }), 'stopped');
  await setParked(store.db, await store.order('other cause'), 'key_refused');
  await store.order('not parked');
  const done = await store.order('done');
  await setParked(store.db, done, 'stopped');
  await setStage(store.db, done, 'completed', new Date());
  await stop(store.db, 'tea', BY);
  expect(await resume(store.db, 'tea')).toBe(3);
  expect((await wakes()).map(([orderNumber]) => orderNumber)).toEqual(
    [...due].sort().map((day) => `due ${day}`),
  );
  expect(await resume(store.db, 'tea')).toBeUndefined();
  expect(await store.db.$count(outbox)).toBe(3);
});

test('a staged restart wakes so many orders a minute over all shops, one by one; without a pace two hundred a second', async () => {
  await parkedOrders('tea', 3);
  await parkedOrders('cake', 2);
  await stop(store.db, ALL_SHOPS, BY);
  expect(await resume(store.db, ALL_SHOPS, { ordersPerMinute: 6 })).toBe(5);
  expect((await wakes()).map(([, second]) => second)).toEqual([0, 10, 20, 30, 40]);

  await parkedOrders('tea', 401);
  await stop(store.db, 'tea', BY);
  await store.db.delete(outbox);
  expect(await resume(store.db, 'tea')).toBe(401);
  const seconds = (await wakes()).map(([, second]) => second);
  expect([0, 1, 2].map((second) => seconds.filter((each) => each === second).length)).toEqual([200, 200, 1]);
});

test('of a shop that the other switch still stops nothing is woken', async () => {
  await parkedOrders('tea', 2);
  await parkedOrders('cake', 2);
  await stop(store.db, ALL_SHOPS, BY);
  await stop(store.db, 'tea', BY);
  expect(await resume(store.db, ALL_SHOPS)).toBe(2);
  expect((await store.woken()).every((orderNumber) => orderNumber.startsWith('cake'))).toBe(true);
  await stop(store.db, ALL_SHOPS, BY);
  expect(await resume(store.db, 'tea')).toBe(0);
  expect(await resume(store.db, ALL_SHOPS)).toBe(4);
});

test('two who lift both switches of a shop at once leave none of its orders asleep', async () => {
  await parkedOrders('tea', 1);
  await stop(store.db, ALL_SHOPS, BY);
  await stop(store.db, 'tea', BY);
  const [lifted, mayEnd] = [gate(), gate()];
  const first = store.db.transaction(async (tx) => {
    await resume(tx, ALL_SHOPS);
    lifted.open();
    await mayEnd.wait;
  });
  await lifted.wait;
  const second = resume(store.another().db, 'tea');
  await endsOrWaits(second);
  mayEnd.open();
  await Promise.all([first, second]);
  expect(await store.woken()).toEqual(['tea-1']);
});

test('a stop in the middle of a staged restart halts it, and the next restart has its own pace', async () => {
  await parkedOrders('tea', 4);
  await stop(store.db, 'tea', BY);
  await resume(store.db, 'tea', { ordersPerMinute: 1 });
  await wakeOrders(store.db, [{ shopId: 'cake', orderNumber: 'cake-1' }]);
  await stop(store.db, 'tea', BY);
  expect((await wakes()).map(([orderNumber]) => orderNumber)).toEqual(['tea-1', 'cake-1']);
  await store.db.delete(outbox);
  await resume(store.db, 'tea', { ordersPerMinute: 60 });
  expect((await wakes()).map(([, second]) => second)).toEqual([0, 1, 2, 3]);
});

test('a shop that comes back to Rakuten during a staged restart leaves the pace as it is', async () => {
  await parkedOrders('tea', 2);
  await setParked(store.db, await store.order('by rakuten'), 'rakuten_unavailable');
  await openCircuit(store.db, 'tea', 'rakuten_down');
  await closeCircuit(store.db, 'tea');
  expect(await store.woken()).toEqual(['by rakuten']);
});

test('how far a restart is shows by shop, until the last order goes on', async () => {
  await parkedOrders('tea', 2);
  await parkedOrders('cake', 1);
  await stop(store.db, 'tea', BY);
  const waiting = { orders: 1, lastWakeAt: null };
  expect(await parkedByStop(store.db)).toEqual([
    { shopId: 'cake', ...waiting },
    { shopId: 'tea', ...waiting, orders: 2 },
  ]);
  await resume(store.db, 'tea', { ordersPerMinute: 1 });
  const [, tea] = await parkedByStop(store.db);
  const inSeconds = ((tea?.lastWakeAt?.getTime() ?? 0) - Date.now()) / 1000;
  expect([tea?.orders, inSeconds > 50 && inSeconds < 61]).toEqual([2, true]);
  await store.pool.query("update orders set parked = null where shop_id = 'tea'");
  expect((await parkedByStop(store.db)).map(({ shopId }) => shopId)).toEqual(['cake']);
});

test.each(['tea', ALL_SHOPS])(
  'an order that parks while the switch %s is lifted is woken by one of the two, and never forgotten',
  async (scope) => {
    const ref = await store.order('late');
    await stop(store.db, scope, BY);
    const [held, mayEnd] = [gate(), gate()];
    const parking = store.db.transaction(async (tx) => {
      await setParked(tx, ref, 'stopped');
      const stopped = (await readFile(tx, ref))?.stop !== undefined;
      held.open();
      await mayEnd.wait;
      if (!stopped) await wakeOrders(tx, [ref]);
    });
    await held.wait;
    const lifting = resume(store.another().db, scope);
    await endsOrWaits(lifting);
    mayEnd.open();
    await Promise.all([parking, lifting]);
    expect(await store.woken()).toContain('late');
    await store.db.transaction(async (tx) => {
      expect((await readFile(tx, ref))?.stop).toBeUndefined();
    });
  },
);
