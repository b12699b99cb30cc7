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
      `update idempotency_keys set status = null, sealed_response = null, created_at = now() - interval '10 minutes' where key = $1`,
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
