import type { ActivityContext } from '../../src/activities/context';
import { instructionOf } from '../../src/activities/instruction';
import { gather } from '../../src/activities/situation';
import { manualProvider } from '../../src/fulfilment/manual';
import { createGateway } from '../../src/rms/gateway';
import { saveReading } from '../../src/store/readings';
import { changeSettings } from '../../src/store/shops';
import { basket, facts } from '../domain/facts';
import { freeLimiter } from '../rms/support/limiters';
import { bareOrder } from '../rms/support/payloads';
import type { TestStore } from '../store/store';
import { startStore } from '../store/store';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.close());

const contextOf = (): ActivityContext => ({
  db: store.db,
  pool: store.pool,
  vault: store.vault,
  now: () => new Date(),
  gateway: () =>
    createGateway({
      shopId: 'tea',
      connection: () => Promise.reject(new Error('nobody is called')),
      limiter: freeLimiter,
    }),
  provider: () => manualProvider,
});

const instructionFor = async (orderNumber: string, order: object, destination: object) => {
  const ref = await store.order(orderNumber, { baskets: [basket('10')] });
  const raw = bareOrder(orderNumber, {
    ...order,
    PackageModelList: [{ basketId: 10, ItemModelList: [], ShippingModelList: [], ...destination }],
  });
  const own = facts({ baskets: [basket('10')] });
  await store.db.transaction((tx) =>
    saveReading(tx, store.vault, ref, { facts: own, snapshot: JSON.stringify(raw), lookups: [] }),
  );
  return store.db.transaction(async (tx) => {
    const situation = await gather(tx, contextOf(), ref);
    if (situation === undefined) throw new Error('the order is not there');
    return instructionOf(tx, situation, own, JSON.stringify(raw));
  });
};

test('an instruction carries what the buyer asked for: のし, ラッピング, ギフト, 置き配, the wished day, and cautions', async () => {
  const { wishes, baskets } = await instructionFor(
    '1-20261101-1',
    {
      giftCheckFlag: 1,
      WrappingModel1: { title: 1, name: '包装紙A', price: 100, deleteWrappingFlag: 0 },
      WrappingModel2: { title: 2, name: 'リボンB', price: 100, deleteWrappingFlag: 1 },
      deliveryDate: '2026-12-01',
      shippingTerm: 1416,
      cautionDisplayType: 1,
      cautionDisplayDetailType: 103,
    },
    { noshi: '御歳暮 見本', dropOffFlag: 1, dropOffLocation: '宅配ボックス' },
  );
  expect(wishes).toEqual({
    gift: true,
    wrapping: ['包装紙A'],
    deliveryDate: '2026-12-01',
    deliveryTerm: 1416,
    caution: { type: 1, detail: 103 },
  });
  expect(baskets).toMatchObject([{ basketId: '10', noshi: '御歳暮 見本', dropOff: '宅配ボックス' }]);
});

test('nothing that nobody asked for stands in it', async () => {
  const { wishes, baskets } = await instructionFor(
    '1-20261101-2',
    { giftCheckFlag: 0, cautionDisplayType: 0, shippingTerm: 0 },
    { noshi: null, dropOffFlag: 0, dropOffLocation: '利用しない' },
  );
  expect(wishes).toEqual({});
  expect(Object.keys(baskets[0] ?? {}).sort()).toEqual(['basketId', 'lines', 'shipTo']);
});

test('the customer is the buyer unless the shop has one, and the parcel goes to its recipient either way', async () => {
  const people = { OrdererModel: { familyName: '見本', firstName: '一郎' } };
  const destination = { SenderModel: { familyName: '届先', firstName: '花子' } };
  const own = await instructionFor('1-20261101-3', people, destination);
  expect(own.customer).toEqual({ name: '見本 一郎' });
  const defaultCustomer = { code: 'RAKUTEN', name: '楽天市場のお客様' };
  await changeSettings(store.db, 'tea', { defaultCustomer });
  const filed = await instructionFor('1-20261101-4', people, destination);
  expect(filed.customer).toEqual(defaultCustomer);
  expect(JSON.stringify(filed)).not.toContain('見本');
  expect([own, filed].map(({ baskets }) => baskets[0]?.shipTo?.name)).toEqual(['届先 花子', '届先 花子']);
});
