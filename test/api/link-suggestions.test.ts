import { randomUUID } from 'node:crypto';
import { beginListingRead, endListingRead } from '../../src/store/listing-reads';
import { type Listing, saveListingPage } from '../../src/store/listings';
import { createShop } from '../../src/store/shops';
import { putLinks } from '../../src/store/sku-links';
import { putSkus } from '../../src/store/skus';
import { skus } from '../../src/store/stock-schema';
import { newShop } from '../store/store';
import type { TestApi } from './support';
import { basket, startTestApi, storeOrder } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

/** A shop of its own for each test, whose items were just read completely. */
const shopWith = async (rows: readonly Partial<Listing>[], settings: object = {}): Promise<string> => {
  const shopId = `shop-${randomUUID().slice(0, 8)}`;
  await createShop(api.db, api.vault, newShop(shopId, settings));
  await readAs(shopId, rows);
  return shopId;
};
const readAs = async (shopId: string, rows: readonly Partial<Listing>[]): Promise<void> => {
  const outcome = await beginListingRead(api.db, shopId, 'test');
  if ('running' in outcome) throw new Error('Another reading runs');
  const listings = rows.map((row) => ({
    ...{ manageNumber: 'item', variantId: 'v', itemNumber: null, merchantDefinedSkuId: null },
    ...{ title: '', optionText: '', single: true, hidden: false },
    ...row,
  }));
  await saveListingPage(api.db, {
    ...{ readId: outcome.begun.readId, shopId, rows: listings, unread: [], malformed: 0 },
    ...{ items: [...new Set(listings.map((row) => row.manageNumber))], expected: rows.length },
    ...{ cursorMark: '*', last: true, now: new Date() },
  });
};
const own = (rows: Record<string, string>, cartCodes: Record<string, string> = {}): Promise<unknown> =>
  api.db
    .insert(skus)
    .values(
      Object.entries(rows).map(([skuCode, name]) => ({
        skuCode,
        name,
        cartCode: cartCodes[skuCode] ?? null,
      })),
    )
    .onConflictDoNothing();

interface Shown {
  manageNumber: string;
  variantId: string;
  listed: boolean;
  candidates: {
    skuCode: string;
    basis: string[];
    confidence: string;
    why: { code: string; text: string }[];
  }[];
}
const suggestions = async (shopId: string, query = ''): Promise<Shown[]> =>
  (
    await api
      .as('get', `/v1/sku-links/suggestions?shopId=${shopId}&limit=200${query}`)
      .set('Accept-Language', 'en')
      .expect(200)
  ).body.items;
const apply = async (shopId: string, change: object = {}) =>
  (
    await api
      .as('post', '/v1/sku-links/suggestions/apply')
      .send({ shopId, confidence: 'certain', ...change })
      .expect(200)
  ).body;
const linked = async (shopId: string) =>
  (await api.as('get', `/v1/sku-links?shopId=${shopId}`).expect(200)).body.items;

test('three listings with one system code are each only possible, name their rivals, and are never applied', async () => {
  await own({ 'THREE-1': 'x' });
  const shop = await shopWith(
    ['a', 'b', 'c'].map((variantId) => ({ variantId, single: false, merchantDefinedSkuId: 'THREE-1' })),
  );
  const shown = await suggestions(shop);
  expect(shown.map(({ candidates }) => candidates.map((c) => [c.skuCode, c.confidence]))).toEqual(
    Array(3).fill([['THREE-1', 'possible']]),
  );
  expect(shown[0]?.candidates[0]?.why).toEqual([
    { code: 'system_code', text: expect.stringContaining('THREE-1') },
    { code: 'several_listings', text: '“THREE-1” also stands for: item/b, item/c' },
  ]);
  expect(await apply(shop, { confidence: 'likely' })).toEqual({ dryRun: false, count: 0, links: [] });
  expect(await linked(shop)).toEqual([]);
});

test('a listing that is gone, or of another shop, is no rival', async () => {
  await own({ 'ONCE-1': 'x' });
  const once = { manageNumber: 'new', merchantDefinedSkuId: 'ONCE-1' };
  await shopWith([once]);
  const shop = await shopWith([{ ...once, manageNumber: 'old' }, once]);
  expect((await suggestions(shop))[0]?.candidates[0]?.confidence).toBe('possible');
  await readAs(shop, [{ manageNumber: 'old', variantId: 'other' }, once]);
  expect(await apply(shop)).toMatchObject({ links: [{ manageNumber: 'new', skuCode: 'ONCE-1' }] });
});

