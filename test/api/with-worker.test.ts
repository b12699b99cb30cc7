import { eventually } from '../support/eventually';
import { type House, openHouse, SHOP, startWorkshop, type Workshop } from '../support/house';
import { type AtRakuten, deskOf } from '../support/orders';
import type { TestApi } from './support';
import { apiOver } from './support';

let house: House;
let workshop: Workshop;
let desk: ReturnType<typeof deskOf>;
let api: Omit<TestApi, 'close'>;

beforeAll(async () => {
  house = await openHouse({
    automaticOrderIntegration: true,
    automaticOrderConfirmation: true,
    stockSync: 'shipment',
  });
  workshop = await startWorkshop(house);
  desk = deskOf(house, workshop);
  await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600 });
  api = apiOver({ db: house.database.db, vault: house.vault, temporal: workshop.client });
});
afterAll(async () => {
  await workshop.close();
  await house.close();
});

interface Shown {
  stage: string;
  rakutenStatus: number;
  holds: { id: string; code: string }[];
  timeline: { code: string }[];
}
const pathOf = (orderNumber: string) => `/v1/orders/${SHOP.shopId}/${orderNumber}`;
const until = (orderNumber: string, holds: (order: Shown) => boolean): Promise<Shown> =>
  eventually(async () => (await api.as('get', pathOf(orderNumber)).expect(200)).body, holds);
const atRakuten = (orderNumber: string) => house.control<AtRakuten>('GET', `/control/orders/${orderNumber}`);

test('what people do by the API reaches the order: start, link, hold, retry, sync, release, ship', async () => {
  await desk.sell('tea', 10, false);
  const ref = await desk.buy('tea', 2);
  const path = pathOf(ref.orderNumber);
  await api.as('post', `${path}/start`).expect(202);
  await until(ref.orderNumber, ({ holds }) => holds.some(({ code }) => code === 'sku_unlinked'));
  await until(ref.orderNumber, ({ rakutenStatus }) => rakutenStatus === 200);
  expect((await atRakuten(ref.orderNumber)).books.confirmed).toBe(1);

  const link = { manageNumber: 'tea', variantId: 'tea', skuCode: 'TEA' };
  await api
    .as('put', '/v1/sku-links')
    .send({ shopId: SHOP.shopId, links: [link] })
    .expect(200);
  await until(ref.orderNumber, ({ holds }) => holds.length === 0);
  const stock = await api.as('get', '/v1/stock?skuCode=TEA').expect(200);
  expect(stock.body.items[0]).toMatchObject({ onHand: 10, reserved: 2, available: 8 });

  const hold = { code: 'call_buyer', text: 'first', blocks: 'ship' };
  await api.as('post', `${path}/holds`).send(hold).expect(201);
  await desk.fix(ref);
  await api.as('post', `${path}/retry`).expect(200);
  await api.as('post', `/v1/shops/${SHOP.shopId}/sync`).expect(202);
  const held = await until(ref.orderNumber, ({ stage }) => stage === 'held');
  await api.as('delete', `${path}/holds/${held.holds[0]?.id}`).expect(200);
  await until(ref.orderNumber, ({ stage }) => stage === 'ready');

  const packages = [{ carrier: '1001', trackingNumber: '400000000001', shippedOn: '2026-07-02' }];
  await api.as('post', `${path}/shipments`).send({ packages }).expect(200);
  await until(ref.orderNumber, ({ stage }) => stage === 'shipping_reported');
  const rows = (await atRakuten(ref.orderNumber)).order.PackageModelList.flatMap(
    (to) => to.ShippingModelList,
  );
  expect(rows.map((row) => row.shippingNumber)).toEqual(['400000000001']);
});

test('a number that Rakuten does not know ends as not_found, and can be asked for again', async () => {
  const orderNumber = '123456-20260701-9999999999';
  await api.as('post', `${pathOf(orderNumber)}/start`).expect(202);
  const ended = (asked: number) => (order: Shown) =>
    order.stage === 'not_found' &&
    order.timeline.filter(({ code }) => code === 'order.not_found').length === asked;
  await until(orderNumber, ended(1));
  const again = await eventually(
    async () => (await api.as('post', `${pathOf(orderNumber)}/start`).expect(202)).body,
    ({ alreadyRunning }) => !alreadyRunning,
  );
  expect(again.runId).toEqual(expect.any(String));
  await until(orderNumber, ended(2));
});
