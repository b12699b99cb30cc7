import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { first } from './answers';
import { esa, type Rig, SKU, startRig } from './rig';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
afterEach(async () => {
  await rig.control('PUT', '/clock', null);
  await rig.control('PUT', '/settings', { itemIndexLagSeconds: 0 });
});

const ITEM = '/es/2.0/items';
const search = (query = '') => rig.rms('GET', `${ITEM}/search${query === '' ? '' : `?${query}`}`);
const found = async (query = '') =>
  (await search(query)).json.results.map(({ item }) => item.manageNumber).sort();
const errorsOf = async (query: string) => {
  const reply = await search(query);
  return [reply.status, ...reply.json.errors.map((error) => error.code)];
};
const get = (manageNumber: string) => rig.rms('GET', `${ITEM}/manage-numbers/${manageNumber}`);
const bulk = (manageNumbers: unknown) => rig.rms('POST', `${ITEM}/bulk-get`, { manageNumbers });
const many = async (count: number) => {
  const skus = [{ variantId: 'v', quantity: 1 }];
  const numbers = Array.from({ length: count }, (_, i) => `many-${String(i).padStart(2, '0')}`);
  for (const number of numbers) await rig.control('PUT', `/shops/test-shop/items/${number}`, { skus });
  return numbers;
};

test('an item is answered bare, with its SKUs by variantId, prices as text, and no field that is null', async () => {
  await rig.control('PUT', '/shops/test-shop/items/Tabi', {
    title: '足袋',
    skus: [
      { variantId: 'S', quantity: 3, price: 880, taxPercent: 8, skuInfo: 'サイズ:S\nカラー:紺' },
      { variantId: 'M', quantity: 4, price: 980, taxPercent: 8, skuInfo: 'サイズ:M\nカラー:紺' },
    ],
  });
  const reply = await get('TABI');
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'application/json;charset=UTF-8']);
  expect(reply.json).toMatchObject({
    manageNumber: 'tabi',
    title: '足袋',
    itemType: 'NORMAL',
    hideItem: false,
    payment: { taxIncluded: true, taxRate: '0.08' },
    variantSelectors: [
      { key: 'axis-1', displayName: 'サイズ', values: [{ displayValue: 'M' }, { displayValue: 'S' }] },
      { key: 'axis-2', displayName: 'カラー', values: [{ displayValue: '紺' }] },
    ],
    variants: {
      S: { standardPrice: '880', selectorValues: { 'axis-1': 'S', 'axis-2': '紺' } },
      M: { standardPrice: '980' },
    },
    updated: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+09:00$/),
  });
  expect(reply.text).not.toContain('null');
});

test('an unknown item is GE0014 in the words of items.get; wrong numbers are refused', async () => {
  const unknown = await get('6651');
  expect([unknown.status, unknown.json.errors]).toEqual([
    404,
    [{ code: 'GE0014', message: 'No item found for inputs; manageNumber=6651' }],
  ]);
  expect(first((await get('a%20b')).json.errors).code).toBe('IE0220');
  expect(first((await get('x'.repeat(33))).json.errors).code).toBe('IE0004');
  const path = await rig.rms('GET', `${ITEM}/nothing/here`);
  expect([path.status, first(path.json.errors).code]).toEqual([400, 'GE0007']);
});

test('items.search matches texts in part, wraps each item, and gives ten when nothing is said', async () => {
  const numbers = await many(12);
  expect((await search('manageNumber=MANY')).json).toMatchObject({ numFound: 12, offset: 0 });
  expect((await found('manageNumber=many')).length).toBe(10);
  expect(await found('manageNumber=many&hits=100')).toEqual(numbers);
  expect(await found('manageNumber=many&hits=5&offset=10')).toHaveLength(2);
  expect(await found(`variantId=ku-A`)).toEqual([SKU.manageNumber]);
  expect(await found(`variantId=ku-a`)).toEqual([]);
  expect(await found('title=%E8%A9%A6%E9%A8%93')).toEqual([SKU.manageNumber]);
  expect(await found('standardPriceFrom=990&standardPriceTo=999')).toEqual(['mng5678']);
  const days = `createdFrom=${new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10)}`;
  expect(await found(`${days}&manageNumber=mng5678`)).toEqual(['mng5678']);
  expect(await found('updatedTo=2020-01-01')).toEqual([]);
  const sorted = await search('manageNumber=many&sortKey=manageNumber&sortOrder=asc&hits=3');
  expect(sorted.json.results.map(({ item }) => item.manageNumber)).toEqual(numbers.slice(0, 3));
});

