import { settleStock } from '../../src/store/order-stock';
import { lockOrder } from '../../src/store/orders';
import { clearDirty, dirtyStock } from '../../src/store/publications';
import { changeSettings } from '../../src/store/shops';
import { putLinks } from '../../src/store/sku-links';
import { putSkus } from '../../src/store/skus';
import { stockDesk, target } from './stock-lines';
import type { TestStore } from './store';
import { gate, startStore } from './store';

let store: TestStore;
let desk: ReturnType<typeof stockDesk>;
beforeAll(async () => {
  store = await startStore();
  desk = stockDesk(store);
  await desk.skus('G1', 'UNSOLD');
  await desk.link('G1');
});
beforeEach(() => clear());
afterAll(() => store.close());

const dirty = async (): Promise<string[]> =>
  (await dirtyStock(store.db, 'tea', 10)).map(({ skuCode }) => skuCode);
const clear = async (): Promise<void> => {
  await clearDirty(store.db, await dirtyStock(store.db, 'tea', 10));
};

test('stock that came in is to be published by the shops that sell it', async () => {
  await desk.receive('G1', 50);
  await desk.receive('UNSOLD', 50);
  expect(await dirty()).toEqual(['G1']);
  await clear();
  expect(await dirty()).toEqual([]);
});

test('a component is to be published when a set that contains it is sold', async () => {
  await putSkus(store.db, [
    { skuCode: 'LEAF', name: 'Leaf' },
    { skuCode: 'TIN', name: 'Tin', components: [{ skuCode: 'LEAF', quantity: 2 }] },
  ]);
  await desk.link('TIN');
  await clear();
  await desk.receive('LEAF', 1);
  expect(await dirty()).toEqual(['LEAF']);
});

test('a SKU that a shop sells under several links, by itself and in a set, is published once', async () => {
  await desk.skus('CUP');
  await putSkus(store.db, [{ skuCode: 'PAIR', name: 'Pair', components: [{ skuCode: 'CUP', quantity: 2 }] }]);
  const links = ['single', 'gift', 'pair'].map((variantId) => ({
    manageNumber: 'cup',
    variantId,
    skuCode: variantId === 'pair' ? 'PAIR' : 'CUP',
  }));
  await putLinks(store.db, 'tea', links);
  await desk.receive('CUP', 5);
  await desk.receive('CUP', 5);
  expect(await dirty()).toEqual(['CUP']);
  expect(await desk.balance('CUP')).toMatchObject({ onHand: 10 });
});

test('at `shipment` a reservation is not published, what left is; at `reservation` both; at `off` nothing', async () => {
  const ref = await store.order('order-1');
  const at = async (stockSync: 'off' | 'shipment' | 'reservation', held: number, consumed: number) => {
    await changeSettings(store.db, 'tea', { stockSync });
    await clear();
    await desk.settle(ref, [target('1', { G1: 1 }, { held, consumed })]);
    const seen = await dirty();
    await clear();
    return seen;
  };
  expect(await at('shipment', 3, 0)).toEqual([]);
  expect(await at('shipment', 2, 1)).toEqual(['G1']);
  expect(await at('reservation', 3, 1)).toEqual(['G1']);
  expect(await at('off', 0, 4)).toEqual([]);
  await changeSettings(store.db, 'tea', { stockSync: 'shipment' });
});

test('a change that a publication did not see is published later, however long its transaction took', async () => {
  const ref = await store.order('order-2');
  const [begun, go] = [gate(), gate()];
  const slow = store.another().db.transaction(async (tx) => {
    await lockOrder(tx, ref);
    begun.open();
    await go.wait;
    await settleStock(tx, ref, [target('1', { G1: 1 }, { consumed: 1 })], { location: 'main' });
  });
  await begun.wait;
  await desk.receive('G1', 1);
  const published = await dirtyStock(store.db, 'tea', 10);
  go.open();
  await slow;
  await clearDirty(store.db, published);
  expect(await dirty()).toEqual(['G1']);
});

test('a change right after another is told from it, however fast', async () => {
  for (let round = 0; round < 20; round += 1) {
    await desk.receive('G1', 1);
    const published = await dirtyStock(store.db, 'tea', 10);
    await desk.receive('G1', 1);
    await clearDirty(store.db, published);
    expect(await dirty()).toEqual(['G1']);
  }
});
