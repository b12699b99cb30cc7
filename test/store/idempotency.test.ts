import { claimKey, keepAnswer, releaseKey } from '../../src/store/idempotency';
import { type Presence, showPresence } from '../../src/store/presence';
import { eventually } from '../support/eventually';
import type { TestStore } from './store';
import { startStore } from './store';

let store: TestStore;
let key: string;
let count = 0;
beforeAll(async () => {
  store = await startStore();
});
beforeEach(() => {
  count += 1;
  key = `key-${count}`;
});
const shown: Presence[] = [];
/** Another process that answers requests; it ends with the test, whatever comes of it. */
const process = async (onLost: (error: Error) => void = () => undefined): Promise<Presence> => {
  const presence = await showPresence(store.url, onLost);
  shown.push(presence);
  return presence;
};
afterEach(() => Promise.all(shown.splice(0).map((presence) => presence.close())));
afterAll(() => store.close());

const claim = (bodyHash = 'body', scope = 'POST /v1/shops', holder: string | null = null) =>
  claimKey(store.db, { scope, key, bodyHash, holder });
const answer = () =>
  keepAnswer(
    store.db,
    { scope: 'POST /v1/shops', key },
    { status: 201, sealedResponse: Buffer.from('sealed') },
  );
const age = (interval: string) =>
  store.pool.query(
    'update idempotency_keys set created_at = now() - $1::interval, claimed_at = now() - $1::interval where key = $2',
    [interval, key],
  );
const NEW = { kind: 'new', effectId: expect.any(String) };

test('a key is new once; of many at the same time one is the first', async () => {
  const claims = await Promise.all(Array.from({ length: 6 }, () => claim()));
  expect(claims.map(({ kind }) => kind).sort()).toEqual([...Array(5).fill('in_progress'), 'new']);
});

test('a repeat gets the first answer', async () => {
  await claim();
  await answer();
  expect(await claim()).toEqual({ kind: 'answered', status: 201, sealedResponse: Buffer.from('sealed') });
});

test('another body is refused, answered or not', async () => {
  await claim();
  expect(await claim('other')).toEqual({ kind: 'other_body' });
  await answer();
  expect(await claim('other')).toEqual({ kind: 'other_body' });
});

test('the same key elsewhere is another key', async () => {
  await claim();
  expect(await claim('body', 'POST /v1/skus')).toEqual(NEW);
});

test('a key that was given back is ours to answer under the same effect, and one at a time', async () => {
  const first = await claim();
  await releaseKey(store.db, { scope: 'POST /v1/shops', key });
  expect(await claim('other')).toEqual({ kind: 'other_body' });
  expect(await claim()).toEqual(first);
  expect(await claim()).toEqual({ kind: 'in_progress' });
});

test('a claim without an answer is given up after two minutes, not before, and its effect stays the same', async () => {
  const first = await claim();
  await age('1 minute 50 seconds');
  expect(await claim()).toEqual({ kind: 'in_progress' });
  await age('2 minutes 1 second');
  expect(await claim()).toEqual(first);
  expect(await claim()).toEqual({ kind: 'in_progress' });
});

test('an answer is kept for 24 hours; then the key is another request with another effect', async () => {
  const first = await claim();
  await answer();
  await age('23 hours 59 minutes');
  expect(await claim()).toMatchObject({ kind: 'answered' });
  await age('24 hours 1 second');
  const next = await claim();
  expect(next).toEqual(NEW);
  expect(next).not.toEqual(first);
});

test('the claim of a process that lives stays its own; when it dies another takes it over at once, and only one does', async () => {
  const [first, second, third] = [await process(), await process(), await process()];
  const by = (presence: Presence) => claim('body', 'POST /v1/shops', presence.holder);
  const taken = await by(first);
  expect(taken).toEqual(NEW);
  expect(await by(second)).toEqual({ kind: 'in_progress' });
  await first.close();
  const claims = await Promise.all([by(second), by(third)]);
  expect(claims).toContainEqual(taken);
  expect(claims).toContainEqual({ kind: 'in_progress' });
});

test('a process whose connection broke shows its presence again', async () => {
  const lost: Error[] = [];
  const presence = await process((error) => lost.push(error));
  await claim('body', 'POST /v1/shops', presence.holder);
  const own = `from pg_stat_activity where application_name = 'okuri-presence' and datname = current_database()`;
  const { rows } = await store.pool.query(`select pid, pg_terminate_backend(pid) ${own}`);
  expect(rows).toHaveLength(1);
  await eventually(
    async () => (await store.pool.query(`select pid ${own} and state = 'idle'`)).rows,
    (now) => now.length === 1 && now[0].pid !== rows[0].pid,
  );
  expect(lost).toHaveLength(1);
  expect(await claim()).toEqual({ kind: 'in_progress' });
});
