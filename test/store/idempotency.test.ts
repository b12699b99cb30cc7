import { claimKey, keepAnswer, releaseKey } from '../../src/store/idempotency';
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
afterAll(() => store.close());

const claim = (bodyHash = 'body', scope = 'POST /v1/shops') => claimKey(store.db, scope, key, bodyHash);
const answer = () =>
  keepAnswer(store.db, 'POST /v1/shops', key, { status: 201, sealedResponse: Buffer.from('sealed') });
const age = (interval: string) =>
  store.pool.query('update idempotency_keys set created_at = now() - $1::interval where key = $2', [
    interval,
    key,
  ]);

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
  expect(await claim('body', 'POST /v1/skus')).toEqual({ kind: 'new' });
});

test('a key that was given back is new', async () => {
  await claim();
  await releaseKey(store.db, 'POST /v1/shops', key);
  expect(await claim()).toEqual({ kind: 'new' });
});

test('a claim without an answer is given up after two minutes, not before', async () => {
  await claim();
  await age('1 minute 50 seconds');
  expect(await claim()).toEqual({ kind: 'in_progress' });
  await age('2 minutes 1 second');
  expect(await claim()).toEqual({ kind: 'new' });
});

test('an answer is kept for 24 hours', async () => {
  await claim();
  await answer();
  await age('23 hours 59 minutes');
  expect(await claim()).toMatchObject({ kind: 'answered' });
  await age('24 hours 1 second');
  expect(await claim()).toEqual({ kind: 'new' });
});
