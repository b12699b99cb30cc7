import { eq } from 'drizzle-orm';
import { settleHolds } from '../../src/store/holds';
import { setStage } from '../../src/store/orders';
import { outboxDepth, wakeOpenOrders } from '../../src/store/outbox';
import { orders, outbox } from '../../src/store/schema';
import { deleteLink, putLinks } from '../../src/store/sku-links';
import { SkuReferenceError } from '../../src/store/skus';
import { basket, line } from '../domain/facts';
import { stockDesk, target } from './stock-lines';
import type { TestStore } from './store';
import { startStore } from './store';

let store: TestStore;
let desk: ReturnType<typeof stockDesk>;
beforeAll(async () => {
  store = await startStore();
  desk = stockDesk(store);
  await desk.skus('G1', 'G2', 'G10');
});
beforeEach(() => store.woken());
afterAll(() => store.close());

const containing = (orderNumber: string, variantId: string) =>
  store.order(orderNumber, { baskets: [basket('10', [{ ...line('1'), variantId }])] });
const shortOf = async (orderNumber: string, cause: string): Promise<void> => {
  const ref = await store.order(orderNumber);
  await settleHolds(store.db, ref, [{ code: 'stock_short', cause }]);
};

test('a new link wakes the open orders that contain the pair, and nobody else', async () => {
  await containing('with-g1', 'G1');
  await containing('with-g2', 'G2');
  await setStage(store.db, await containing('finished', 'G1'), 'completed', new Date());
  await desk.link('G1');
  expect(await store.woken()).toEqual(['with-g1']);
});

test('a new link wakes the orders that waited for it in the order of their deadlines', async () => {
  const due = { late: '2026-12-03', soon: '2026-12-01', between: '2026-12-02' };
  for (const [orderNumber, day] of Object.entries(due)) {
    await containing(orderNumber, 'G10');
    await store.db
      .update(orders)
      .set({ dueAt: new Date(day) })
      .where(eq(orders.orderNumber, orderNumber));
  }
  await desk.link('G10');
  const woken = await store.db.select().from(outbox).orderBy(outbox.messageId);
  expect(woken.map(({ orderNumber }) => orderNumber)).toEqual(['soon', 'between', 'late']);
  await deleteLink(store.db, 'tea', { manageNumber: 'tea', variantId: 'G10' });
});

test('a link that is taken away leaves the pair unlinked', async () => {
  await desk.link('G1');
  expect(await deleteLink(store.db, 'tea', { manageNumber: 'tea', variantId: 'G1' })).toBe(true);
  expect(await deleteLink(store.db, 'tea', { manageNumber: 'tea', variantId: 'G1' })).toBe(false);
});

test('links to a SKU that does not exist are refused, all of them, and nobody is woken', async () => {
  const links = [
    { manageNumber: 'tea', variantId: 'G2', skuCode: 'G2' },
    { manageNumber: 'tea', variantId: 'G9', skuCode: 'NOWHERE' },
  ];
  await expect(putLinks(store.db, 'tea', links)).rejects.toThrow(SkuReferenceError);
  await expect(putLinks(store.db, 'tea', links)).rejects.toMatchObject({ path: 'links.1.skuCode' });
  expect(await deleteLink(store.db, 'tea', { manageNumber: 'tea', variantId: 'G2' })).toBe(false);
  expect(await store.woken()).toEqual([]);
});

test('stock that comes in wakes the orders that are short of this very SKU', async () => {
  await shortOf('short-of-g1', 'G2, G1');
  await shortOf('short-of-g10', 'G10');
  await desk.receive('G1', 1);
  expect(await store.woken()).toEqual(['short-of-g1']);
});

test('stock that a cancelled order gives back wakes them too', async () => {
  await desk.receive('G10', 5);
  const ref = await store.order('cancelled');
  await desk.settle(ref, [target('1', { G10: 1 }, { held: 5 })]);
  await store.woken();
  await desk.settle(ref, [target('1', { G10: 1 }, {})]);
  expect(await store.woken()).toEqual(['short-of-g10']);
});

test('a message exists only when what it tells of was committed', async () => {
  const undone = store.db.transaction(async (tx) => {
    await wakeOpenOrders(tx, 'tea');
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  expect(await outboxDepth(store.db)).toBe(0);
});

test('all open orders of a shop are woken, the oldest first', async () => {
  await store.order('oldest', { orderedAt: '2020-01-01T00:00:00.000Z' });
  const many = await wakeOpenOrders(store.db, 'tea');
  const { rows } = await store.pool.query<{ order_number: string }>(
    'select order_number from outbox order by message_id',
  );
  expect(rows).toHaveLength(many);
  expect(rows[0]?.order_number).toBe('oldest');
  expect(rows.map((row) => row.order_number)).not.toContain('finished');
});