test('a cursor goes through all items once and ends with a mark that comes back', async () => {
  await many(12);
  const seen: string[] = [];
  let mark = '*';
  for (;;) {
    const { json } = await search(`manageNumber=many&hits=5&cursorMark=${encodeURIComponent(mark)}`);
    seen.push(...json.results.map(({ item }) => item.manageNumber));
    if (json.nextCursorMark === mark) break;
    mark = json.nextCursorMark ?? '';
  }
  expect([seen.length, new Set(seen).size]).toEqual([12, 12]);
});

test.each([
  ['cursorMark=*&offset=0', 'IE1003'],
  ['cursorMark=*&sortKey=updated', 'IE1004'],
  ['cursorMark=*&sortOrder=asc', 'IE1004'],
  ['cursorMark=%21', 'IE1005'],
  ['keyword=x', 'IE1005'],
  ['hits=ten', 'IE1005'],
  ['createdFrom=2026/01/01', 'IE1005'],
  ['hits=101', 'IE0003'],
  ['hits=0', 'IE0003'],
  ['offset=10001', 'IE0003'],
  ['itemType=BOOK', 'IE0007'],
  ['sortKey=price', 'IE0007'],
  ['isHiddenItem=1', 'IE0007'],
])('a search for %s is refused with %s', async (query, code) => {
  expect(await errorsOf(query)).toEqual([400, code]);
  expect((await search(query)).text).not.toContain('metadata');
});

test('the index notices late: a new item is hidden until then, a deleted one is a mere number', async () => {
  await rig.control('PUT', '/settings', { itemIndexLagSeconds: 3600 });
  await rig.control('PUT', '/shops/test-shop/items/late', { skus: [{ variantId: 'v', quantity: 1 }] });
  expect([(await get('late')).status, await found('manageNumber=late')]).toEqual([200, []]);
  await rig.control('PUT', '/clock', { offsetSeconds: 3601 });
  expect(await found('manageNumber=late')).toEqual(['late']);
  await rig.control('DELETE', '/shops/test-shop/items/late');
  expect((await get('late')).status).toBe(404);
  expect((await search('manageNumber=late')).json.results).toEqual([{ item: { manageNumber: 'late' } }]);
  await rig.control('PUT', '/clock', { offsetSeconds: 7300 });
  expect(await found('manageNumber=late')).toEqual([]);
  expect((await rig.control('DELETE', '/shops/test-shop/items/late')).status).toBe(404);
});

test('inventory in a search is lead-time data, never a quantity, and absent where all is automatic', async () => {
  await rig.control('PUT', '/shops/test-shop/items/slow', {
    skus: [
      { variantId: 'a', quantity: 5, operationLeadTime: { normalDeliveryTimeId: 41 } },
      { variantId: 'b', quantity: 6 },
    ],
  });
  const [row] = (await search('manageNumber=slow&isInventoryIncluded=true')).json.results;
  expect(row?.inventory).toMatchObject({
    variants: { a: { operationLeadTime: { normalDeliveryTimeId: 41 } } },
  });
  expect(JSON.stringify(row)).not.toContain('quantity');
  const auto = (await search('manageNumber=mng5678&isInventoryIncluded=true')).json.results;
  expect(Object.keys(first(auto))).toEqual(['item']);
});

test('items.bulk.get drops unknown numbers, keeps the order, and refuses what it must', async () => {
  const reply = await bulk(['MNG5678', 'nobody', SKU.manageNumber]);
  expect(JSON.parse(reply.text).results.map((item: { manageNumber: string }) => item.manageNumber)).toEqual([
    'mng5678',
    SKU.manageNumber,
  ]);
  const codes = async (numbers: unknown) => (await bulk(numbers)).json.errors.map(({ code }) => code);
  expect(await codes([])).toEqual(['IE0001']);
  expect(await codes('x')).toEqual(['IE0002']);
  expect(await codes(['a', 'b', 'A'])).toEqual(['IE1106']);
  expect(await codes(Array.from({ length: 51 }, (_, i) => `n${i}`))).toEqual(['IE1101']);
  expect((await bulk(Array.from({ length: 50 }, (_, i) => `n${i}`))).status).toBe(200);
  const empty = await rig.rms('POST', `${ITEM}/bulk-get`, {});
  expect([empty.status, first(empty.json.errors).code]).toEqual([400, 'GE0011']);
  const type = await rig.rms('POST', `${ITEM}/bulk-get`, {}, { 'Content-Type': 'text/plain' });
  expect([type.status, first(type.json.errors).code]).toEqual([415, 'GE0012']);
});