test('a system code and a 商品番号 that name different SKUs are both only possible, and say so', async () => {
  await own({ 'DIS-1': 'x', 'DIS-2': 'y' });
  const shop = await shopWith([{ merchantDefinedSkuId: 'DIS-1', itemNumber: 'DIS-2' }]);
  const [shown] = await suggestions(shop);
  expect(shown?.candidates).toMatchObject([
    { skuCode: 'DIS-1', confidence: 'possible', why: [{}, { code: 'bases_disagree' }] },
    { skuCode: 'DIS-2', confidence: 'possible' },
  ]);
  expect(shown?.candidates[0]?.why[1]?.text).toContain('system_code: DIS-1; item_number: DIS-2');
  expect(await apply(shop)).toMatchObject({ count: 0 });
});

test('a name that is the same but for width, case and blanks is a preview with both texts; an exact one is likely', async () => {
  await own({ 'NAME-1': 'ﾊｰﾌﾞ ティー 50G', 'NAME-2': '玉露 缶 100g' });
  const shop = await shopWith([
    { manageNumber: 'exact', title: '玉露', optionText: '缶 100g' },
    { manageNumber: 'fold', title: 'ハーブティー', optionText: '50g' },
  ]);
  expect((await suggestions(shop)).map(({ candidates }) => candidates)).toMatchObject([
    [{ skuCode: 'NAME-2', confidence: 'likely', basis: ['name_exact'] }],
    [{ skuCode: 'NAME-1', confidence: 'possible', basis: ['name_normalised'] }],
  ]);
  const [folded] = await suggestions(shop, '&confidence=possible');
  expect(folded?.candidates[0]?.why[0]?.text).toMatch(/ハーブティー 50g.*ﾊｰﾌﾞ ティー 50G/);
  expect((await apply(shop, { confidence: 'certain' })).count).toBe(0);
  expect((await apply(shop, { confidence: 'likely' })).links).toEqual([
    { manageNumber: 'exact', variantId: 'v', skuCode: 'NAME-2' },
  ]);
});

test('a dry run tells what would be linked; applying names who asked; a link that exists is never changed', async () => {
  await own({ 'APP-1': 'x', 'APP-2': 'y' });
  const shop = await shopWith([
    { manageNumber: 'one', merchantDefinedSkuId: 'APP-1' },
    { manageNumber: 'two', merchantDefinedSkuId: 'APP-2' },
  ]);
  await putLinks(api.db, shop, [{ manageNumber: 'two', variantId: 'v', skuCode: 'APP-1' }], 'a person');
  const would = [{ manageNumber: 'one', variantId: 'v', skuCode: 'APP-1' }];
  expect(await apply(shop, { dryRun: true })).toEqual({ dryRun: true, count: 1, links: would });
  expect(await linked(shop)).toHaveLength(1);
  expect(await apply(shop)).toEqual({ dryRun: false, count: 1, links: would });
  expect(await linked(shop)).toMatchObject([
    { manageNumber: 'one', skuCode: 'APP-1', linkedBy: expect.not.stringMatching('automatic'), listed: true },
    { manageNumber: 'two', skuCode: 'APP-1', linkedBy: 'a person' },
  ]);
  await api
    .as('post', '/v1/sku-links/suggestions/apply')
    .send({ shopId: shop, confidence: 'possible' })
    .expect(400);
});

test('a pair of an open order that is not listed is suggested for by its name, and goes once it is linked', async () => {
  await own({ 'ORD-1': '番茶 200g' });
  const shop = await shopWith([{ manageNumber: 'tea', variantId: 'G100', title: 'listed' }]);
  const line = { itemDetailId: '1', manageNumber: 'ban', variantId: 'G200', name: '番茶 200g', units: 1 };
  await storeOrder(
    api,
    { shopId: shop, orderNumber: '1-1-1' },
    {
      baskets: [
        {
          ...basket('10'),
          lines: [line, { ...line, itemDetailId: '2', manageNumber: 'tea', variantId: 'G100' }],
        },
      ],
    },
  );
  expect(await suggestions(shop)).toMatchObject([
    { manageNumber: 'ban', listed: false, candidates: [{ skuCode: 'ORD-1', confidence: 'likely' }] },
    { manageNumber: 'tea', listed: true },
  ]);
  await apply(shop, { confidence: 'likely' });
  expect((await suggestions(shop)).map(({ manageNumber }) => manageNumber)).toEqual(['tea']);
});

