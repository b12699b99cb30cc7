import { tokenOf, withToken } from './people';
import type { TestApi } from './support';
import { NEW_SHOP, startTestApi, storeOrder } from './support';

const COFFEE = {
  name: 'Coffee',
  shopUrl: 'https://www.rakuten.ne.jp/coffee',
  serviceSecret: 'SP654321_abcdefghijklmnop',
  licenseKey: 'SL654321_QRSTUVWXYZ99abcd',
};
const numberOf = (shopId: string) => `${shopId === 'tea' ? '1' : '2'}-20260701-0000000001`;

let api: TestApi;
let teaOnly: Awaited<ReturnType<typeof tokenOf>>;
let both: string;
const as = (token: string) => withToken(api, token);

beforeAll(async () => {
  api = await startTestApi();
  for (const shop of [NEW_SHOP, COFFEE]) await api.as('post', '/v1/shops').send(shop).expect(201);
  for (const shopId of ['tea', 'coffee']) {
    await storeOrder(api, { shopId, orderNumber: numberOf(shopId) }, { paymentDueDate: '2026-12-01' });
    const { rows } = await api.db.$client.query(
      `insert into fulfilment_orders (shop_id, order_number, provider, state) values ($1, $2, 'manual', 'open') returning 1`,
      [shopId, numberOf(shopId)],
    );
    expect(rows).toHaveLength(1);
    await api.db.$client.query(
      `update orders set deadline_at = now() + interval '1 day', deadline_code = 'payment' where shop_id = $1`,
      [shopId],
    );
    await api.db.$client.query(
      `insert into rms_calls (shop_id, at, operation, outcome, codes, order_numbers, batch_size, batch_limit, waited_ms, duration_ms)
       values ($1, now(), 'getOrder', 'ok', '{}', '{}', 1, 1, 0, 0)`,
      [shopId],
    );
    await api.db.$client.query(
      `insert into file_imports (shop_id, subject, format, dry_run, state, bytes, requested_by, errors)
       values ($1, 'sku-links', 'csv', false, 'done', 1, 'x', '[]')`,
      [shopId],
    );
    await api.as('put', `/v1/shops/${shopId}/stop`).send({ reason: 'holiday' }).expect(200);
  }
  teaOnly = await tokenOf(api, 'administrator', ['tea']);
  both = await tokenOf(api, 'administrator', ['tea', 'coffee']);
});
afterAll(() => api.close());

const shopsIn = (items: readonly Record<string, unknown>[]): unknown[] =>
  [...new Set(items.map((item) => item.shopId ?? item.scope))].sort();

test.each([
  '/v1/orders',
  `/v1/orders?q=2-20260701-0000000001&stage=ready`,
  '/v1/deadlines',
  '/v1/fulfilment-orders',
  '/v1/rms-calls',
  '/v1/file-imports',
  '/v1/shops',
  '/v1/stops',
  '/v1/audit?action=PUT%20/v1/shops/%7BshopId%7D/stop',
])('%s shows each caller the shops that are theirs', async (path) => {
  const seen = async (token: string) => shopsIn((await as(token)('get', path).expect(200)).body.items);
  const all = shopsIn((await api.as('get', path).expect(200)).body.items);
  const expected = path.includes('q=2') ? ['coffee'] : ['coffee', 'tea'];
  expect(all).toEqual(expected);
  expect(await seen(both)).toEqual(expected);
  expect(await seen(teaOnly)).toEqual(expected.filter((shopId) => shopId === 'tea'));
});

test('what is found by an id alone is refused where it is of another shop', async () => {
  const { rows } = await api.db.$client.query(
    `select shop_id, import_id from file_imports order by shop_id desc`,
  );
  const [tea, coffee] = rows.map((row) => `/v1/file-imports/${row.import_id}`);
  await as(teaOnly)('get', String(tea)).expect(200);
  expect((await as(teaOnly)('get', String(coffee)).expect(403)).body.code).toBe('forbidden');
  expect((await as(teaOnly)('delete', String(coffee)).expect(403)).body.code).toBe('forbidden');
  const imported = await api.db.$client.query(
    `insert into imports (shop_id, range_from, range_to, by, statuses, dry_run, state, progress, requested_by)
     values ('coffee', now(), now(), 'ordered', '{100}', true, 'running', '{"until":{},"found":{},"known":0,"new":0}', 'x')
     returning import_id`,
  );
  const path = `/v1/imports/${imported.rows[0].import_id}`;
  await as(both)('get', path).expect(200);
  await as(teaOnly)('get', path).expect(403);
  await as(teaOnly)('delete', path).expect(403);
  expect((await api.as('get', path).expect(200)).body.state).toBe('running');
});

test('a body or a query that names another shop is refused, and nothing happens', async () => {
  await api.as('put', '/v1/skus').send({ skus: [{ skuCode: 'T', name: 'T' }] });
  const links = [{ manageNumber: 'm', variantId: 'v', skuCode: 'T' }];
  await as(teaOnly)('put', '/v1/sku-links').send({ shopId: 'coffee', links }).expect(403);
  await as(teaOnly)('put', '/v1/sku-links').send({ shopId: 'tea', links }).expect(200);
  await as(teaOnly)('get', '/v1/sku-links?shopId=coffee').expect(403);
  await as(teaOnly)('get', '/v1/sku-links/export?shopId=coffee').expect(403);
  await as(teaOnly)('get', '/v1/orders?shopId=coffee').expect(403);
  await as(teaOnly)('post', '/v1/sku-links/import?shopId=coffee')
    .set('Content-Type', 'text/csv')
    .send('x')
    .expect(403);
  expect((await api.as('get', '/v1/sku-links?shopId=coffee').expect(200)).body.items).toEqual([]);
  // A shop that does not exist and one that is another's look alike.
  const [other, none] = await Promise.all(
    ['coffee', 'nowhere'].map((shopId) => as(teaOnly)('get', `/v1/shops/${shopId}`).expect(403)),
  );
  expect(String(other?.body.detail).replace('coffee', 'nowhere')).toBe(none?.body.detail);
});

test('an administrator of some shops can neither let people in nor stop all shops', async () => {
  await as(both)('post', '/v1/tokens').send({ name: 'more', role: 'administrator' }).expect(403);
  await as(both)('get', '/v1/users').expect(403);
  await as(both)('put', '/v1/stop').send({ reason: 'x' }).expect(403);
  await as(both)('get', '/v1/stock').expect(403);
  await as(both)('patch', '/v1/shops/tea')
    .send({ settings: { transitDays: 2 } })
    .expect(200);
});
