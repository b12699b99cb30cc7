import { PASSWORD, signIn, tokenOf, withToken } from './people';
import type { TestApi } from './support';
import { NEW_SHOP, startTestApi, storeOrder } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await api.as('post', '/v1/shops').send(NEW_SHOP).expect(201);
});
afterAll(() => api.close());

const SECRET = 'the-secret-of-the-webhook-9876';
const HOOK = 'https://hooks.example.com/T0/secret-path';
const sql = (text: string) => api.db.$client.query(text);

interface Line {
  readonly actor: string;
  readonly address: string;
  readonly action: string;
  readonly shopId: string | null;
  readonly target: object;
  readonly request: Record<string, unknown>;
  readonly status: number | null;
  readonly code: string | null;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}
const newest = async (filter = ''): Promise<Line> =>
  (await api.as('get', `/v1/audit?limit=1${filter}`).expect(200)).body.items[0];

test('says who changed which settings, from where, and what they were and are, without secrets', async () => {
  const settings = { transitDays: 3, alertWebhookUrl: HOOK, alertWebhookSecret: SECRET };
  await api.as('patch', '/v1/shops/tea').send({ settings }).expect(200);
  const line = await newest();
  expect(line).toMatchObject({
    actor: 'administrator',
    action: 'PATCH /v1/shops/{shopId}',
    shopId: 'tea',
    target: { shopId: 'tea' },
    request: {
      settings: {
        transitDays: 3,
        alertWebhookUrl: 'https://hooks.example.com/…',
        alertWebhookSecret: '…9876',
      },
    },
    status: 200,
    before: { transitDays: 1, alertWebhookUrl: null },
    after: { transitDays: 3, alertWebhookUrl: 'https://hooks.example.com/…' },
  });
  expect(line.address).toMatch(/127\.0\.0\.1$|^::1$/);
});

test('a registered shop, a user and a token stand there without keys, password and token', async () => {
  const { body: issued } = await api
    .as('post', '/v1/tokens')
    .send({ name: 'erp', role: 'viewer' })
    .expect(201);
  await api.as('post', '/v1/users').send({ name: 'sato', password: PASSWORD, role: 'viewer' }).expect(201);
  const shop = await newest('&action=POST%20/v1/shops');
  expect(shop.request).toMatchObject({ serviceSecret: '…mnop', licenseKey: '…abcd', name: 'Tea' });
  expect(shop.after).toMatchObject({ shopId: 'tea', licenseKeyLast4: 'abcd' });
  const { rows } = await sql('select * from audit_log left join audit_outcomes using (audit_id)');
  const log = JSON.stringify(rows);
  const secrets = [
    NEW_SHOP.serviceSecret,
    NEW_SHOP.licenseKey,
    PASSWORD,
    issued.token,
    SECRET,
    'secret-path',
  ];
  for (const secret of secrets) expect(log).not.toContain(secret);
  expect((await newest('&action=POST%20/v1/users')).after).toMatchObject({ name: 'sato', role: 'viewer' });
});

test('what was refused is there with its reason, and who tried it', async () => {
  await storeOrder(api, { shopId: 'tea', orderNumber: '1-20260701-0000000001' });
  const token = await tokenOf(api, 'operator', ['tea']);
  await withToken(api, token)('post', '/v1/orders/tea/1-20260701-0000000001/holds')
    .send({ code: 'awaiting_payment', text: 'x', blocks: 'ship' })
    .expect(422);
  expect(await newest()).toMatchObject({
    actor: expect.stringMatching(/^token\/operator-/),
    status: 422,
    code: 'automatic_hold_code',
  });
});

test('signing in is there, right or wrong, without what was typed; what is beyond the limits adds nothing', async () => {
  const line = (password: string, name = 'sato') =>
    api.anonymous.post('/v1/session').send({ name, password });
  await line('wrong wrong wrong').expect(401);
  expect(await newest()).toMatchObject({
    actor: 'anybody',
    action: 'POST /v1/session',
    status: 401,
    code: 'sign_in_failed',
    target: { name: 'sato' },
  });
  await signIn(api, 'sato');
  expect(await newest()).toMatchObject({ actor: 'user/sato', action: 'POST /v1/session', status: 200 });
  await line('my name is no name', 'my-secret-in-the-wrong-field').expect(401);
  expect((await newest()).target).toEqual({ name: '(unknown)' });
  const count = async () => Number((await sql('select count(*) from audit_log')).rows[0].count);
  for (let attempt = 0; attempt < 4; attempt += 1)
    await line('x', 'my-secret-in-the-wrong-field').expect(401);
  const before = await count();
  for (let attempt = 0; attempt < 3; attempt += 1)
    await line('x', 'my-secret-in-the-wrong-field').expect(429);
  await api.anonymous
    .post('/v1/session')
    .send({ nothing: 'x'.repeat(10_000) })
    .expect(400);
  expect(await count()).toBe(before);
  const { rows } = await sql('select * from audit_log');
  expect(JSON.stringify(rows)).not.toMatch(/wrong wrong|in-the-wrong-field/);
});

