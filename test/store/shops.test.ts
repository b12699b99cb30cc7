import { outbox } from '../../src/store/schema';
import { changeSettings, createShop, findShop, listShops } from '../../src/store/shops';
import type { TestStore } from './store';
import { newShop, startStore } from './store';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.close());

test('a shop is registered once: neither its slug nor its address can be taken again', async () => {
  const { db, vault } = store;
  expect(await createShop(db, vault, newShop('cake'))).toMatchObject({ shopId: 'cake' });
  expect(await createShop(db, vault, { ...newShop('cake'), shopUrl: 'https://www.rakuten.ne.jp/x' })).toBe(
    undefined,
  );
  expect(await createShop(db, vault, { ...newShop('bread'), shopUrl: newShop('cake').shopUrl })).toBe(
    undefined,
  );
  expect((await listShops(db)).map(({ shopId }) => shopId)).toEqual(['cake', 'tea']);
});

test('two who register the same shop at once: one has it', async () => {
  const register = () => createShop(store.db, store.vault, newShop('twice'));
  const made = await Promise.all([register(), register()]);
  expect(made.filter((shop) => shop !== undefined)).toHaveLength(1);
});

test('a changed setting leaves the others as they are, and reaches the schedule and the open orders', async () => {
  await store.order('555-20260701-0000000001');
  await store.db.delete(outbox);
  const before = await findShop(store.db, 'tea');
  const after = await changeSettings(store.db, 'tea', { syncIntervalSeconds: 5 });
  expect(after?.settings).toEqual({ ...before?.settings, syncIntervalSeconds: 5 });
  const messages = await store.db.select().from(outbox);
  expect(messages.map(({ kind, orderNumber }) => [kind, orderNumber])).toEqual([
    ['shop.schedule', null],
    ['order.wake', '555-20260701-0000000001'],
  ]);
});

test('where alerts go moves no order and no schedule', async () => {
  await store.db.delete(outbox);
  const secret = { vault: store.vault, secret: 'whsec_0123456789abcdef' };
  await changeSettings(store.db, 'tea', { alertWebhookUrl: 'https://hook.example' }, secret);
  expect(await store.db.select().from(outbox)).toEqual([]);
});

test('changes of different settings at once are both kept', async () => {
  await Promise.all([
    changeSettings(store.db, 'tea', { syncIntervalSeconds: 7 }),
    changeSettings(store.db, 'tea', { automaticOrderConfirmation: true }),
  ]);
  expect((await findShop(store.db, 'tea'))?.settings).toMatchObject({
    syncIntervalSeconds: 7,
    automaticOrderConfirmation: true,
  });
});

test('a shop that is not there has no settings to change', async () => {
  expect(await changeSettings(store.db, 'nobody', {})).toBe(undefined);
});