test('before the SKU project 商品番号 with the option’s codes names a SKU, and 商品番号 alone a plain item', async () => {
  await own({ 'PRE-1': 'x', 'PRE-2': 'y' }, { 'PRE-1': 'N1-s-red' });
  const shop = await shopWith(
    [
      {
        manageNumber: 'plain',
        variantId: 'normal-inventory',
        itemNumber: 'PRE-2',
        merchantDefinedSkuId: 'PRE-1',
      },
    ],
    { skuProjectMigrated: false },
  );
  const line = { itemDetailId: '1', units: 1, name: 'n' };
  await storeOrder(
    api,
    { shopId: shop, orderNumber: '1-1-2' },
    {
      baskets: [
        {
          ...basket('10'),
          lines: [
            { ...line, manageNumber: 'axes', variantId: 'N1-s-red' },
            { ...line, itemDetailId: '2', manageNumber: 'plain', variantId: '' },
          ],
        },
      ],
    },
  );
  const shown = await suggestions(shop, '&confidence=certain');
  expect(
    shown.map(({ manageNumber, variantId, candidates: [c] }) => [
      manageNumber,
      variantId,
      c?.skuCode,
      c?.basis,
    ]),
  ).toEqual([
    ['axes', 'N1-s-red', 'PRE-1', ['cart_code']],
    ['plain', '', 'PRE-2', ['cart_code']],
    ['plain', 'normal-inventory', 'PRE-2', ['cart_code']],
  ]);
});

test('pages of suggestions meet each pair once', async () => {
  const names = Array.from({ length: 7 }, (_, i) => `p${i}`);
  const shop = await shopWith(names.map((manageNumber) => ({ manageNumber })));
  const met: string[] = [];
  let cursor = '';
  do {
    const path = `/v1/sku-links/suggestions?shopId=${shop}&limit=3${cursor && `&cursor=${cursor}`}`;
    const { body } = await api.as('get', path).expect(200);
    met.push(...body.items.map((item: Shown) => item.manageNumber));
    cursor = body.nextCursor ?? '';
  } while (cursor !== '');
  expect(met).toEqual(names);
});

test('links tell whether their pair is still listed, and can be narrowed', async () => {
  await own({ 'ST-1': 'x', 'ST-2': 'y' });
  const shop = await shopWith([{ manageNumber: 'stays' }, { manageNumber: 'goes' }]);
  await putLinks(api.db, shop, [
    { manageNumber: 'goes', variantId: 'v', skuCode: 'ST-1' },
    { manageNumber: 'never', variantId: 'v', skuCode: 'ST-2' },
    { manageNumber: 'stays', variantId: '', skuCode: 'ST-2' },
    { manageNumber: 'stays', variantId: 'v', skuCode: 'ST-2' },
  ]);
  await readAs(shop, [{ manageNumber: 'stays' }, { manageNumber: 'goes', variantId: 'other' }]);
  const pairs = async (query: string) =>
    (await api.as('get', `/v1/sku-links?shopId=${shop}${query}`).expect(200)).body.items.map(
      (link: { manageNumber: string; variantId: string; listed: boolean }) =>
        `${link.manageNumber}/${link.variantId} ${link.listed}`,
    );
  expect(await pairs('&stale=true')).toEqual(['goes/v false', 'never/v false']);
  expect(await pairs('&stale=false')).toEqual(['stays/ true', 'stays/v true']);
  expect(await pairs('&skuCode=ST-1')).toEqual(['goes/v false']);
  expect(await pairs('&manageNumber=STAYS')).toEqual(['stays/ true', 'stays/v true']);

  await createShop(api.db, api.vault, newShop('unread'));
  await putLinks(api.db, 'unread', [{ manageNumber: 'm', variantId: 'v', skuCode: 'ST-1' }]);
  expect(await linked('unread')).toMatchObject([{ listed: null }]);
});

