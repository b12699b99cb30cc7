import type { OrderRef } from '../../src/domain/order';
import type { FulfilmentOrder } from '../../src/store/shipments';
import {
  addShipments,
  currentFulfilment,
  ensureFulfilment,
  listFulfilments,
  listShipments,
  noteRequested,
  setFulfilmentState,
  takeEvent,
} from '../../src/store/shipments';
import type { TestStore } from './store';
import { startStore } from './store';

let store: TestStore;
let ref: OrderRef;
let count = 0;
beforeAll(async () => {
  store = await startStore();
});
beforeEach(async () => {
  count += 1;
  ref = await store.order(`order-${count}`);
});
afterAll(() => store.close());

const parcel = (trackingNumber: string, basketId = '10') => ({
  ...{ basketId, carrier: '1001', trackingNumber, shippedOn: '2026-07-02' },
  source: 'api' as const,
});

test('a parcel is one parcel, however often and by how many it is reported', async () => {
  const report = () => addShipments(store.db, ref, [parcel('A'), parcel('A')]);
  const stored = await Promise.all(Array.from({ length: 5 }, report));
  expect(stored.flat()).toHaveLength(1);
  expect(await addShipments(store.db, ref, [{ ...parcel('A'), carrier: '1002' }])).toEqual([]);
  expect((await listShipments(store.db, ref)).map(({ carrier }) => carrier)).toEqual(['1001']);
});

test('the same number for another destination is another parcel', async () => {
  expect(await addShipments(store.db, ref, [parcel('A'), parcel('A', '20')])).toHaveLength(2);
});

test('an order has one fulfilment order, however many ask for it at once', async () => {
  const made = await Promise.all(Array.from({ length: 8 }, () => ensureFulfilment(store.db, ref, 'sandbox')));
  expect(new Set(made.map(({ fulfilmentOrderId }) => fulfilmentOrderId)).size).toBe(1);
});

test('after a recall there may be another, and that one counts', async () => {
  const first = await ensureFulfilment(store.db, ref, 'sandbox');
  await setFulfilmentState(store.db, first.fulfilmentOrderId, 'recalled');
  expect((await currentFulfilment(store.db, ref))?.state).toBe('recalled');
  const second = await ensureFulfilment(store.db, ref, 'sandbox');
  expect(second.fulfilmentOrderId).not.toBe(first.fulfilmentOrderId);
  expect((await currentFulfilment(store.db, ref))?.fulfilmentOrderId).toBe(second.fulfilmentOrderId);
});

test('an instruction is told once, by whoever finds out first that it was sent', async () => {
  const order = await ensureFulfilment(store.db, ref, 'sandbox');
  const told = await Promise.all([1, 2, 3].map(() => noteRequested(store.db, order)));
  expect(told.flat()).toEqual([{ code: 'fulfilment.requested', params: { provider: 'sandbox' } }]);
  expect((await currentFulfilment(store.db, ref))?.state).toBe('open');
  await setFulfilmentState(store.db, order.fulfilmentOrderId, 'shipped');
  expect(await noteRequested(store.db, order)).toEqual([]);
});

test('what has shipped stays shipped', async () => {
  const { fulfilmentOrderId } = await ensureFulfilment(store.db, ref, 'sandbox');
  await setFulfilmentState(store.db, fulfilmentOrderId, 'shipped');
  await setFulfilmentState(store.db, fulfilmentOrderId, 'open');
  expect((await currentFulfilment(store.db, ref))?.state).toBe('shipped');
});

test('a page of fulfilment orders begins where the last one ended, also within one millisecond', async () => {
  for (let index = 0; index < 5; index += 1)
    await ensureFulfilment(store.db, await store.order(`paged-${index}`), 'paged');
  await store.pool.query(
    "update fulfilment_orders set created_at = '2030-01-01T00:00:00.123456Z' where provider = 'paged'",
  );
  const seen: FulfilmentOrder[] = [];
  let after = { createdAt: '2029-12-31T00:00:00.000Z', id: '00000000-0000-0000-0000-000000000000' };
  for (let page = 0; page < 7; page += 1) {
    const [row] = await listFulfilments(store.db, { shopId: 'tea' }, after, 1);
    if (row === undefined) break;
    seen.push(row);
    after = { createdAt: row.createdAt.toISOString(), id: row.fulfilmentOrderId };
  }
  expect(seen.map(({ orderNumber }) => orderNumber).sort()).toEqual([0, 1, 2, 3, 4].map((n) => `paged-${n}`));
});

test('an event of a warehouse is taken in once, and again when the first attempt was undone', async () => {
  const undone = store.db.transaction(async (tx) => {
    expect(await takeEvent(tx, 'e1')).toBe(true);
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  expect(await takeEvent(store.db, 'e1')).toBe(true);
  expect(await takeEvent(store.db, 'e1')).toBe(false);
});
