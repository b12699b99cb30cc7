import type { OrderRef } from '../../src/domain/order';
import { stockDesk, target } from './stock-lines';
import type { TestStore } from './store';
import { startStore } from './store';

let store: TestStore;
let desk: ReturnType<typeof stockDesk>;
beforeAll(async () => {
  store = await startStore();
  desk = stockDesk(store);
});
afterAll(() => store.close());

const orders = (prefix: string, many: number): Promise<OrderRef[]> =>
  Promise.all(Array.from({ length: many }, (_, index) => store.order(`${prefix}-${index}`)));

test('orders that race for the last piece: one has it, the others are short', async () => {
  await desk.skus('LAST');
  await desk.receive('LAST', 1);
  const refs = await orders('last', 8);
  const outcomes = await Promise.all(
    refs.map((ref) => desk.settle(ref, [target('1', { LAST: 1 }, { held: 1 })])),
  );
  expect(outcomes.filter(({ booked }) => booked.length === 1)).toHaveLength(1);
  expect(outcomes.filter(({ short }) => short[0] === 'LAST')).toHaveLength(7);
  expect(await desk.balance('LAST')).toEqual({ onHand: 1, reserved: 1 });
});

test('the same order looked at by several at once is booked once', async () => {
  await desk.skus('ONCE');
  await desk.receive('ONCE', 9);
  const [ref] = await orders('once', 1);
  if (ref === undefined) throw new Error('no order');
  const wanted = [target('1', { ONCE: 1 }, { held: 1, consumed: 1 })];
  await Promise.all(Array.from({ length: 6 }, () => desk.settle(ref, wanted)));
  expect(await desk.balance('ONCE')).toEqual({ onHand: 8, reserved: 1 });
});

test('a movement that is entered twice with one key, even at once, is booked once', async () => {
  await desk.skus('KEYED');
  const enter = () => desk.receive('KEYED', 5, 'delivery-1');
  await Promise.all([enter(), enter(), enter()]);
  expect(await enter()).toMatchObject({ onHand: 5 });
  expect(await desk.balance('KEYED')).toEqual({ onHand: 5, reserved: 0 });
});

test('orders that name the same SKUs in opposite order do not block each other, nor does somebody who counts', async () => {
  const codes = ['X1', 'X2', 'X3', 'X4'];
  await desk.skus(...codes);
  for (const code of codes) await desk.link(code);
  for (const code of codes) await desk.receive(code, 100);
  const lines = codes.map((code, index) => target(`${index}`, { [code]: 1 }, { held: 1 }));
  const refs = await orders('cross', 16);
  await Promise.all([
    ...refs.map((ref, index) => desk.settle(ref, index % 2 === 0 ? lines : [...lines].reverse())),
    ...codes.map((code) => desk.receive(code, 1)),
  ]);
  for (const code of codes) expect(await desk.balance(code)).toEqual({ onHand: 101, reserved: 16 });
});
