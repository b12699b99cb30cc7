import type { OrderRef } from '../../src/domain/order';
import { settleHolds } from '../../src/store/holds';
import type { OrderFilter, OrderRow } from '../../src/store/orders';
import { listOrders, openOrders, setStage } from '../../src/store/orders';
import { addShipments } from '../../src/store/shipments';
import { createShop } from '../../src/store/shops';
import { basket, line } from '../domain/facts';
import { stockDesk } from './stock-lines';
import type { TestStore } from './store';
import { newShop, startStore } from './store';

let store: TestStore;
let held: OrderRef;
beforeAll(async () => {
  store = await startStore();
  await createShop(store.db, store.vault, newShop('cake'));
  for (let index = 0; index < 7; index += 1) await store.order(`100-${index}`);
  await store.pool.query("update orders set created_at = '2026-07-01T00:00:00.123456Z'");
  held = await store.order('200-1', { baskets: [basket('10', [{ ...line('1'), variantId: 'G9' }])] }, [
    'hash-of-a-name',
  ]);
  await settleHolds(store.db, held, [{ code: 'sku_unlinked', cause: 'tea/G9' }]);
  await addShipments(store.db, held, [
    { basketId: '10', carrier: '1001', trackingNumber: 'T-1', shippedOn: '2026-07-02', source: 'api' },
  ]);
  await setStage(store.db, await store.order('200-2'), 'completed', new Date());
});
afterAll(() => store.close());

const list = (filter: OrderFilter, limit = 50): Promise<OrderRow[]> =>
  listOrders(store.db, filter, undefined, limit);
const numbers = (rows: readonly { orderNumber: string }[]) => rows.map(({ orderNumber }) => orderNumber);
const q = (text: string, lookup = 'no hash') => list({ q: { text, lookup } }).then(numbers);

test('orders are narrowed by shop, stage and open hold', async () => {
  expect(await list({ shopId: 'cake' })).toEqual([]);
  expect(numbers(await list({ stage: 'completed' }))).toEqual(['200-2']);
  expect(numbers(await list({ hold: 'sku_unlinked' }))).toEqual(['200-1']);
  expect(await list({ hold: 'sku_unlinked', stage: 'completed' })).toEqual([]);
});

test('a hold that was released is none', async () => {
  await settleHolds(store.db, held, []);
  expect(await list({ hold: 'sku_unlinked' })).toEqual([]);
});

test('an order is found by the beginning of its number, by tracking number, by SKU and by hash, exactly', async () => {
  const desk = stockDesk(store);
  await desk.skus('G9');
  await desk.link('G9');
  expect((await q('200-')).sort()).toEqual(['200-1', '200-2']);
  expect(await q('T-1')).toEqual(['200-1']);
  expect(await q('T-')).toEqual([]);
  expect(await q('G9')).toEqual(['200-1']);
  expect(await q('someone', 'hash-of-a-name')).toEqual(['200-1']);
  expect(await q('%')).toEqual([]);
});

test.each([1, 2, 3, 50])(
  'pages of %d show every order once, newest first, though many came at the same moment',
  async (limit) => {
    const seen: OrderRow[] = [];
    let after: Parameters<typeof listOrders>[2];
    for (let page = 0; page < 20; page += 1) {
      const rows = await listOrders(store.db, {}, after, limit);
      const last = rows.at(-1);
      if (last === undefined) break;
      seen.push(...rows);
      after = { ...last, createdAt: last.createdAt.toISOString() };
    }
    expect(numbers(seen)).toEqual([
      '200-2',
      '200-1',
      ...[6, 5, 4, 3, 2, 1, 0].map((index) => `100-${index}`),
    ]);
  },
);

test('a walk through the open orders meets each once and no finished one', async () => {
  const seen: OrderRef[] = [];
  for (let page = 0; page < 20; page += 1) {
    const rows = await openOrders(store.db, undefined, seen.at(-1), 3);
    if (rows.length === 0) break;
    seen.push(...rows);
  }
  expect(numbers(seen)).toEqual([...[0, 1, 2, 3, 4, 5, 6].map((index) => `100-${index}`), '200-1']);
});
