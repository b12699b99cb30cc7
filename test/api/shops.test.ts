import { eq } from 'drizzle-orm';
import { outbox } from '../../src/store/schema';
import { credentials } from '../../src/store/shop-schema';
import type { TestApi } from './support';
import { NEW_SHOP, startTestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({
    OKURI_ALLOWED_RMS_HOSTS: 'rms.example,proxy.example:8443',
    RMS_BASE_URL: 'http://127.0.0.1:4010',
    OKURI_SANDBOX: 'true',
    OKURI_SANDBOX_PORT: '4999',
  });
});
afterAll(() => api.close());

const register = (change: object) => api.as('post', '/v1/shops').send({ ...NEW_SHOP, ...change });
const codesOf = (body: { errors: { path: string; code: string }[] }) =>
  body.errors.map(({ path, code }) => `${path} ${code}`);

describe('registering a shop', () => {
  test('blanks are trimmed, the slug is its id, and no secret is ever answered or stored in the clear', async () => {
    const { body } = await register({
      name: ' お茶の店 ',
      shopUrl: ' https://www.rakuten.ne.jp/gold/Ocha-1/ ',
      serviceSecret: ` ${NEW_SHOP.serviceSecret} `,
      settings: { stockSync: 'shipment' },
    }).expect(201);
    expect(body).toMatchObject({
      shopId: 'ocha-1',
      name: 'お茶の店',
      shopUrl: 'https://www.rakuten.ne.jp/ocha-1',
      licenseKeyLast4: 'abcd',
      demo: false,
      retiredAt: null,
      settings: { stockSync: 'shipment', automaticOrderConfirmation: false, syncIntervalSeconds: 60 },
    });
    const shown = JSON.stringify([body, (await api.as('get', '/v1/shops/ocha-1').expect(200)).body]);
    expect(shown).not.toMatch(/abcdefghijklmnop|QRSTUVWXYZ/);
    const [stored] = await api.db.select().from(credentials).where(eq(credentials.shopId, 'ocha-1'));
    expect(stored?.sealedLicenseKey.includes(Buffer.from('QRSTUVWXYZ'))).toBe(false);
  });

  test('the same shop in another form of its address is the same shop', async () => {
    await register({ shopUrl: 'https://www.rakuten.ne.jp/twice' }).expect(201);
    const again = await register({ shopUrl: 'https://www.rakuten.co.jp/twice/' }).expect(409);
    expect(again.body.code).toBe('shop_exists');
  });

  test.each([
    ['http://evil.example/tea', 422],
    ['https://www.rakuten.ne.jp/', 422],
    ['https://www.rakuten.ne.jp/a/b/c', 422],
    ['tea', 422],
    ['', 400],
  ])('the address %s is refused', async (shopUrl, status) => {
    expect(codesOf((await register({ shopUrl }).expect(status)).body)[0]).toMatch(/^shopUrl /);
  });

  test('keys of a wrong form are refused at once, and keys of two shops are told apart', async () => {
    const malformed = await register({ serviceSecret: NEW_SHOP.licenseKey, licenseKey: 'SL1_' }).expect(400);
    expect(codesOf(malformed.body)).toEqual(['serviceSecret invalid_format', 'licenseKey invalid_format']);
    const mixed = await register({ licenseKey: 'SL654321_abc' }).expect(422);
    expect(mixed.body).toMatchObject({
      code: 'keys_differ',
      detail: expect.stringMatching(/654321.*123456/),
    });
    expect(JSON.stringify([malformed.body, mixed.body])).not.toMatch(/abcdefghijklmnop|QRSTUVWXYZ/);
  });

  test.each([
    ['https://api.rms.rakuten.co.jp', 201],
    ['https://rms.example/base/', 201],
    ['https://rms.example:9000', 201],
    ['https://proxy.example:8443', 201],
    ['http://127.0.0.1:4010', 201],
    ['http://localhost:4999', 201],
    ['https://proxy.example', 422],
    ['http://rms.example', 422],
    ['http://api.rms.rakuten.co.jp', 422],
    ['http://127.0.0.1:5432', 422],
    ['https://api.rms.rakuten.co.jp.evil.example', 422],
    ['https://user:pass@api.rms.rakuten.co.jp', 422],
    ['https://169.254.169.254', 422],
    ['file:///etc/passwd', 422],
  ])('keys may be sent to %s: %i', async (rmsBaseUrl, status) => {
    const slug = Buffer.from(rmsBaseUrl).toString('hex').slice(-40);
    const { body } = await register({ shopUrl: `https://www.rakuten.ne.jp/${slug}`, rmsBaseUrl }).expect(
      status,
    );
    if (status === 422) expect(body.code).toBe('rms_host_not_allowed');
  });
});

