import {
  acceptSubmission,
  beginSubmission,
  dropFromSubmission,
  endSubmission,
  findSubmission,
  noteLook,
} from '../../src/store/submissions';
import type { TestStore } from './store';
import { startStore } from './store';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
  for (const number of ['a', 'b', 'c']) await store.order(number);
});
afterAll(() => store.close());

const of = (orderNumber: string) => findSubmission(store.db, { shopId: 'tea', orderNumber });

test('what is about to leave is written down without an id, and gets one when Rakuten took it in', async () => {
  const id = await beginSubmission(store.db, 'tea', ['a', 'b', 'c']);
  expect(await of('a')).toMatchObject({ requestId: null, looks: 0 });
  await acceptSubmission(store.db, id, 'request-1', ['a', 'b']);
  await dropFromSubmission(store.db, id, ['c']);
  expect(await of('a')).toMatchObject({ requestId: 'request-1' });
  expect(await of('b')).toMatchObject({ requestId: 'request-1' });
  expect(await of('c')).toBeUndefined();
});

test('a later report of an order takes the place of the former, whose news concern nobody any more', async () => {
  const former = await beginSubmission(store.db, 'tea', ['a']);
  await noteLook(store.db, { shopId: 'tea', orderNumber: 'a' }, 2);
  const later = await beginSubmission(store.db, 'tea', ['a']);
  await acceptSubmission(store.db, former, 'request-old', ['a']);
  await dropFromSubmission(store.db, former, ['a']);
  expect(await of('a')).toMatchObject({ submissionId: later, requestId: null, looks: 0 });
});

test('what has settled is forgotten', async () => {
  await beginSubmission(store.db, 'tea', ['b']);
  await endSubmission(store.db, { shopId: 'tea', orderNumber: 'b' });
  expect(await of('b')).toBeUndefined();
});
