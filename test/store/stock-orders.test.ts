import type { OrderRef } from '../../src/domain/order';
import { listMovements } from '../../src/store/stock';
import { stockDesk, target } from './stock-lines';
import type { TestStore } from './store';
import { startStore } from './store';

let store: TestStore;
let desk: ReturnType<typeof stockDesk>;
let ref: OrderRef;
let sku: string;
let other: string;
let count = 0;
beforeAll(async () => {
  store = await startStore();
  desk = stockDesk(store);
});
beforeEach(async () => {
  count += 1;
  [sku, other] = [`A${count}`, `B${count}`];
  ref = await store.order(`order-${count}`);
  await desk.skus(sku, other);
});
afterAll(() => store.close());

const booked = async (): Promise<[string, number][]> =>
  (await listMovements(store.db, { orderNumber: ref.orderNumber }, 0, 100)).map((row) => [
    row.kind,
    row.quantity,
  ]);

test('an order reserves what it needs, once', async () => {
  await desk.receive(sku, 5);
  const wanted = [target('1', { [sku]: 2 }, { held: 2 })];
  expect(await desk.settle(ref, wanted)).toEqual({
    booked: [{ kind: 'reserve', skuCode: sku, quantity: 4 }],
    short: [],
  });
  expect(await desk.settle(ref, wanted)).toEqual({ booked: [], short: [] });
  expect(await desk.balance(sku)).toEqual({ onHand: 5, reserved: 4 });
});

test('lines of the same SKU are booked each for itself', async () => {
  await desk.receive(sku, 5);
  await desk.settle(ref, [target('1', { [sku]: 1 }, { held: 2 }), target('2', { [sku]: 1 }, { held: 3 })]);
  expect(await desk.balance(sku)).toEqual({ onHand: 5, reserved: 5 });
  await desk.settle(ref, [
    target('1', { [sku]: 1 }, { consumed: 2 }),
    target('2', { [sku]: 1 }, { held: 3 }),
  ]);
  expect(await desk.balance(sku)).toEqual({ onHand: 3, reserved: 3 });
});

test('what ships is consumed once, one movement per line', async () => {
  await desk.receive(sku, 5);
  await desk.settle(ref, [target('1', { [sku]: 1 }, { held: 3 })]);
  const shipped = [target('1', { [sku]: 1 }, { consumed: 3 })];
  await desk.settle(ref, shipped);
  await desk.settle(ref, shipped);
  expect(await booked()).toEqual([
    ['reserve', 3],
    ['consume', 3],
  ]);
  expect(await desk.balance(sku)).toEqual({ onHand: 2, reserved: 0 });
});

test('a cancellation gives back what did not leave', async () => {
  await desk.receive(sku, 5);
  await desk.settle(ref, [target('1', { [sku]: 1 }, { held: 3 })]);
  await desk.settle(ref, [target('1', { [sku]: 1 }, { held: 2, consumed: 1 })]);
  const cancelled = [target('1', { [sku]: 1 }, { consumed: 1 })];
  await desk.settle(ref, cancelled);
  await desk.settle(ref, cancelled);
  expect(await desk.balance(sku)).toEqual({ onHand: 4, reserved: 0 });
});

test('a line that was removed, or whose link was taken away, gives back what it held', async () => {
  await desk.receive(sku, 5);
  await desk.receive(other, 5);
  const both = [target('1', { [sku]: 1 }, { held: 3 }), target('2', { [other]: 1 }, { held: 2 })];
  await desk.settle(ref, both);
  await desk.settle(ref, [target('1', {}, { held: 3 })]);
  expect(await desk.balance(sku)).toEqual({ onHand: 5, reserved: 0 });
  expect(await desk.balance(other)).toEqual({ onHand: 5, reserved: 0 });
});

test('a line that is linked to another SKU moves its reservation', async () => {
  await desk.receive(sku, 5);
  await desk.receive(other, 5);
  await desk.settle(ref, [target('1', { [sku]: 1 }, { held: 3 })]);
  await desk.settle(ref, [target('1', { [other]: 1 }, { held: 3 })]);
  expect(await desk.balance(sku)).toEqual({ onHand: 5, reserved: 0 });
  expect(await desk.balance(other)).toEqual({ onHand: 5, reserved: 3 });
});

test('what was handed over for shipping stays what was packed when its link is changed before it leaves', async () => {
  await desk.receive(sku, 5);
  await desk.receive(other, 5);
  await desk.settle(ref, [target('1', { [sku]: 1 }, { held: 3 })]);
  const handedOver = true;
  await desk.settle(ref, [target('1', { [other]: 1 }, { held: 3 })], { handedOver });
  expect(await desk.balance(sku)).toEqual({ onHand: 5, reserved: 3 });
  await desk.settle(ref, [target('1', { [other]: 1 }, { consumed: 3 })], { handedOver });
  expect(await desk.balance(sku)).toEqual({ onHand: 2, reserved: 0 });
  expect(await desk.balance(other)).toEqual({ onHand: 5, reserved: 0 });
});

test('a line that left is not taken off once more when its link is changed afterwards', async () => {
  await desk.receive(sku, 5);
  await desk.receive(other, 5);
  await desk.settle(ref, [target('1', { [sku]: 1 }, { consumed: 3 })]);
  await desk.settle(ref, [target('1', { [other]: 1 }, { consumed: 3 })]);
  expect(await desk.balance(sku)).toEqual({ onHand: 2, reserved: 0 });
  expect(await desk.balance(other)).toEqual({ onHand: 5, reserved: 0 });
});

test('an order that is short of a SKU books nothing of it, and says of which', async () => {
  await desk.receive(sku, 1);
  await desk.receive(other, 9);
  const wanted = [target('1', { [sku]: 1, [other]: 2 }, { held: 2 })];
  const bookings = await desk.settle(ref, wanted);
  expect(bookings).toEqual({ booked: [{ kind: 'reserve', skuCode: other, quantity: 4 }], short: [sku] });
  expect(await desk.balance(sku)).toEqual({ onHand: 1, reserved: 0 });
  await desk.receive(sku, 1);
  expect((await desk.settle(ref, wanted)).short).toEqual([]);
  expect(await desk.balance(sku)).toEqual({ onHand: 2, reserved: 2 });
});

test('a person may let an order go on in spite of a shortage', async () => {
  await desk.receive(sku, 1);
  await desk.settle(ref, [target('1', { [sku]: 1 }, { held: 2 })], { evenIfShort: true });
  expect(await desk.balance(sku)).toEqual({ onHand: 1, reserved: 2 });
});

test('what left is booked even if our books say that there was none', async () => {
  await desk.receive(sku, 1);
  await desk.settle(ref, [target('1', { [sku]: 1 }, { consumed: 2 })]);
  expect(await desk.balance(sku)).toEqual({ onHand: -1, reserved: 0 });
});

test('a SKU that nobody has counted yet is never short, and its first count is its balance', async () => {
  const wanted = target('1', { [sku]: 1 }, { held: 1, consumed: 2 });
  expect((await desk.settle(ref, [wanted])).short).toEqual([]);
  expect(await desk.balance(sku)).toEqual({ onHand: -2, reserved: 1 });
  expect(await desk.receive(sku, 10)).toMatchObject({ onHand: 10, reserved: 1, opened: true });
  expect(await desk.receive(sku, 1)).toMatchObject({ onHand: 11 });
});
