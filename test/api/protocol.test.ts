import { createServer } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import request from 'supertest';
import { createApp } from '../../src/api/app';
import { loadConfig } from '../../src/config';
import { openDatabase } from '../../src/store/database';
import type { TestApi } from './support';
import { NEW_SHOP, startTestApi, storeOrder } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await api.as('post', '/v1/shops').send(NEW_SHOP).expect(201);
});
afterAll(() => api.close());

const sku = (skuCode: string) => ({ skuCode, name: `Name of ${skuCode}` });

describe('who may call', () => {
  test('without a token nothing but health and documentation is answered', async () => {
    const refused = await api.anonymous.get('/v1/orders').expect(401);
    expect(refused.headers['www-authenticate']).toBe('Bearer');
    expect(refused.body).toMatchObject({ code: 'unauthorized', status: 401 });
    await api.anonymous.get('/v1/orders').set('Authorization', 'Bearer wrong').expect(401);
    await api.anonymous.post('/v1/shops').set('Content-Type', 'application/json').send('{broken').expect(401);
    await api.anonymous.get('/healthz').expect(200, { status: 'ok' });
  });

  test('the log has route templates and no query, token or secret', async () => {
    await api.as('get', '/v1/orders?q=0312345678').expect(200);
    expect(api.logged()).toContain('/v1/orders');
    expect(api.logged()).not.toMatch(/0312345678|test-token|abcdefghijklmnop|QRSTUVWXYZ/);
  });
});

