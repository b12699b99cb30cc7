import { asc } from 'drizzle-orm';
import {
  closeCircuit,
  findCircuit,
  holdsCircuit,
  openCircuit,
  takeDueProbes,
} from '../../src/store/circuits';
import { setParked, setStage } from '../../src/store/orders';
import { wakeOrders } from '../../src/store/outbox';
import { outbox } from '../../src/store/schema';
import type { TestStore } from './store';
import { gate, startStore } from './store';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  await store.pool.query('truncate circuits, outbox');
});

const dueNow = (shopId: string) =>
  store.pool.query('update circuits set probe_at = now() where shop_id = $1', [shopId]);
const secondsToProbe = async (shopId: string): Promise<number> =>
  Number(
    (
      await store.pool.query(
        'select extract(epoch from probe_at - now()) as s from circuits where shop_id = $1',
        [shopId],
      )
    ).rows[0]?.s,
  );

test('a shop that is parked already stays so since when it was, and its cause follows what was found out last', async () => {
  await openCircuit(store.db, 'tea', 'rakuten_down');
  const first = await findCircuit(store.db, 'tea');
  await openCircuit(store.db, 'tea', 'key_refused');
  expect(await findCircuit(store.db, 'tea')).toMatchObject({
    cause: 'key_refused',
    openedAt: first?.openedAt,
    probeAt: first?.probeAt,
  });
  expect(await findCircuit(store.db, 'cake')).toBeUndefined();
});

test.each([
  ['rakuten_down', 'up to twenty seconds', [10, 20, 20, 20, 20, 20]],
  ['key_refused', 'up to a minute', [10, 20, 40, 60, 60, 60]],
] as const)(
  'a probe of a shop that is parked as %s and due is made by one of all workers, and the next is due later each time, %s',
  async (cause, _longest, expected) => {
    await openCircuit(store.db, 'tea', cause);
    expect(await takeDueProbes(store.db)).toEqual([]);
    const pauses: number[] = [];
    for (let probe = 0; probe < 6; probe += 1) {
      await dueNow('tea');
      const workers = await Promise.all(
        [store.another(), store.another()].map(({ db }) => takeDueProbes(db)),
      );
      expect(workers.flat()).toHaveLength(1);
      pauses.push(Math.round(await secondsToProbe('tea')));
    }
    expect(pauses).toEqual(expected);
  },
);

test('when a shop goes on its parked orders are woken once, the most urgent first and at a pace, and it is synchronised at once', async () => {
  const due = [3, 1, 2].map((day) => `2030-01-0${day}`);
  for (const cancelDueDate of due) {
    const ref = await store.order(`due ${cancelDueDate}`, { cancelDueDate });
    await setParked(store.db, ref, 'key_refused');
  }
  await store.order('not parked', { cancelDueDate: '2029-01-01' });
  const done = await store.order('done', { cancelDueDate: '2029-01-01' });
  await setParked(store.db, done, 'key_refused');
  await setStage(store.db, done, 'completed', new Date());
  await openCircuit(store.db, 'tea', 'key_refused');

  expect(await closeCircuit(store.db, 'tea')).toBe(3);
  const woken = await store.db.select().from(outbox).orderBy(asc(outbox.dueAt), asc(outbox.messageId));
  const [last] = woken.slice(-1);
  expect(last).toMatchObject({ kind: 'shop.sync', shopId: 'tea', orderNumber: null });
  expect(woken.slice(0, -1).map(({ orderNumber }) => orderNumber)).toEqual(
    [...due].sort().map((day) => `due ${day}`),
  );
  expect(await findCircuit(store.db, 'tea')).toBeUndefined();
  expect(await closeCircuit(store.db, 'tea')).toBeUndefined();
  expect(await store.db.$count(outbox)).toBe(4);
});

test('a thousand orders are not woken all at once: two hundred a second', async () => {
  await store.pool.query(
    `insert into orders (shop_id, order_number, stage, parked, due_at)
     select 'tea', 'flood-' || n, 'confirming', 'key_refused', now() from generate_series(1, 1000) n`,
  );
  await openCircuit(store.db, 'tea', 'key_refused');
  await closeCircuit(store.db, 'tea');
  const { rows } = await store.pool.query(
    `select round(extract(epoch from due_at - min(due_at) over ()))::int as second, count(*)::int as orders
     from outbox where order_number like 'flood-%' group by due_at order by 1`,
  );
  expect(rows).toEqual([0, 1, 2, 3, 4].map((second) => ({ second, orders: 200 })));
  await store.pool.query("delete from orders where order_number like 'flood-%'");
});

test('an order that parks while its shop goes on is woken by one of the two, and never forgotten', async () => {
  const ref = await store.order('late');
  await openCircuit(store.db, 'tea', 'key_refused');
  const [held, mayEnd] = [gate(), gate()];
  const parking = store.db.transaction(async (tx) => {
    await setParked(tx, ref, 'key_refused');
    const open = await holdsCircuit(tx, 'tea');
    held.open();
    await mayEnd.wait;
    if (!open) await wakeOrders(tx, [ref]);
  });
  await held.wait;
  // The shop goes on while the order is being written down: it waits for that, and then sees the order.
  const closing = closeCircuit(store.another().db, 'tea');
  mayEnd.open();
  await Promise.all([parking, closing]);
  expect(await store.woken()).toContain('late');

  await store.db.transaction(async (tx) => {
    await setParked(tx, ref, 'key_refused');
    expect(await holdsCircuit(tx, 'tea')).toBe(false);
  });
});