describe('settings', () => {
  test('only the named ones change, and the schedule is told in the same transaction', async () => {
    await register({ shopUrl: 'https://www.rakuten.ne.jp/settings' }).expect(201);
    await api.db.delete(outbox);
    const { body } = await api
      .as('patch', '/v1/shops/settings')
      .send({ settings: { syncIntervalSeconds: 5, automaticOrderIntegration: true } })
      .expect(200);
    expect(body.settings).toMatchObject({
      syncIntervalSeconds: 5,
      automaticOrderIntegration: true,
      stockSync: 'off',
    });
    expect(await api.db.select().from(outbox)).toMatchObject([{ kind: 'shop.schedule', shopId: 'settings' }]);
  });

  test('an unknown or wrong setting is named; an unknown shop is 404', async () => {
    const wrong = await api
      .as('patch', '/v1/shops/settings')
      .send({ settings: { syncIntervalSeconds: 1, autoConfirm: true } })
      .expect(400);
    expect(codesOf(wrong.body).sort()).toEqual([
      'settings.autoConfirm unknown_field',
      'settings.syncIntervalSeconds too_small',
    ]);
    await api.as('patch', '/v1/shops/none').send({ settings: {} }).expect(404);
  });

  test('the sandbox’s warehouse cannot be chosen where there is no sandbox', async () => {
    const plain = await startTestApi();
    try {
      const { body } = await plain
        .as('post', '/v1/shops')
        .send({ ...NEW_SHOP, settings: { fulfilmentProvider: 'sandbox' } })
        .expect(422);
      expect(body.code).toBe('sandbox_off');
      await plain.as('get', '/v1/shops').expect(200, { items: [], nextCursor: null });
    } finally {
      await plain.close();
    }
  });
});

test('shops are listed page by page', async () => {
  const first = await api.as('get', '/v1/shops?limit=2').expect(200);
  const second = await api.as('get', `/v1/shops?limit=200&cursor=${first.body.nextCursor}`).expect(200);
  const ids = [...first.body.items, ...second.body.items].map(({ shopId }: { shopId: string }) => shopId);
  expect(ids).toEqual([...new Set(ids)].sort());
  expect(second.body.nextCursor).toBeNull();
});

test('a sync that is asked for twice is one workflow', async () => {
  await register({ shopUrl: 'https://www.rakuten.ne.jp/syncing' }).expect(201);
  const [first, second] = await Promise.all([
    api.as('post', '/v1/shops/syncing/sync').expect(202),
    api.as('post', '/v1/shops/syncing/sync').expect(202),
  ]);
  expect(first.body).toEqual({ workflowId: 'sync-now/syncing', runId: expect.any(String) });
  expect(second.body).toEqual(first.body);
  const described = await api.temporal.workflow.getHandle('sync-now/syncing').describe();
  expect([described.type, described.runId]).toEqual(['sync', first.body.runId]);
  await api.temporal.workflow.getHandle('sync-now/syncing').terminate();
  await api.as('post', '/v1/shops/none/sync').expect(404);
});
