import { eq } from 'drizzle-orm';
import type { Caller } from '../../src/api/caller';
import { shipFromRoutes } from '../../src/api/ship-froms';
import { findOrder, setStage } from '../../src/store/orders';
import { timeline } from '../../src/store/schema';
import { ensureFulfilment, setFulfilmentState } from '../../src/store/shipments';
import { shipFrom } from '../support/ship-froms';
import type { TestApi } from './support';
import { depsOf, NEW_SHOP, startTestApi, storeOrder } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await api.as('post', '/v1/shops').send(NEW_SHOP).expect(201);
  await put(shipFrom('tokyo'), shipFrom('osaka', '大阪倉庫'), shipFrom('unused'));
});
afterAll(() => api.close());

const put = (...shipFroms: object[]) => api.as('put', '/v1/ship-froms').send({ shipFroms }).expect(200);
const setDefault = (defaultShipFromId: string | null) =>
  api.as('patch', '/v1/shops/tea').send({ settings: { defaultShipFromId } });
let serial = 0;
const stored = async () => {
  serial += 1;
  const ref = { shopId: 'tea', orderNumber: `1-20261101-${serial}` };
  await storeOrder(api, ref);
  return { ref, path: `/v1/orders/tea/${ref.orderNumber}` };
};
const choose = (path: string, shipFromId: string | null) =>
  api.as('put', `${path}/ship-from`).send({ shipFromId });

test('ship-froms are made and changed by key, and those that are not named stay', async () => {
  expect((await put(shipFrom('unused', '新しい倉庫'))).body).toEqual({ saved: 1 });
  const { body } = await api.as('get', '/v1/ship-froms?limit=2').expect(200);
  expect(body.items.map((item: { shipFromId: string }) => item.shipFromId)).toEqual(['osaka', 'tokyo']);
  const next = await api.as('get', `/v1/ship-froms?cursor=${body.nextCursor}`).expect(200);
  expect(next.body).toEqual({ items: [shipFrom('unused', '新しい倉庫')], nextCursor: null });
});

test('one that is named twice, or has no postal code or phone number, is refused', async () => {
  const twice = await api.as('put', '/v1/ship-froms').send({ shipFroms: [shipFrom('a'), shipFrom('a')] });
  expect([twice.status, twice.body.code, twice.body.errors[0].path]).toEqual([
    422,
    'duplicate',
    'shipFroms.1.shipFromId',
  ]);
  const wrong = { ...shipFrom('a'), zipCode: '1', phoneNumber: 'none' };
  const { body } = await api
    .as('put', '/v1/ship-froms')
    .send({ shipFroms: [wrong] })
    .expect(400);
  expect(body.errors.map(({ path }: { path: string }) => path)).toEqual([
    'shipFroms.0.zipCode',
    'shipFroms.0.phoneNumber',
  ]);
});

test('what a shop and an order say is shown with who said it, and the order comes before its shop', async () => {
  const { ref, path } = await stored();
  const shown = async () => (await api.as('get', path).expect(200)).body.shipFrom;
  await setDefault(null).expect(200);
  expect(await shown()).toEqual({
    shipFromId: null,
    source: null,
    candidates: { rule: null, order: null, shop: null },
  });
  await setDefault('tokyo').expect(200);
  expect(await shown()).toMatchObject({ shipFromId: 'tokyo', source: 'shop' });
  const { body } = await choose(path, 'osaka').expect(200);
  expect(body.shipFrom).toEqual({
    shipFromId: 'osaka',
    source: 'order',
    candidates: { rule: null, order: 'osaka', shop: 'tokyo' },
  });
  await choose(path, 'osaka').expect(200);
  await choose(path, null).expect(200);
  expect(await shown()).toMatchObject({ shipFromId: 'tokyo', source: 'shop' });
  const lines = await api.db.select().from(timeline).where(eq(timeline.orderNumber, ref.orderNumber));
  expect(lines.map(({ code, params, actor }) => [code, params, actor])).toEqual([
    ['order.ship_from', { shipFromId: 'osaka' }, 'administrator'],
    ['order.ship_from_cleared', {}, 'administrator'],
  ]);
});