test('without 商品一括編集 items.get and items.bulk.get are refused, and items.search still answers', async () => {
  await rig.control('PUT', '/shops/test-shop/info', { itemEditing: false });
  const refused = { status: 401, json: { errors: [{ code: 'GA0001', message: 'Un-Authorised' }] } };
  expect(await get(SKU.manageNumber)).toMatchObject(refused);
  expect(await bulk([SKU.manageNumber])).toMatchObject(refused);
  expect((await search()).status).toBe(200);
  await rig.control('PUT', '/shops/test-shop/info', { itemEditing: true });
});

test('a shop that has not moved to SKUs has one variant named normal-inventory', async () => {
  const key = { serviceSecret: 'so', licenseKey: 'ko' };
  await rig.control('POST', '/shops', {
    shopCode: 'old-shop',
    rakutenShopId: '400110',
    skuMigrated: false,
    ...key,
  });
  await rig.control('PUT', '/shops/old-shop/items/plain', { skus: [{ variantId: 'x', quantity: 1 }] });
  const reply = await rig.rms('GET', `${ITEM}/manage-numbers/plain`, undefined, {
    Authorization: esa('so', 'ko'),
  });
  expect(Object.keys(reply.json.variants ?? {})).toEqual(['normal-inventory']);
});

test('each function of the item API has a rate of its own and answers 429', async () => {
  await rig.control('PUT', '/settings', {
    rateBurst: 1,
    itemReadsPerSecond: 0.01,
    itemBulkReadsPerSecond: 0.01,
  });
  const statuses = [
    await search(),
    await search(),
    await get(SKU.manageNumber),
    await bulk([SKU.manageNumber]),
    await bulk([SKU.manageNumber]),
  ].map((reply) => reply.status);
  expect(statuses).toEqual([200, 429, 200, 200, 429]);
  await rig.control('PUT', '/settings', {
    rateBurst: 1000,
    itemReadsPerSecond: 1e4,
    itemBulkReadsPerSecond: 1e4,
  });
});

test('a request is judged by when it came, however long it waited inside', async () => {
  const key = { serviceSecret: 'sw', licenseKey: 'kw' };
  await rig.control('POST', '/shops', { shopCode: 'waiting', rakutenShopId: '400112', ...key });
  await rig.control('PUT', '/settings', { rateBurst: 1, itemReadsPerSecond: 2 });
  const ask = () => rig.rms('GET', `${ITEM}/search`, undefined, { Authorization: esa('sw', 'kw') });
  const client = new Client({ connectionString: rig.databaseUrl });
  await client.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE sandbox.shop_keys IN ACCESS EXCLUSIVE MODE');
  const held = ask();
  const waits = `SELECT FROM pg_locks WHERE NOT granted AND relation = 'sandbox.shop_keys'::regclass`;
  while ((await client.query(waits)).rowCount === 0);
  // Limits count real seconds: this is the half second after which the next request may come.
  await sleep(500);
  await client.query('COMMIT');
  await client.end();
  expect([(await held).status, (await ask()).status]).toEqual([200, 200]);
  await rig.control('PUT', '/settings', { rateBurst: 1000, itemReadsPerSecond: 1e4 });
});

test('a wrong key is refused with GA0001, a function that is not ticked too', async () => {
  const key = { serviceSecret: 'si', licenseKey: 'ki' };
  const shop = { shopCode: 'ticked', rakutenShopId: '400111', ...key };
  await rig.control('POST', '/shops', { ...shop, functions: ['itemapi_2.0.items.search'] });
  const ask = (path: string, authorization: string) =>
    rig.rms('GET', `${ITEM}/${path}`, undefined, { Authorization: authorization });
  const wrong = await ask('search', esa('no', 'body'));
  expect([wrong.status, first(wrong.json.errors).code]).toEqual([401, 'GA0001']);
  expect((await ask('search', esa('si', 'ki'))).status).toBe(200);
  expect((await ask(`manage-numbers/${SKU.manageNumber}`, esa('si', 'ki'))).status).toBe(401);
});
