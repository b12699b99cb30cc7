import { skus, stockMovements } from '../../src/store/stock-schema';
import type { TestApi } from './support';
import { NEW_SHOP, startTestApi, storeOrder } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await api.as('post', '/v1/shops').send(NEW_SHOP).expect(201);
});
afterAll(() => api.close());

const put = (...rows: object[]) => api.as('put', '/v1/skus').send({ skus: rows });
const sku = (skuCode: string, change: object = {}) => ({ skuCode, name: `Name of ${skuCode}`, ...change });
const link = (...links: object[]) => api.as('put', '/v1/sku-links').send({ shopId: 'tea', links });
const move = (change: object) =>
  api
    .as('post', '/v1/stock/movements')
    .send({ skuCode: 'STOCK', kind: 'receive', quantity: 1, reason: 'r', ...change });

describe('SKUs', () => {
  test('a PUT creates and changes what it names and deletes nothing', async () => {
    await put(sku('A'), sku('B'), sku('SET', { components: [{ skuCode: 'A', quantity: 2 }] })).expect(200, {
      saved: 3,
    });
    await put({ skuCode: ' SET ', name: 'Renamed' }).expect(200);
    expect((await api.as('get', '/v1/skus/SET').expect(200)).body).toEqual({
      skuCode: 'SET',
      name: 'Renamed',
      cartCode: null,
      components: [{ skuCode: 'A', quantity: 2 }],
    });
    expect((await api.as('get', '/v1/skus').expect(200)).body.items).toHaveLength(3);
  });

  test('all or none: an unknown component, a set within itself, a code named twice', async () => {
    const unknown = await put(
      sku('NEW'),
      sku('SET2', { components: [{ skuCode: 'NONE', quantity: 1 }] }),
    ).expect(422);
    expect(unknown.body).toMatchObject({ code: 'sku_unknown', errors: [{ path: 'skus.1.components' }] });
    await put(sku('LOOP', { components: [{ skuCode: 'LOOP', quantity: 1 }] })).expect(422);
    const twice = await put(sku('NEW'), sku(' NEW ')).expect(422);
    expect(twice.body).toMatchObject({ code: 'duplicate', errors: [{ path: 'skus.1.skuCode' }] });
    const parts = [1, 2].map((quantity) => ({ skuCode: 'A', quantity }));
    await put(sku('NEW', { components: parts })).expect(422);
    expect((await api.db.select().from(skus)).map((row) => row.skuCode)).not.toContain('NEW');
  });

  test('a code of any letters is found and removed by its address; one in use is kept', async () => {
    const code = '茶/100 g%';
    await put(sku(code)).expect(200);
    await api.as('get', `/v1/skus/${encodeURIComponent(code)}`).expect(200);
    await api.as('delete', `/v1/skus/${encodeURIComponent(code)}`).expect(204);
    await api.as('delete', `/v1/skus/${encodeURIComponent(code)}`).expect(404);
    expect((await api.as('delete', '/v1/skus/A').expect(409)).body.code).toBe('sku_in_use');
  });
});

describe('links', () => {
  test('manageNumber counts in lower case, variantId as it is written', async () => {
    const pairs = [
      { manageNumber: 'Tea-1', variantId: 'Aa', skuCode: 'A' },
      { manageNumber: 'tea-1', variantId: 'aa', skuCode: 'B' },
      { manageNumber: 'tea-1', variantId: '', skuCode: 'B' },
    ];
    await link(...pairs).expect(200, { saved: 3 });
    const { body } = await api.as('get', '/v1/sku-links?shopId=tea').expect(200);
    expect(new Set(body.items.map((item: { variantId: string }) => item.variantId))).toEqual(
      new Set(['Aa', 'aa', '']),
    );
    expect(body.items[0]).toMatchObject({ shopId: 'tea', manageNumber: 'tea-1' });
    await api.as('delete', '/v1/sku-links?shopId=tea&manageNumber=TEA-1&variantId=Aa').expect(204);
    await api.as('delete', '/v1/sku-links?shopId=tea&manageNumber=TEA-1&variantId=Aa').expect(404);
  });

  test('two links for one pair, an unknown SKU and an unknown shop are refused and link nothing', async () => {
    const pair = { manageNumber: 'same', variantId: 'v' };
    const twice = await link(
      { ...pair, skuCode: 'A' },
      { ...pair, manageNumber: 'SAME', skuCode: 'B' },
    ).expect(422);
    expect(twice.body).toMatchObject({ code: 'duplicate', errors: [{ path: 'links.1.variantId' }] });
    const unknown = await link(
      { ...pair, skuCode: 'A' },
      { ...pair, variantId: 'w', skuCode: 'NONE' },
    ).expect(422);
    expect(unknown.body).toMatchObject({ code: 'sku_unknown', errors: [{ path: 'links.1.skuCode' }] });
    await api
      .as('put', '/v1/sku-links')
      .send({ shopId: 'none', links: [{ ...pair, skuCode: 'A' }] })
      .expect(404);
    const { body } = await api.as('get', '/v1/sku-links?shopId=tea').expect(200);
    expect(JSON.stringify(body)).not.toContain('same');
    await api.as('get', '/v1/sku-links').expect(400);
  });
});

