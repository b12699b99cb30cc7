import { first } from './answers';
import { AUTHORIZATION, esa, type Rig, SKU, startRig } from './rig';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

const ORDER = '/es/2.0/order/getOrder/';
const STOCK = `/es/2.1/inventories/manage-numbers/${SKU.manageNumber}/variants/${SKU.variantId}`;
const GA0001 = { errors: [{ code: 'GA0001', message: 'Un-Authorised' }] };
const ES01 = { Results: { errorCode: 'ES01-01', message: 'Un-Authorised' } };
const ES04 = { Results: { errorCode: 'ES04-01', message: 'Bad Request' } };

test.each([
  ['a wrong key on orders', ORDER, 'POST', esa('SP400100_testSecret', 'SL400100_testkey'), 401, ES01],
  ['a wrong secret on stock', STOCK, 'GET', esa('nobody', 'SL400100_testKey'), 401, GA0001],
  ['a header without ESA on orders', ORDER, 'POST', AUTHORIZATION.slice(4), 400, ES04],
  ['a header without ESA on stock', STOCK, 'GET', 'Bearer x', 401, GA0001],
])('%s is refused in the words of its gateway', async (_what, path, method, authorization, status, body) => {
  const reply = await rig.rms(method, path, method === 'POST' ? {} : undefined, {
    Authorization: authorization,
  });
  expect([reply.status, reply.json]).toEqual([status, body]);
});

test('a key that is not active yet or has expired is refused like a wrong one, and a new key does not end the old one', async () => {
  const shop = { shopCode: 'test-shop', rakutenShopId: '400100', serviceSecret: 'SP400100_testSecret' };
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  await rig.control('POST', '/shops', { ...shop, licenseKey: 'SL_future', activeFrom: day(1) });
  await rig.control('POST', '/shops', { ...shop, licenseKey: 'SL_old', expiresAt: day(-1) });
  const status = async (key: string) =>
    (await rig.rms('GET', STOCK, undefined, { Authorization: esa(shop.serviceSecret, key) })).status;
  expect(await Promise.all(['SL_future', 'SL_old', 'SL400100_testKey'].map(status))).toEqual([401, 401, 200]);
  await rig.control('PUT', '/clock', { offsetSeconds: 2 * 86_400 });
  expect(await status('SL_future')).toBe(200);
  await rig.control('PUT', '/clock', null);
});

test('a function that is not ticked is refused, the others answer', async () => {
  const shop = { shopCode: 'small-shop', rakutenShopId: '400101', serviceSecret: 's2', licenseKey: 'k2' };
  await rig.control('POST', '/shops', { ...shop, functions: ['rpay.order.searchOrder'] });
  const small = { Authorization: esa('s2', 'k2') };
  expect(await rig.rms('POST', ORDER, {}, small)).toMatchObject({ status: 400, json: ES04 });
  expect(await rig.rms('GET', STOCK, undefined, small)).toMatchObject({ status: 401, json: GA0001 });
  const search = await rig.rms('POST', '/es/2.0/order/searchOrder/', {}, small);
  expect(search.json.MessageModelList).toHaveLength(3);
});

test.each([
  ['application/json', 415],
  ['text/plain; charset=utf-8', 415],
  ['application/json; charset=utf-8', 400],
  ['application/json;charset=UTF-8', 400],
])('the order API answers Content-Type %s with %i', async (type, status) => {
  const reply = await rig.rms('POST', ORDER, {}, { 'Content-Type': type });
  expect(reply.status).toBe(status);
  if (status === 415) {
    expect(reply.json).toEqual({ Results: { errorCode: 'ES04-03', message: 'Unsupported Media Type' } });
  }
});

test('a body that is not JSON is a bad request, GET is no method of the order API, unknown paths are told so', async () => {
  expect(await rig.rms('POST', ORDER, '{"version":')).toMatchObject({ status: 400, json: ES04 });
  expect((await rig.rms('GET', ORDER)).status).toBe(405);
  expect((await rig.rms('POST', '/es/2.0/order/getNenga/', {})).status).toBe(404);
  const path = await rig.rms('POST', '/es/2.0/inventories/set', {});
  expect([path.status, first(path.json.errors).code]).toEqual([400, 'GE0007']);
});

test('the path works with and without its trailing slash, and the answer carries a request id', async () => {
  for (const path of ['/es/2.0/order/getOrder', ORDER]) {
    const reply = await rig.rms('POST', path, {
      version: 9,
      orderNumberList: ['400100-20260101-0000000001'],
    });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toBe('application/json;charset=UTF-8');
    expect(reply.headers.get('requestid')).toMatch(/^[0-9a-f-]{36}$/);
  }
});

test('the licence endpoint tells the last second of a key, and wants to know which', async () => {
  const path = '/es/1.0/license-management/license-key/expiry-date';
  const reply = await rig.rms('GET', `${path}?licenseKey=SL400100_testKey`);
  expect(reply.json.expiryDate).toMatch(/^\d{4}-\d{2}-\d{2}T23:59:59$/);
  expect(await rig.rms('GET', path)).toMatchObject({ status: 400, json: { errors: [{ code: 'DR0005' }] } });
  expect((await rig.rms('POST', `${path}?licenseKey=SL400100_testKey`, {})).status).toBe(405);
});

describe('rate limits', () => {
  const slow = {
    rateBurst: 1,
    orderRequestsPerSecond: 0.01,
    inventoryReadsPerSecond: 0.01,
    inventoryWritesPerSecond: 0.01,
  };
  beforeAll(() => rig.control('PUT', '/settings', slow));
  afterAll(() =>
    rig.control('PUT', '/settings', {
      rateBurst: 1000,
      orderRequestsPerSecond: 1e4,
      inventoryReadsPerSecond: 1e4,
      inventoryWritesPerSecond: 1e4,
    }),
  );

  test('all functions of the order API share one bucket and answer 503 when it is empty; stock has one per function, with 429', async () => {
    const shop = { shopCode: 'limited', rakutenShopId: '400102', serviceSecret: 's3', licenseKey: 'k3' };
    await rig.control('POST', '/shops', shop);
    const limited = { Authorization: esa('s3', 'k3') };
    const bulk = { inventories: [SKU] };
    const statuses = [
      await rig.rms('POST', ORDER, {}, limited),
      await rig.rms('POST', '/es/2.0/order/searchOrder/', {}, limited),
      await rig.rms('POST', '/es/2.1/inventories/bulk-get', bulk, limited),
      await rig.rms('POST', '/es/2.1/inventories/bulk-get', bulk, limited),
      await rig.rms('GET', STOCK, undefined, limited),
    ].map((reply) => reply.status);
    expect(statuses).toEqual([400, 503, 200, 429, 404]);
  });
});
