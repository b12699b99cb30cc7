import { withLock } from '../../src/store/locks';
import { eventually } from '../support/eventually';
import type { TestStore } from './store';
import { gate, startStore } from './store';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.close());

/** Another process that holds a lock until it is told to end. */
const holder = async (name: string) => {
  const [holding, finish] = [gate(), gate()];
  const done = withLock(store.another().pool, name, async () => {
    holding.open();
    await finish.wait;
    return 'done';
  });
  await holding.wait;
  return { done, finish: finish.open };
};
const attempt = (name: string) => withLock(store.pool, name, async () => 'mine');
const killHolder = () =>
  store.pool.query(
    'select pg_terminate_backend(pid) from pg_locks where locktype = $1 and pid <> pg_backend_pid() and database = (select oid from pg_database where datname = current_database())',
    ['advisory'],
  );

test('one process at a time does what has this name; others go on without', async () => {
  const other = await holder('sync');
  expect(await attempt('sync')).toBe(undefined);
  expect(await attempt('another name')).toBe('mine');
  other.finish();
  expect(await other.done).toBe('done');
  expect(await attempt('sync')).toBe('mine');
});

test('a lock is given back when what it guards fails', async () => {
  const failing = withLock(store.pool, 'fails', () => Promise.reject(new Error('no luck')));
  await expect(failing).rejects.toThrow('no luck');
  expect(await attempt('fails')).toBe('mine');
});

test('the lock of a process whose connection dies is free, and that process lives on to hear of it', async () => {
  const other = await holder('dying');
  const ended = expect(other.done).rejects.toThrow();
  await killHolder();
  await eventually(
    () => attempt('dying'),
    (outcome) => outcome === 'mine',
  );
  other.finish();
  await ended;
});
