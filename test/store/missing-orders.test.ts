import { ensureOrder, findOrder, reopenMissing, setStage } from '../../src/store/orders';
import { markMissing } from '../../src/store/readings';
import type { TestStore } from './store';
import { startStore } from './store';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.close());

test('a number that Rakuten did not know can be asked for again, once; another order stays as it is', async () => {
  const ref = { shopId: 'tea', orderNumber: 'unknown' };
  expect(await ensureOrder(store.db, ref)).toBe(true);
  expect(await ensureOrder(store.db, ref)).toBe(false);
  expect(await reopenMissing(store.db, ref)).toBe(false);
  await markMissing(store.db, ref);
  await setStage(store.db, ref, 'not_found', new Date());
  expect(await reopenMissing(store.db, ref)).toBe(true);
  expect(await reopenMissing(store.db, ref)).toBe(false);
  expect(await findOrder(store.db, ref)).toMatchObject({
    stage: 'imported',
    missing: false,
    finishedAt: null,
  });
});
