import { appendCalls } from '../../src/store/call-log';
import { closeCircuit, openCircuit } from '../../src/store/circuits';
import { timeline } from '../../src/store/schema';
import { call } from '../store/calls';
import type { TestApi } from './support';
import { NEW_SHOP, startTestApi, storeOrder } from './support';

const REF = { shopId: 'tea', orderNumber: '123456-20260701-0000000001' };
const OF_ORDER = { orderNumbers: [REF.orderNumber] };
const at = (second: number): Date => new Date(Date.UTC(2026, 6, 1, 1, 0, second));

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await api.as('post', '/v1/shops').send(NEW_SHOP).expect(201);
  await storeOrder(api, REF);
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.db.execute('truncate rms_calls, rms_call_totals, timeline');
});

const list = async (query: string, language = 'en') =>
  (await api.as('get', `/v1/rms-calls${query}`).set('Accept-Language', language).expect(200)).body;

describe('the log of requests', () => {
  test('shows each with its redacted bodies, and in one line in the reader’s language', async () => {
    const refused = call({
      ...OF_ORDER,
      operation: 'confirmOrder',
      outcome: 'refused',
      httpStatus: 400,
      codes: ['ORDER_EXT_API_CONFIRM_ORDER_ERROR_009'],
      batchSize: 37,
      waitedMs: 1_234,
      durationMs: 420,
      response: { MessageModelList: [{ message: 'string(7)' }] },
    });
    await appendCalls(api.db, [refused]);
    const { items, nextCursor } = await list('');
    expect(nextCursor).toBeNull();
    expect(items).toEqual([
      {
        ...refused,
        at: refused.at.toISOString(),
        callId: expect.any(Number),
        text: 'Rakuten confirmOrder: refused HTTP 400 ORDER_EXT_API_CONFIRM_ORDER_ERROR_009 (batch 37/100, waited 1.2 s, answered in 0.4 s)',
      },
    ]);
    expect((await list('', 'ja')).items[0].text).toBe(
      '楽天 confirmOrder: 拒否 HTTP 400 ORDER_EXT_API_CONFIRM_ORDER_ERROR_009(まとめ 37/100件、待ち1.2秒、応答0.4秒)',
    );
  });

  test('is narrowed by shop, function, outcome and order', async () => {
    await appendCalls(api.db, [
      call({ shopId: 'cake' }),
      call({ operation: 'confirmOrder' }),
      call({ outcome: 'throttled' }),
      call(OF_ORDER),
    ]);
    const found = async (query: string) => (await list(query)).items.length;
    expect(await found('?shopId=cake')).toBe(1);
    expect(await found('?operation=confirmOrder')).toBe(1);
    expect(await found('?outcome=throttled')).toBe(1);
    expect(await found(`?orderNumber=${REF.orderNumber}`)).toBe(1);
    expect(await found('?shopId=cake&outcome=throttled')).toBe(0);
    expect(await found('')).toBe(4);
  });

  test('comes page by page, each request once, also while more are written', async () => {
    const some = (count: number, first: number) =>
      Array.from({ length: count }, (_, index) => call({ batchSize: first + index }));
    await appendCalls(api.db, some(5, 1));
    const first = await list('?limit=2');
    await appendCalls(api.db, some(2, 6));
    const second = await list(`?limit=2&cursor=${first.nextCursor}`);
    const third = await list(`?limit=2&cursor=${second.nextCursor}`);
    const sizes = [first, second, third].flatMap(({ items }) =>
      items.map(({ batchSize }: { batchSize: number }) => batchSize),
    );
    expect([sizes, third.nextCursor]).toEqual([[5, 4, 3, 2, 1], null]);
  });

  test('refuses what it does not know, and everybody but the administrator', async () => {
    for (const query of ['?cursor=x', '?limit=201', '?orderNumber=%00', '?q=1'])
      await api.as('get', `/v1/rms-calls${query}`).expect(400);
    await api.anonymous.get('/v1/rms-calls').expect(401);
  });
});

describe('the timeline of an order', () => {
  const line = (second: number, code: string) =>
    api.db.insert(timeline).values({ ...REF, at: at(second), code, params: {}, actor: 'system' });
  const shown = async (language = 'en') =>
    (
      await api
        .as('get', `/v1/orders/${REF.shopId}/${REF.orderNumber}`)
        .set('Accept-Language', language)
        .expect(200)
    ).body.timeline;

  test('holds the requests that were about it where they belong in time, whoever wrote first', async () => {
    await line(2, 'order.requested');
    await line(5, 'order.confirmed');
    await line(4, 'order.resumed');
    await appendCalls(api.db, [
      call({ ...OF_ORDER, at: at(3), batchSize: 37, waitedMs: 1_200, durationMs: 400 }),
      call({ ...OF_ORDER, at: at(9) }),
      call({ ...OF_ORDER, at: at(1) }),
      call({ at: at(3) }),
    ]);
    const lines = await shown('ja');
    expect(
      lines.map((each: { at: string; code: string }) => `${each.at.slice(17, 19)} ${each.code}`),
    ).toEqual([
      '01 rms.call',
      '02 order.requested',
      '03 rms.call',
      '05 order.confirmed',
      '04 order.resumed',
      '09 rms.call',
    ]);
    expect(lines[2]).toEqual({
      at: at(3).toISOString(),
      code: 'rms.call',
      actor: 'okuri',
      text: '楽天 getOrder: 成功(まとめ 37/100件、待ち1.2秒、応答0.4秒)',
      params: { operation: 'getOrder', outcome: 'ok' },
      workflow: null,
    });
  });

  test('does not blame an order for the codes of its neighbours in a request that went well', async () => {
    await appendCalls(api.db, [call({ ...OF_ORDER, codes: ['ORDER_EXT_API_CONFIRM_ORDER_ERROR_009'] })]);
    expect((await shown())[0].text).not.toContain('ERROR_009');
  });

  test('holds the newest two hundred requests, and names a handful of codes', async () => {
    const codes = Array.from({ length: 9 }, (_, index) => `CODE_00${index}`);
    await appendCalls(
      api.db,
      Array.from({ length: 201 }, (_, index) =>
        call({ ...OF_ORDER, at: at(index), outcome: 'refused', codes, httpStatus: null }),
      ),
    );
    const lines = await shown();
    expect([lines.length, lines[0].at]).toEqual([200, at(1).toISOString()]);
    expect(lines[0].text).toContain(': refused CODE_000 CODE_001 CODE_002 CODE_003 CODE_004 … (');
  });
});

test('a shop that is parked says why and since when, alone and in the list, until it goes on', async () => {
  const parked = async () => [
    (await api.as('get', '/v1/shops/tea').expect(200)).body.parked,
    (await api.as('get', '/v1/shops').expect(200)).body.items[0].parked,
  ];
  expect(await parked()).toEqual([null, null]);
  await openCircuit(api.db, 'tea', 'rakuten_down');
  const open = { cause: 'rakuten_down', since: expect.stringMatching(/^\d{4}-.*Z$/) };
  expect(await parked()).toEqual([open, open]);
  await closeCircuit(api.db, 'tea');
  expect(await parked()).toEqual([null, null]);
});
