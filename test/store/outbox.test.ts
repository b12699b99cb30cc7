import { Client } from 'pg';
import type { OutboxMessage } from '../../src/store/outbox';
import {
  drainOutbox,
  OUTBOX_CHANNEL,
  outboxDepth,
  refreshSchedule,
  wakeOrders,
} from '../../src/store/outbox';
import type { TestStore } from './store';
import { gate, startStore } from './store';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
});
beforeEach(() => store.woken());
afterAll(() => store.close());

const wake = (...orderNumbers: string[]): Promise<void> =>
  wakeOrders(
    store.db,
    orderNumbers.map((orderNumber) => ({ shopId: 'tea', orderNumber })),
  );
const ids = (messages: readonly OutboxMessage[]) => messages.map(({ messageId }) => messageId);
const names = (messages: readonly OutboxMessage[]) => messages.map(({ orderNumber }) => orderNumber);

test('messages are delivered oldest first, a share at a time, and then gone', async () => {
  await wake('a', 'b', 'c');
  await refreshSchedule(store.db, 'tea');
  const seen: (string | null)[] = [];
  const drain = () =>
    drainOutbox(store.db, 3, async (messages) => {
      seen.push(...names(messages));
      return ids(messages);
    });
  expect(await drain()).toEqual({ taken: 3, delivered: 3 });
  expect(await drain()).toEqual({ taken: 1, delivered: 1 });
  expect(await drain()).toEqual({ taken: 0, delivered: 0 });
  expect(seen).toEqual(['a', 'b', 'c', null]);
});

test('what could not be delivered stays', async () => {
  await wake('a', 'b');
  const drained = await drainOutbox(store.db, 10, async (messages) => ids(messages).slice(0, 1));
  expect(drained).toEqual({ taken: 2, delivered: 1 });
  expect(await store.woken()).toEqual(['b']);
});

test('a delivery that breaks off leaves everything', async () => {
  await wake('a', 'b');
  const broken = drainOutbox(store.db, 10, () => Promise.reject(new Error('Temporal is away')));
  await expect(broken).rejects.toThrow('Temporal is away');
  expect(await outboxDepth(store.db)).toBe(2);
});

test('two drainers share the work: neither takes what the other has in hand', async () => {
  await wake('a', 'b', 'c', 'd');
  const [taken, finish] = [gate(), gate()];
  let first: readonly OutboxMessage[] = [];
  const slow = drainOutbox(store.db, 2, async (messages) => {
    first = messages;
    taken.open();
    await finish.wait;
    return ids(messages);
  });
  await taken.wait;
  let second: readonly OutboxMessage[] = [];
  await drainOutbox(store.another().db, 10, async (messages) => {
    second = messages;
    return ids(messages);
  });
  finish.open();
  await slow;
  expect([names(first), names(second)]).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  expect(await outboxDepth(store.db)).toBe(0);
});

test('a drainer that dies gives its messages back', async () => {
  await wake('a');
  const [taken, died] = [gate(), gate()];
  const dying = drainOutbox(store.another().db, 10, async (messages) => {
    taken.open();
    await died.wait;
    return ids(messages);
  });
  const failed = expect(dying).rejects.toThrow();
  await taken.wait;
  await store.pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'",
  );
  died.open();
  await failed;
  expect(await store.woken()).toEqual(['a']);
});

test('who listens hears of a message when its transaction commits', async () => {
  const listener = new Client({ connectionString: store.url });
  await listener.connect();
  try {
    const heard = new Promise((resolve) => listener.once('notification', resolve));
    await listener.query(`listen ${OUTBOX_CHANNEL}`);
    await wake('a');
    expect(await heard).toMatchObject({ channel: OUTBOX_CHANNEL });
  } finally {
    await listener.end();
  }
});