test('an order keeps its ship-from once its instruction has left, and may change it when that came back', async () => {
  const { ref, path } = await stored();
  await choose(path, 'osaka').expect(200);
  const { fulfilmentOrderId } = await ensureFulfilment(api.db, ref, 'manual');
  expect((await choose(path, 'tokyo').expect(409)).body.code).toBe('already_instructed');
  expect((await findOrder(api.db, ref))?.shipFromId).toBe('osaka');
  await setFulfilmentState(api.db, fulfilmentOrderId, 'recalled');
  await choose(path, 'tokyo').expect(200);
  await setStage(api.db, ref, 'completed', new Date());
  expect((await choose(path, 'osaka').expect(409)).body.code).toBe('order_finished');
});

test('a ship-from that does not exist can be named by neither an order nor a shop', async () => {
  const { path } = await stored();
  expect((await choose(path, 'nowhere').expect(422)).body.code).toBe('ship_from_unknown');
  const { body } = await setDefault('nowhere').expect(422);
  expect([body.code, body.errors[0].path]).toEqual(['ship_from_unknown', 'settings.defaultShipFromId']);
  const shop = {
    ...NEW_SHOP,
    shopUrl: 'https://www.rakuten.ne.jp/other',
    settings: { defaultShipFromId: 'nowhere' },
  };
  expect((await api.as('post', '/v1/shops').send(shop).expect(422)).body.code).toBe('ship_from_unknown');
  await choose('/v1/orders/tea/1-20261101-99', 'tokyo').expect(404);
});

test('one that a shop or an open order names is not deleted; finished orders let go of it', async () => {
  const { ref, path } = await stored();
  await put(shipFrom('closing'));
  await setDefault('closing').expect(200);
  await choose(path, 'closing').expect(200);
  const refused = await api.as('delete', '/v1/ship-froms/closing').expect(409);
  expect(refused.body).toMatchObject({ code: 'ship_from_in_use', detail: expect.stringContaining('tea') });
  await setDefault(null).expect(200);
  await api.as('delete', '/v1/ship-froms/closing').expect(409);
  await setStage(api.db, ref, 'completed', new Date());
  await api.as('delete', '/v1/ship-froms/closing').expect(204);
  expect((await findOrder(api.db, ref))?.shipFromId).toBeNull();
  expect((await api.as('delete', '/v1/ship-froms/closing').expect(404)).body.code).toBe(
    'ship_from_not_found',
  );
});

test('a caller of some shops neither sees nor names what only other shops send from', async () => {
  await setDefault('tokyo').expect(200);
  const { path } = await stored();
  const caller: Caller = { id: 'x', actor: 'desk', role: 'operator', shops: ['beans'] };
  const [list] = shipFromRoutes(depsOf(api)).filter(({ method }) => method === 'get');
  const wire = { address: '127.0.0.1', headers: {}, note: () => undefined };
  const raw = {
    params: {},
    query: {},
    body: undefined,
    language: 'en',
    caller,
    actor: 'desk',
    ...wire,
  } as const;
  const page = (await list?.run(raw)) as { items: { shipFromId: string }[] };
  expect(page.items.map(({ shipFromId }) => shipFromId)).toEqual(['osaka', 'unused']);
  const own: Caller = { ...caller, shops: ['tea'] };
  const all = (await list?.run({ ...raw, caller: own })) as { items: object[] };
  expect(all.items).toHaveLength(3);
  await choose(path, 'tokyo').expect(200);
});

test('an order is filed under its shop’s customer, and its buyer’s name is never shown there', async () => {
  const { path } = await stored();
  const shown = async () => (await api.as('get', path).expect(200)).body.customer;
  expect(await shown()).toEqual({ code: null, name: null, source: 'buyer' });
  const defaultCustomer = { code: 'RAKUTEN', name: '楽天市場のお客様' };
  await api.as('patch', '/v1/shops/tea').send({ settings: { defaultCustomer } }).expect(200);
  expect(await shown()).toEqual({ ...defaultCustomer, source: 'default' });
});