test('listings are found by number, code or a part of the title, with what they are linked to', async () => {
  await own({ 'LI-1': 'x' });
  const shop = await shopWith([
    { manageNumber: 'sencha-1', itemNumber: 'S1', title: '特上煎茶' },
    { manageNumber: 'sencha-2', merchantDefinedSkuId: 'ｼ-2', title: 'Green TEA 100%' },
    { manageNumber: 'other', title: 'x' },
  ]);
  await putLinks(api.db, shop, [{ manageNumber: 'other', variantId: 'v', skuCode: 'LI-1' }]);
  const found = async (query: string) =>
    (await api.as('get', `/v1/listings?shopId=${shop}&${query}`).expect(200)).body.items.map(
      (row: { manageNumber: string; skuCode: string | null }) => [row.manageNumber, row.skuCode],
    );
  expect(await found('q=SENCHA')).toEqual([
    ['sencha-1', null],
    ['sencha-2', null],
  ]);
  expect(await found('q=S1')).toEqual([['sencha-1', null]]);
  expect(await found(`q=${encodeURIComponent('ｼ-2')}`)).toEqual([['sencha-2', null]]);
  expect(await found(`q=${encodeURIComponent('tea 100%')}`)).toEqual([['sencha-2', null]]);
  expect(await found('linked=true')).toEqual([['other', 'LI-1']]);
  expect(await found('linked=false&limit=1')).toEqual([['sencha-1', null]]);
  expect(await found('gone=true')).toEqual([]);
});

test('a reading is answered with its workflow, shown with its progress, and only one runs', async () => {
  await createShop(api.db, api.vault, newShop('reader'));
  const path = '/v1/shops/reader/listings/read';
  expect((await api.as('get', path).expect(404)).body.code).toBe('listings_not_read');
  const { body } = await api.as('post', path).expect(202);
  expect(body).toEqual({
    readId: expect.any(String),
    workflowId: 'listings/reader',
    runId: expect.any(String),
  });
  const described = await api.temporal.workflow.getHandle(body.workflowId).describe();
  expect([described.type, described.runId]).toEqual(['readListings', body.runId]);
  expect((await api.as('post', path).expect(409)).body).toMatchObject({
    code: 'listings_read_running',
    errors: [{ path: 'readId', message: body.readId }],
  });
  expect((await api.as('get', path).expect(200)).body).toMatchObject({
    ...{ readId: body.readId, state: 'running', failure: null },
    progress: { percent: null, pages: 0 },
  });
  expect((await api.as('delete', path).expect(200)).body).toMatchObject({ state: 'cancelled' });
  expect((await api.as('delete', path).expect(409)).body.code).toBe('listings_read_finished');
  const next = await api.as('post', path).expect(202);
  expect(next.body.runId).not.toBe(body.runId);
  await endListingRead(api.db, next.body.readId, 'failed', 'function_not_ticked');
  const failed = await api.as('get', path).set('Accept-Language', 'en').expect(200);
  expect(failed.body.failure).toEqual({
    code: 'function_not_ticked',
    text: expect.stringContaining('利用機能編集'),
  });
});

test('a SKU shows its cart code', async () => {
  await own({ 'CART-1': 'x', 'CART-2': 'y' }, { 'CART-1': 'N9-a-b' });
  expect((await api.as('get', '/v1/skus/CART-1').expect(200)).body).toMatchObject({ cartCode: 'N9-a-b' });
  const { items } = (await api.as('get', '/v1/skus?limit=200').expect(200)).body;
  const codeOf = (skuCode: string) =>
    items.find((sku: { skuCode: string }) => sku.skuCode === skuCode)?.cartCode;
  expect([codeOf('CART-1'), codeOf('CART-2')]).toEqual(['N9-a-b', null]);
  await putSkus(api.db, [{ skuCode: 'CART-1', name: 'renamed' }]);
  await api
    .as('put', '/v1/skus')
    .send({ skus: [{ skuCode: 'CART-2', name: 'y', cartCode: '' }] })
    .expect(400);
});
