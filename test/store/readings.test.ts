import type { OrderRef } from '../../src/domain/order';
import {
  countByStage,
  findOrder,
  finishedAmong,
  knownOrders,
  oldestOpenOrder,
  setStage,
} from '../../src/store/orders';
import { acceptReading, setConfirmRefused } from '../../src/store/readings';
import { addShipments, listShipments, settleShipment } from '../../src/store/shipments';
import { addLines, linesOfOrder } from '../../src/store/timeline';
import { basket, line } from '../domain/facts';
import type { TestStore } from './store';
import { startStore } from './store';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.close());

const linesStored = async ({ orderNumber }: OrderRef): Promise<string[]> => {
  const { rows } = await store.pool.query<{ id: string }>(
    'select item_detail_id as id from order_lines where order_number = $1 order by 1',
    [orderNumber],
  );
  return rows.map(({ id }) => id);
};

test('what was checked first stays what later readings are compared with, until a person accepts them', async () => {
  await store.order('checked', { fingerprints: { address: 'old' } });
  const ref = await store.order('checked', { fingerprints: { address: 'new' }, rakutenStatus: 300 });
  expect(await findOrder(store.db, ref)).toMatchObject({
    rakutenStatus: 300,
    facts: { fingerprints: { address: 'new' } },
    checked: { address: 'old' },
  });
  await acceptReading(store.db, ref, 'confirm_refused');
  expect((await findOrder(store.db, ref))?.checked).toEqual({ address: 'old' });
  await acceptReading(store.db, ref, 'outside_change');
  expect((await findOrder(store.db, ref))?.checked).toEqual({ address: 'new' });
});

test('a later reading replaces the lines', async () => {
  await store.order('lines', { baskets: [basket('10', [line('1'), line('2')])] });
  const ref = await store.order('lines', { baskets: [basket('10', [line('2'), line('3')])] });
  expect(await linesStored(ref)).toEqual(['2', '3']);
});

test('an acceptance has the write that was refused tried again, and leaves what Rakuten took', async () => {
  const ref = await store.order('refused');
  const parcel = (trackingNumber: string) =>
    ({ basketId: '10', carrier: '1001', trackingNumber, shippedOn: '2026-07-02', source: 'api' }) as const;
  const [taken, refused] = await addShipments(store.db, ref, [parcel('A'), parcel('B')]);
  if (taken === undefined || refused === undefined) throw new Error('no parcels');
  await settleShipment(store.db, taken.shipmentId, null);
  await settleShipment(store.db, refused.shipmentId, 'ERROR_011');
  await setConfirmRefused(store.db, ref, 'ERROR_105');
  await acceptReading(store.db, ref, 'shipping_refused');
  expect((await findOrder(store.db, ref))?.confirmRefused).toBe('ERROR_105');
  await acceptReading(store.db, ref, 'confirm_refused');
  expect((await findOrder(store.db, ref))?.confirmRefused).toBe(null);
  expect(await listShipments(store.db, ref)).toMatchObject([
    { trackingNumber: 'A', reportedAt: expect.any(Date) },
    { trackingNumber: 'B', reportedAt: null, refusedCode: null },
  ]);
});

test('a page of numbers is compared with what was last seen: unknown ones are absent, finished ones are named', async () => {
  const open = await store.order('open', { rakutenStatus: 200, orderedAt: '2020-01-02T00:00:00.000Z' });
  const done = await store.order('done', { rakutenStatus: 500, orderedAt: '2020-01-01T00:00:00.000Z' });
  await setStage(store.db, done, 'completed', new Date());
  expect(await knownOrders(store.db, 'tea', ['open', 'done', 'never seen'])).toEqual(
    new Map([
      ['open', expect.objectContaining({ rakutenStatus: 200, finished: false })],
      ['done', expect.objectContaining({ rakutenStatus: 500, stage: 'completed', finished: true })],
    ]),
  );
  expect(await knownOrders(store.db, 'cake', ['open'])).toEqual(new Map());
  expect(await finishedAmong(store.db, [open, done, { ...done, shopId: 'cake' }])).toEqual(
    new Set(['tea/done']),
  );
  expect(await oldestOpenOrder(store.db, 'tea')).toEqual(new Date('2020-01-02T00:00:00.000Z'));
  expect(await countByStage(store.db)).toContainEqual({ shopId: 'tea', stage: 'completed', count: 1 });
});

test('a timeline keeps the order in which its lines were written', async () => {
  const ref = await store.order('timeline');
  await addLines(store.db, ref, [{ code: 'order.requested', actor: 'tanaka' }, { code: 'order.confirmed' }]);
  await addLines(store.db, ref, []);
  await addLines(store.db, ref, [{ code: 'hold.released', params: { hold: 'sku_unlinked' } }]);
  expect(await linesOfOrder(store.db, ref)).toMatchObject([
    { code: 'order.requested', actor: 'tanaka' },
    { code: 'order.confirmed', actor: 'system' },
    { code: 'hold.released', params: { hold: 'sku_unlinked' } },
  ]);
});