describe('what is wrong with a request is said field by field', () => {
  test('an unknown address is 404 and a wrong method is 405 with the right ones', async () => {
    expect((await api.as('get', '/v1/nothing').expect(404)).body.code).toBe('not_found');
    expect((await api.as('delete', '/v1/shops').expect(405)).headers.allow).toBe('POST, GET');
    await api.as('get', '/v1/orders/%E0%A4%A/x').expect(400);
  });

  test('a body that is no JSON, no UTF-8, of another type or too large', async () => {
    const put = () => api.as('put', '/v1/skus').set('Content-Type', 'application/json');
    const broken = await put().send('{"skus": [').expect(400);
    expect(broken.type).toBe('application/problem+json');
    expect(broken.body.code).toBe('malformed_json');
    await put()
      .serialize((body) => body)
      .send(Buffer.from([0x22, 0xff, 0x22]))
      .expect(400);
    await api.as('put', '/v1/skus').set('Content-Type', 'text/csv').send('a,b').expect(415);
    await put()
      .send(JSON.stringify({ skus: 'x'.repeat(1_100_000) }))
      .expect(413);
  });

  test('fields that are missing, wrong or unknown are all named with their paths', async () => {
    const { body } = await api
      .as('put', '/v1/skus')
      .send({
        skus: [
          { skuCode: 'A', colour: 'red' },
          { skuCode: 'B\u0000', name: 'b' },
        ],
        extra: 1,
      })
      .expect(400);
    const found = body.errors.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`);
    expect(found.sort()).toEqual([
      'extra unknown_field',
      'skus.0.colour unknown_field',
      'skus.0.name required',
      'skus.1.skuCode invalid_format',
    ]);
    await api.as('get', '/v1/skus').expect(200, { items: [], nextCursor: null });
  });

  test('a limit outside 1 to 200, an unknown query field and a foreign cursor are 400', async () => {
    await api.as('get', '/v1/skus?limit=0').expect(400);
    await api.as('get', '/v1/skus?limit=201').expect(400);
    await api.as('get', '/v1/skus?colour=red').expect(400);
    const foreign = Buffer.from('{"movementId":1}').toString('base64url');
    for (const cursor of ['x', foreign])
      expect((await api.as('get', `/v1/skus?cursor=${cursor}`).expect(400)).body.code).toBe('invalid_cursor');
  });
});

describe('Idempotency-Key', () => {
  const movement = (quantity: number) => ({
    skuCode: 'KEYED',
    kind: 'receive',
    quantity,
    reason: 'delivery',
  });
  const post = (key: string, quantity: number) =>
    api.as('post', '/v1/stock/movements').set('Idempotency-Key', key).send(movement(quantity));
  beforeAll(() => api.as('put', '/v1/skus').send({ skus: [sku('KEYED')] }));

  test('a double POST has one effect and one answer; another body is refused', async () => {
    const first = await post('once', 5).expect(201);
    const again = await post('once', 5).expect(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect((await post('once', 6).expect(422)).body.code).toBe('idempotency_key_reused');
    const { body } = await api.as('get', '/v1/stock/movements?skuCode=KEYED');
    expect(body.items).toHaveLength(1);
  });

  test('two at the same moment have one effect and the same answer', async () => {
    const answers = await Promise.all([post('race', 1), post('race', 1), post('race', 1)]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    const { body } = await api.as('get', '/v1/stock?skuCode=KEYED');
    expect(body.items[0].onHand).toBe(6);
  });

  test('the same key at another route is another key', async () => {
    await post('shared', 1).expect(201);
    await storeOrder(api, { shopId: 'tea', orderNumber: '1-20260701-0000000001' });
    await api
      .as('post', '/v1/orders/tea/1-20260701-0000000001/holds')
      .set('Idempotency-Key', 'shared')
      .send({ code: 'look', text: 'why', blocks: 'ship' })
      .expect(201);
  });
});

describe('paging', () => {
  test('every item comes exactly once, whatever the size of the page', async () => {
    const codes = Array.from({ length: 7 }, (_, index) => `PAGE-${index}`);
    await api.as('put', '/v1/skus').send({ skus: codes.map(sku) });
    const seen: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 10; pages += 1) {
      const { body } = await api.as('get', `/v1/skus?limit=3${cursor}`).expect(200);
      seen.push(...body.items.map((item: { skuCode: string }) => item.skuCode));
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(seen.filter((code) => code.startsWith('PAGE-'))).toEqual(codes);
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe('health', () => {
  test.each(['audit_log.actor', 'stock_balances.safety', 'orders.parked', 'shops.name'])(
    'a database without %s is not ready, and says what to do',
    async (place) => {
      const [table, column] = place.split('.');
      const rename = (from: string, to: string) =>
        api.db.$client.query(`alter table ${table} rename column ${from} to ${to}`);
      await rename(`${column}`, 'away');
      try {
        const { body } = await api.anonymous.get('/readyz').expect(503);
        expect(body.errors).toMatchObject([{ path: 'migrations', message: expect.stringContaining(place) }]);
      } finally {
        await rename('away', `${column}`);
      }
    },
  );

  test('ready says so; metrics count orders by shop and stage and the outbox', async () => {
    await api.anonymous.get('/readyz').expect(200, { status: 'ready' });
    await storeOrder(api, { shopId: 'tea', orderNumber: '1-20260701-0000000002' });
    const { text } = await api.anonymous.get('/metrics').expect(200);
    expect(text).toMatch(/okuri_orders\{shop="tea",stage="ready"\} \d/);
    expect(text).toMatch(/okuri_outbox_depth \d+/);
    expect(text).toMatch(/process_cpu_seconds_total/);
  });

  test('a database and a Temporal that do not answer are 503 with Retry-After, and are named', async () => {
    const silent = createServer((socket) => socket.destroy());
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const address = silent.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const away = openDatabase(`postgres://nobody@127.0.0.1:${port}/none`, { onIdleError: () => undefined });
    const connection = Connection.lazy({ address: `127.0.0.1:${port}` });
    const app = createApp({
      db: away.db,
      vault: api.vault,
      temporal: new Client({ connection }),
      config: loadConfig({ OKURI_ADMIN_TOKEN: 'another-token-of-the-admin' }),
      log: pino({ level: 'silent' }),
    });
    const ready = await request(app).get('/readyz').expect(503);
    expect(ready.headers['retry-after']).toMatch(/^\d+$/);
    expect(ready.body.errors.map(({ path }: { path: string }) => path)).toEqual(['database', 'temporal']);
    await request(app).get('/healthz').expect(200);
    const refused = await request(app)
      .get('/v1/shops')
      .set('Authorization', 'Bearer another-token-of-the-admin')
      .expect(503);
    expect([refused.body.code, refused.headers['retry-after']]).toEqual(['database_unavailable', '5']);
    await Promise.all([away.close(), connection.close(), new Promise((done) => silent.close(done))]);
  });
});