describe('stock', () => {
  beforeAll(() => put(sku('STOCK')));

  test('movements add up, and the ledger says who and why', async () => {
    await move({ quantity: 10, reason: 'delivery' }).expect(201);
    await move({ kind: 'adjust', quantity: -3, reason: 'broken' }).expect(201);
    const { body } = await move({ kind: 'return', quantity: 1 }).expect(201);
    const expected = {
      skuCode: 'STOCK',
      location: 'main',
      onHand: 8,
      reserved: 0,
      safety: 0,
      available: 8,
      backordered: 0,
      opened: true,
    };
    expect(body).toEqual(expected);
    expect((await api.as('get', '/v1/stock?skuCode=STOCK&location=main').expect(200)).body.items).toEqual([
      expected,
    ]);
    const ledger = await api.as('get', '/v1/stock/movements?skuCode=STOCK').expect(200);
    expect(ledger.body.items).toMatchObject([
      { kind: 'receive', quantity: 10, reason: 'delivery', actor: 'administrator' },
      { kind: 'adjust', quantity: -3, reason: 'broken' },
      { kind: 'return', quantity: 1 },
    ]);
    expect((await api.as('get', '/v1/stock/movements?orderNumber=1-2-3').expect(200)).body.items).toEqual([]);
  });

  test.each([
    [{ quantity: 0 }, 422],
    [{ quantity: -1 }, 422],
    [{ kind: 'return', quantity: -1 }, 422],
    [{ kind: 'adjust', quantity: 0 }, 422],
    [{ quantity: 1.5 }, 400],
    [{ quantity: 1_000_001 }, 400],
    [{ kind: 'consume' }, 400],
    [{ skuCode: 'NONE' }, 422],
    [{ skuCode: 'SET' }, 422],
    [{ reason: ' ' }, 400],
  ])('%j is refused with %i and books nothing', async (change, status) => {
    const before = await api.db.select().from(stockMovements);
    await move(change).expect(status);
    expect(await api.db.select().from(stockMovements)).toEqual(before);
  });

  test('stock is found by the beginning of its code, its place, whether it was counted and whether it is sold out', async () => {
    await put(sku('F-1'), sku('F-2'), sku('F_2')).expect(200);
    await move({ skuCode: 'F-1', quantity: 2 }).expect(201);
    await move({ skuCode: 'F-2', quantity: 2, location: 'osaka' }).expect(201);
    await move({ skuCode: 'F_2', quantity: 1 }).expect(201);
    await move({ skuCode: 'F-1', kind: 'adjust', quantity: -2 }).expect(201);
    const shown = async (query: string) => {
      const { body } = await api.as('get', `/v1/stock?${query}`).expect(200);
      return body.items.map((row: { skuCode: string }) => row.skuCode);
    };
    expect(await shown('q=F-')).toEqual(['F-1', 'F-2']);
    expect(await shown('q=F_')).toEqual(['F_2']);
    expect(await shown('q=F&location=osaka')).toEqual(['F-2']);
    expect(await shown('q=F&soldOut=true')).toEqual(['F-1']);
    expect(await shown('q=F&soldOut=false&location=main')).toEqual(['F_2']);
    expect(await shown('q=F&opened=false')).toEqual([]);
    await api.as('get', '/v1/stock?soldOut=perhaps').expect(400);
  });

  test('units are kept back from sale, all or none, and what is sold beyond them shows as backordered', async () => {
    await put(sku('SAFE')).expect(200);
    await move({ skuCode: 'SAFE', quantity: 5 }).expect(201);
    const set = (...stock: object[]) => api.as('put', '/v1/stock').send({ stock });
    await set({ skuCode: 'SAFE', safety: 2 }).expect(200, { saved: 1 });
    await link({ manageNumber: 'tea', variantId: 'G100', skuCode: 'SAFE' }).expect(200);
    await storeOrder(api, { shopId: 'tea', orderNumber: 'backordered' });
    const { body } = await api.as('get', '/v1/stock?q=SAFE').expect(200);
    expect(body.items).toMatchObject([{ onHand: 5, safety: 2, available: 3, backordered: 3 }]);
    const refused = await set(
      { skuCode: 'SAFE', safety: 1 },
      { skuCode: 'NONE', safety: 1 },
      { skuCode: 'SET', safety: 1 },
    ).expect(422);
    expect(refused.body).toMatchObject({
      code: 'sku_unknown',
      errors: [
        { path: 'stock.1.skuCode', code: 'sku_unknown' },
        { path: 'stock.2.skuCode', code: 'set_has_no_stock' },
      ],
    });
    await set({ skuCode: 'SAFE', safety: 1 }, { skuCode: 'SAFE', location: 'main', safety: 2 }).expect(422);
    await set({ skuCode: 'SAFE', safety: -1 }).expect(400);
    expect((await api.as('get', '/v1/stock?q=SAFE').expect(200)).body.items[0].safety).toBe(2);
  });

  test('movements are found by place, kind and time', async () => {
    const shown = async (query: string) => {
      const { body } = await api.as('get', `/v1/stock/movements?${query}`).expect(200);
      return body.items.map(({ kind, quantity }: { kind: string; quantity: number }) => [kind, quantity]);
    };
    expect(await shown('skuCode=F-1&kind=adjust')).toEqual([['adjust', -2]]);
    expect(await shown('location=osaka')).toEqual([['receive', 2]]);
    expect(await shown('shopId=tea')).toEqual([]);
    const now = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
    expect(await shown(`skuCode=F-2&to=${now}`)).toHaveLength(1);
    expect(await shown(`skuCode=F-2&from=${now}`)).toEqual([]);
    await api.as('get', '/v1/stock/movements?kind=lost').expect(400);
  });
});