test('looking leaves no line, but for who takes the log itself', async () => {
  const before = await newest();
  await api.as('get', '/v1/orders').expect(200);
  await api.as('get', '/v1/shops/tea').expect(200);
  expect(await newest()).toEqual(before);
  await api.as('get', '/v1/audit/export?format=ndjson').expect(200);
  expect((await newest()).action).toBe('GET /v1/audit/export');
});

test('a repeat that gets the first answer has no second line', async () => {
  const count = async () => Number((await sql('select count(*) from audit_log')).rows[0].count);
  await api
    .as('put', '/v1/skus')
    .send({ skus: [{ skuCode: 'A', name: 'A' }] })
    .expect(200);
  const before = await count();
  const move = () =>
    api
      .as('post', '/v1/stock/movements')
      .set('Idempotency-Key', 'k')
      .send({ skuCode: 'A', kind: 'receive', quantity: 1, reason: 'x' });
  await Promise.all([move().expect(201), move().expect(201)]);
  expect(await count()).toBe(before + 1);
});

test('a request whose process died before its answer is there without an outcome', async () => {
  await sql(`insert into audit_log (actor, action, target) values ('administrator', 'DIED', '{}')`);
  expect(await newest('&action=DIED')).toMatchObject({ status: null, code: null });
});

test('nobody changes or removes a line', async () => {
  for (const statement of [
    `update audit_log set actor = 'nobody'`,
    'delete from audit_log',
    `update audit_outcomes set status = 200`,
    'delete from audit_outcomes',
    'truncate audit_outcomes',
    'truncate audit_log cascade',
  ])
    await expect(sql(statement)).rejects.toThrow('append-only');
});

test('can be narrowed, paged, and taken as a whole as CSV and as lines of JSON', async () => {
  const all: Line[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await api.as('get', `/v1/audit?limit=3${cursor}`).expect(200);
    all.push(...body.items);
    if (body.nextCursor === null) break;
    cursor = `&cursor=${body.nextCursor}`;
  }
  const { rows } = await sql('select count(*) from audit_log');
  expect(all).toHaveLength(Number(rows[0].count));
  const { body: byToken } = await api.as('get', '/v1/audit?actor=administrator&shopId=tea').expect(200);
  expect(byToken.items.length).toBeGreaterThan(0);
  for (const line of byToken.items) expect([line.actor, line.shopId]).toEqual(['administrator', 'tea']);
  const { body: future } = await api.as('get', '/v1/audit?from=2099-01-01T00:00:00Z').expect(200);
  expect(future.items).toEqual([]);

  const json = await fileAt('/v1/audit/export?format=ndjson');
  const lines = json.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.slice(1)).toEqual(all);
  const csv = await fileAt('/v1/audit/export');
  expect(csv.headers['content-disposition']).toContain('audit.csv');
  expect(csv.text).toContain('PATCH /v1/shops/{shopId}');
});

/** The whole of a file, as text. */
const fileAt = async (path: string) => {
  const { headers, body } = await api
    .as('get', path)
    .buffer(true)
    .parse((response, done) => {
      const chunks: Buffer[] = [];
      response
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => done(null, Buffer.concat(chunks).toString('utf8')));
    })
    .expect(200);
  return { headers, text: String(body) };
};

test('huge requests are kept by their size and hash, and texts that PostgreSQL cannot keep by what it can', async () => {
  const skus = Array.from({ length: 400 }, (_, index) => ({
    skuCode: `BULK-${index}`,
    name: 'x'.repeat(60),
  }));
  await api.as('put', '/v1/skus').send({ skus }).expect(200);
  expect((await newest()).request).toMatchObject({
    characters: expect.any(Number),
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  await api.as('put', '/v1/stop').send({ reason: 'a\u0000b' }).expect(400);
  expect((await newest()).status).toBe(400);
});
