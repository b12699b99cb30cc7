import type { TestApi } from './support';
import { NEW_SHOP, startTestApi, storeOrder } from './support';

const NUMBER = '1-20260701-0000000001';
const RENEWED = { licenseKey: 'SL123456_ponmlkjihgfedcba' };
const RANGE = {
  from: '2026-07-01T00:00:00Z',
  to: '2026-07-02T00:00:00Z',
  by: 'ordered',
  statuses: [100],
  dryRun: true,
};

/** POSTs that make something, and the table in which it stands. */
const MAKING: readonly (readonly [path: string, body: object, status: number, table: string])[] = [
  ['/v1/shops', { ...NEW_SHOP, shopUrl: 'https://www.rakuten.ne.jp/coffee' }, 201, 'shops'],
  ['/v1/shops/tea/credentials/renewals', RENEWED, 202, 'credential_renewals'],
  ['/v1/shops/tea/imports', RANGE, 202, 'imports'],
  ['/v1/shops/tea/listings/read', {}, 202, 'listing_reads'],
  ['/v1/shops/tea/stock/reconciliations', {}, 202, 'stock_reconciliations'],
  [`/v1/orders/tea/${NUMBER}/cancel`, { reason: 1, restoreInventory: true }, 200, 'cancellations'],
  [
    '/v1/stock/movements',
    { skuCode: 'A', kind: 'receive', quantity: 2, reason: 'x' },
    201,
    'stock_movements',
  ],
  ['/v1/users', { name: 'sato', password: 'correct horse battery', role: 'viewer' }, 201, 'users'],
  ['/v1/tokens', { name: 'erp', role: 'viewer' }, 201, 'tokens'],
];

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await api.as('post', '/v1/shops').send(NEW_SHOP).expect(201);
  await api.as('put', '/v1/skus').send({ skus: [{ skuCode: 'A', name: 'A' }] });
  await storeOrder(api, { shopId: 'tea', orderNumber: NUMBER });
});
afterAll(() => api.close());

const rows = async (table: string): Promise<number> =>
  Number((await api.db.$client.query(`select count(*) from ${table}`)).rows[0].count);
/** The answer without what tells one run of a workflow from the next. */
const lasting = ({ runId: _, ...body }: Record<string, unknown>) => body;

test.each(MAKING)(
  'POST %s makes one thing and answers the same when its first answer was lost',
  async (path, body, status, table) => {
    const key = `lost${path.replaceAll('/', '-')}`;
    const post = () => api.as('post', path).set('Idempotency-Key', key).send(body);
    const before = await rows(table);
    const first = await post();
    expect([path, first.status]).toEqual([path, status]);
    expect(await rows(table)).toBe(before + 1);
    // What a process leaves that dies before it keeps its answer.
    const lost = await api.db.$client.query(
      `update idempotency_keys set status = null, sealed_response = null, claimed_at = now() - interval '10 minutes' where key = $1`,
      [key],
    );
    expect(lost.rowCount).toBe(1);
    const again = await post();
    expect([path, again.status, again.headers['idempotency-replayed']]).toEqual([path, status, undefined]);
    expect(lasting(again.body)).toEqual(lasting(first.body));
    expect(await rows(table)).toBe(before + 1);
    const kept = await post();
    expect([kept.status, kept.headers['idempotency-replayed'], kept.body]).toEqual([
      status,
      'true',
      again.body,
    ]);
  },
  60_000,
);

test('what the first request made may be over already: its repeat answers with it all the same', async () => {
  const key = 'over';
  const post = () => api.as('post', '/v1/shops/tea/imports').set('Idempotency-Key', key).send(RANGE);
  const end = () => api.db.$client.query(`update imports set state = 'done', finished_at = now()`);
  await end();
  const first = await post();
  expect(first.status).toBe(202);
  await end();
  await api.db.$client.query(
    `update idempotency_keys set status = null, sealed_response = null, claimed_at = null where key = $1`,
    [key],
  );
  const again = await post();
  expect([again.status, again.body.importId]).toEqual([202, first.body.importId]);
});

test.each([
  ['/v1/tokens', { name: 'again', role: 'viewer' }, 'tokens'],
  ['/v1/stock/movements', { skuCode: 'A', kind: 'receive', quantity: 1, reason: 'daily' }, 'stock_movements'],
])('a key that is used again after its 24 hours makes another one (%s)', async (path, body, table) => {
  const post = () => api.as('post', path).set('Idempotency-Key', 'daily').send(body).expect(201);
  const first = await post();
  const before = await rows(table);
  await api.db.$client.query(
    `update idempotency_keys set created_at = now() - interval '25 hours' where key = 'daily'`,
  );
  const second = await post();
  expect(await rows(table)).toBe(before + 1);
  expect(second.body).not.toEqual(first.body);
});

test('a request that failed on our side has the same effect when it is sent again, and need not wait', async () => {
  const post = () =>
    api.as('post', '/v1/tokens').set('Idempotency-Key', 'failed').send({ name: 'failed', role: 'viewer' });
  const before = await rows('tokens');
  const first = await post().expect(201);
  await api.db.$client.query(
    `update idempotency_keys set status = null, sealed_response = null, claimed_at = null, holder = null where key = 'failed'`,
  );
  const again = await post().expect(201);
  expect(again.headers['idempotency-replayed']).toBeUndefined();
  expect([again.body.token, await rows('tokens')]).toEqual([first.body.token, before + 1]);
});

test('a request whose audit line cannot be written has no effect, and its repeat need not wait', async () => {
  const post = () =>
    api.as('post', '/v1/tokens').set('Idempotency-Key', 'unaudited').send({ name: 'u', role: 'viewer' });
  const before = await rows('tokens');
  await api.db.$client.query('alter table audit_log rename to audit_away');
  try {
    expect((await post()).status).toBe(500);
    expect(await rows('tokens')).toBe(before);
  } finally {
    await api.db.$client.query('alter table audit_away rename to audit_log');
  }
  await post().expect(201);
});

test('a request whose outcome cannot be written down is answered with what happened', async () => {
  const before = await rows('tokens');
  await api.db.$client.query('alter table audit_outcomes rename to outcomes_away');
  try {
    await api.as('post', '/v1/tokens').send({ name: 'silent', role: 'viewer' }).expect(201);
  } finally {
    await api.db.$client.query('alter table outcomes_away rename to audit_outcomes');
  }
  expect(await rows('tokens')).toBe(before + 1);
  expect(api.logged()).toContain('the outcome of a request was not written down');
});
