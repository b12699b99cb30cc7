import { MockActivityEnvironment } from '@temporalio/testing';
import { assess } from '../../src/activities/assess';
import type { ActivityContext } from '../../src/activities/context';
import { instruct } from '../../src/activities/fulfil';
import { syncActivities } from '../../src/activities/sync';
import type { OrderRef } from '../../src/domain/order';
import { putShipFroms, setShipFrom } from '../../src/store/ship-froms';
import { currentFulfilment } from '../../src/store/shipments';
import { changeSettings } from '../../src/store/shops';
import { putLinks } from '../../src/store/sku-links';
import { putSkus } from '../../src/store/skus';
import { type House, openHouse, SHOP } from '../support/house';
import type { AtRakuten } from '../support/orders';
import { shipFrom } from '../support/ship-froms';
import '../support/quiet-runtime';

const atWarehouse = ({ phoneNumber, ...rest }: ReturnType<typeof shipFrom>) => ({
  ...rest,
  phone: phoneNumber,
});
const TOKYO = shipFrom('tokyo', '東京倉庫');
const OSAKA = shipFrom('osaka', '大阪倉庫');
const CUSTOMER = { code: 'RAKUTEN', name: '楽天市場のお客様' };

let house: House;
let syncShop: ReturnType<typeof syncActivities>['syncShop'];
beforeAll(async () => {
  house = await openHouse({
    automaticOrderIntegration: true,
    automaticShippingInstructions: true,
    fulfilmentProvider: 'sandbox',
  });
  ({ syncShop } = syncActivities(house.context));
  const { db } = house.database;
  await house.control('PUT', '/control/settings', { warehouseShipAfterSeconds: 3600 });
  await putSkus(db, [{ skuCode: 'TEA', name: 'tea' }]);
  await putLinks(db, SHOP.shopId, [{ manageNumber: 'tea', variantId: 'tea', skuCode: 'TEA' }]);
  await putShipFroms(db, [TOKYO, OSAKA]);
});
afterAll(() => house?.close());

/** An order that is ready to ship, as Rakuten's buyer placed it. */
const ready = async (): Promise<OrderRef> => {
  const { orderNumbers } = await house.control<{ orderNumbers: string[] }>(
    'POST',
    `/control/shops/${SHOP.shopId}/orders`,
    {
      overrides: {
        settlementMethod: 1,
        destinations: 1,
        progress: 300,
        lines: [{ manageNumber: 'tea', variantId: 'tea', units: 1 }],
      },
    },
  );
  await syncShop({ shopId: SHOP.shopId });
  return { shopId: SHOP.shopId, orderNumber: orderNumbers[0] ?? '' };
};

/** Sends the instruction as the workflow would. @returns it as the warehouse's books have it */
const instructed = async (ref: OrderRef) => {
  await assess(house.context, ref);
  await new MockActivityEnvironment().run(() => instruct(house.context, ref));
  const id = (await currentFulfilment(house.database.db, ref))?.fulfilmentOrderId;
  const books = await house.control<{ fulfilmentOrders: { fulfilmentOrderId: string }[] }>(
    'GET',
    '/control/warehouse',
  );
  return books.fulfilmentOrders.find((order) => order.fulfilmentOrderId === id);
};
const settings = (change: Parameters<typeof changeSettings>[2]) =>
  changeSettings(house.database.db, SHOP.shopId, change);

test('the warehouse is told where its shop sends from and whose order it is', async () => {
  await settings({ defaultShipFromId: 'tokyo', defaultCustomer: CUSTOMER });
  expect(await instructed(await ready())).toMatchObject({
    state: 'accepted',
    shipFrom: atWarehouse(TOKYO),
    customer: CUSTOMER,
  });
});

test('what the order itself says comes before its shop', async () => {
  await settings({ defaultShipFromId: 'tokyo', defaultCustomer: null });
  const ref = await ready();
  await house.database.db.transaction((tx) => setShipFrom(tx, ref, 'osaka'));
  expect(await instructed(ref)).toMatchObject({ shipFrom: atWarehouse(OSAKA), customer: null });
});

test('where nobody says it the instruction leaves without', async () => {
  await settings({ defaultShipFromId: null, defaultCustomer: null });
  expect(await instructed(await ready())).toMatchObject({
    state: 'accepted',
    shipFrom: null,
    customer: null,
  });
});

test('Rakuten is never told of the customer, and its order names the buyer as before', async () => {
  await settings({ defaultShipFromId: 'tokyo', defaultCustomer: CUSTOMER });
  const ref = await ready();
  const shown = () => house.control<AtRakuten>('GET', `/control/orders/${ref.orderNumber}`);
  const before = (await shown()).order;
  await instructed(ref);
  expect((await shown()).order).toEqual(before);
  const { calls } = await house.control<{ calls: { function: string }[] }>('GET', '/control/calls');
  expect(new Set(calls.map((call) => call.function))).toEqual(new Set(['searchOrder', 'getOrder']));
});

test('an order that Rakuten does not show at the ship gate is not sent, although it was read before, until it shows it again', async () => {
  const ref = await ready();
  const own = house.context.gateway(ref.shopId);
  const context: ActivityContext = {
    ...house.context,
    gateway: () => ({ ...own, getOrder: async () => ({ kind: 'not_found' }) }),
  };
  await assess(house.context, ref);
  const run = new MockActivityEnvironment().run(() => instruct(context, ref));
  await expect(run).rejects.toMatchObject({ name: 'NotVisibleYet' });
  expect(await currentFulfilment(house.database.db, ref)).toBe(undefined);
  expect(await instructed(ref)).toMatchObject({ state: 'accepted' });
});
