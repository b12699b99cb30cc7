import { setParked } from '../../src/store/orders';
import { outbox } from '../../src/store/schema';
import type { TestApi } from './support';
import { NEW_SHOP, startTestApi, storeOrder } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  for (const shop of ['tea', 'cake'])
    await api
      .as('post', '/v1/shops')
      .send({ ...NEW_SHOP, shopUrl: `https://www.rakuten.ne.jp/${shop}` })
      .expect(201);
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.db.execute('truncate stops, outbox');
});

const SINCE = expect.stringMatching(/^\d{4}-.*Z$/);
const on = (scope: string, reason = 'wrong prices') => ({ scope, reason, by: 'administrator', since: SINCE });
const stopShop = (shopId: string) =>
  api.as('put', `/v1/shops/${shopId}/stop`).send({ reason: 'wrong prices' }).expect(200);
const stopAll = (reason = 'wrong prices') => api.as('put', '/v1/stop').send({ reason }).expect(200);
const stoppedOf = async (shopId: string) =>
  (await api.as('get', `/v1/shops/${shopId}`).expect(200)).body.stopped;
const shown = async () => (await api.as('get', '/v1/stops').expect(200)).body;

test('a switch says what is stopped since when, by whom and why, also when it is turned twice', async () => {
  const { body: first } = await stopAll();
  expect(first).toEqual(on('*'));
  expect((await stopAll('another reason')).body).toEqual(first);
  expect((await stopShop('tea')).body).toEqual(on('tea'));
  expect(await shown()).toEqual({ items: [on('*'), on('tea')], nextCursor: null, parked: [] });
  const page = await api.as('get', '/v1/stops?limit=1').expect(200);
  expect((await api.as('get', `/v1/stops?cursor=${page.body.nextCursor}`)).body.items).toEqual([on('tea')]);
});

test('each shop shows the switch that stops it, and the metrics which shops are stopped', async () => {
  const metric = async () =>
    (await api.anonymous.get('/metrics')).text
      .split('\n')
      .filter((line) => line.startsWith('okuri_stopped{'));
  await stopShop('tea');
  expect([await stoppedOf('tea'), await stoppedOf('cake')]).toEqual([on('tea'), null]);
  expect(await metric()).toEqual(['okuri_stopped{shop="tea"} 1']);
  await stopAll('all of it');
  expect([await stoppedOf('tea'), await stoppedOf('cake')]).toEqual([on('tea'), on('*', 'all of it')]);
  expect(await metric()).toEqual(['okuri_stopped{shop="cake"} 1', 'okuri_stopped{shop="tea"} 1']);
});

test('lifting says how many orders go on and what stays stopped, and a staged restart can be watched', async () => {
  const refs = ['1', '2', '3'].map((orderNumber) => ({ shopId: 'tea', orderNumber }));
  for (const ref of refs) {
    await storeOrder(api, ref);
    await setParked(api.db, ref, 'stopped');
  }
  await stopShop('tea');
  await stopAll();
  expect((await shown()).parked).toEqual([{ shopId: 'tea', orders: 3, lastWakeAt: null }]);
  const all = await api.as('delete', '/v1/stop').expect(200);
  expect(all.body).toEqual({ woken: 0, stillStopped: [on('tea')] });
  const one = await api.as('delete', '/v1/shops/tea/stop?ordersPerMinute=2').expect(200);
  expect(one.body).toEqual({ woken: 3, stillStopped: [] });
  const wakes = (await api.db.select().from(outbox)).map(({ dueAt }) => dueAt.getTime()).sort();
  expect(wakes.map((at) => (at - (wakes[0] ?? 0)) / 1000)).toEqual([0, 30, 60]);
  const [restart] = (await shown()).parked;
  expect([restart.orders, new Date(restart.lastWakeAt).getTime()]).toEqual([3, wakes[2]]);
  expect(await stoppedOf('tea')).toBeNull();
});

test('a shop that the switch of all still stops says so when its own is lifted', async () => {
  await stopShop('tea');
  await stopAll();
  const { body } = await api.as('delete', '/v1/shops/tea/stop').expect(200);
  expect(body).toEqual({ woken: 0, stillStopped: [on('*')] });
});

test.each([
  ['delete', '/v1/stop', undefined, 404, 'stop_not_found'],
  ['delete', '/v1/shops/tea/stop', undefined, 404, 'stop_not_found'],
  ['delete', '/v1/shops/none/stop', undefined, 404, 'shop_not_found'],
  ['delete', '/v1/stop?ordersPerMinute=0', undefined, 400, 'invalid_request'],
  ['put', '/v1/stop', {}, 400, 'invalid_request'],
  ['put', '/v1/stop', { reason: ' ' }, 400, 'invalid_request'],
  ['put', '/v1/shops/none/stop', { reason: 'why' }, 404, 'shop_not_found'],
  ['put', '/v1/shops/*/stop', { reason: 'why' }, 404, 'shop_not_found'],
] as const)('%s %s with %o is refused: %i %s', async (method, path, body, status, code) => {
  const answer = await api.as(method, path).send(body).expect(status);
  expect(answer.body.code).toBe(code);
  expect((await shown()).items).toEqual([]);
});

test('nobody but the administrator turns a switch or sees it', async () => {
  await api.anonymous.put('/v1/stop').send({ reason: 'why' }).expect(401);
  await api.anonymous.delete('/v1/stop').expect(401);
  await api.anonymous.get('/v1/stops').expect(401);
});
