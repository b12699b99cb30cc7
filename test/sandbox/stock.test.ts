import { first } from './answers';
import { type Reply, type Rig, SKU, startRig } from './rig';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

const variant = (version: string, { manageNumber, variantId }: typeof SKU) =>
  `/es/${version}/inventories/manage-numbers/${manageNumber}/variants/${variantId}`;
const bulk = (entries: object[], version = '2.1') =>
  rig.rms('POST', `/es/${version}/inventories/bulk-upsert`, { inventories: entries });
const read = async (pair: typeof SKU) =>
  (await rig.rms('POST', '/es/2.1/inventories/bulk-get', { inventories: [pair] })).json.inventories;
const errors = (reply: Reply) => reply.json.errors.map((e) => [e.code, e.metadata?.propertyPath]);
const write = (mode: string, quantity: unknown, pair: object = SKU) => ({ ...pair, mode, quantity });

test('a purchase takes its units off, a SKU without a record loses nothing', async () => {
  const before = await rig.stock();
  await rig.newOrder({
    lines: [
      { ...SKU, units: 3 },
      { manageNumber: 'nobody', variantId: 'n', units: 9 },
    ],
  });
  expect(await rig.stock()).toBe(before - 3);
  await expect(rig.stock('n')).rejects.toThrow('empty');
});

test('an imported order takes its units off as a purchase does, and is filed once', async () => {
  const { order } = await rig.look(await rig.newOrder());
  const before = await rig.stock();
  const copy = { ...order, orderNumber: '400100-20260101-9999999999' };
  const statuses = [
    await rig.control('POST', '/shops/test-shop/orders/import', { order: copy }),
    await rig.control('POST', '/shops/test-shop/orders/import', { order: copy }),
  ].map((reply) => reply.status);
  expect([statuses, await rig.stock()]).toEqual([[201, 409], before - 2]);
});

test('manageNumber is turned into lower case, variantId keeps its case', async () => {
  expect((await bulk([write('ABSOLUTE', 7, { manageNumber: 'CASE1', variantId: 'vA' })])).status).toBe(204);
  expect(await read({ manageNumber: 'Case1', variantId: 'vA' })).toMatchObject([
    { manageNumber: 'case1', variantId: 'vA', quantity: 7 },
  ]);
  expect(await read({ manageNumber: 'case1', variantId: 'va' })).toEqual([]);
});

test('a SKU that nobody sells is written with 204 all the same, and is gone a day later', async () => {
  const orphan = { manageNumber: 'typo', variantId: 'typo' };
  expect((await bulk([write('ABSOLUTE', 5, orphan)])).status).toBe(204);
  await rig.tick();
  expect(await read(orphan)).toHaveLength(1);
  await rig.control('PUT', '/clock', { offsetSeconds: 25 * 3600 });
  await rig.tick();
  expect(await read(orphan)).toEqual([]);
  expect(await read(SKU)).toHaveLength(1);
  await rig.control('PUT', '/clock', null);
});

test('RELATIVE adds to what is there and needs a record; the result stays between 0 and 99,999; refused writes write nothing', async () => {
  await bulk([write('ABSOLUTE', 10)]);
  await bulk([write('RELATIVE', -4)]);
  expect(await rig.stock()).toBe(6);
  const other = { manageNumber: 'mng5678', variantId: 'only' };
  const refused = await bulk([
    write('ABSOLUTE', 1, other),
    write('RELATIVE', -7),
    write('RELATIVE', 1, { manageNumber: 'none', variantId: 'none' }),
  ]);
  expect([refused.status, errors(refused)]).toEqual([
    400,
    [
      ['IE0117', 'inventories[1].quantity'],
      ['IE0500', 'inventories[2].mode'],
    ],
  ]);
  expect([await rig.stock(), await rig.stock('only')]).toEqual([6, 50]);
});

test.each([
  ['no mode', { ...SKU, quantity: 1 }, 'IE0001', 'mode'],
  ['a strange mode', write('SET', 1), 'IE0002', 'mode'],
  ['a quantity in letters', write('ABSOLUTE', 'a'), 'IE0002', 'quantity'],
  ['a negative quantity', write('ABSOLUTE', -1), 'IE0003', 'quantity'],
  ['too much', write('ABSOLUTE', 100_000), 'IE0003', 'quantity'],
  ['no variantId', write('ABSOLUTE', 1, { manageNumber: 'm' }), 'IE0001', 'variantId'],
  [
    'a long manageNumber',
    write('ABSOLUTE', 1, { ...SKU, manageNumber: 'm'.repeat(33) }),
    'IE0004',
    'manageNumber',
  ],
  ['an unknown field', { ...write('ABSOLUTE', 1), itemNumber: 'x' }, 'IE0002', 'itemNumber'],
])('%s is refused with its place in the request', async (_what, entry, code, field) => {
  const reply = await bulk([entry]);
  expect([reply.status, errors(reply)]).toEqual([400, [[code, `inventories[0].${field}`]]]);
});

test('bulk lists: 400 writes, 1,000 reads, no pair twice, not empty', async () => {
  const pairs = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ manageNumber: `m${i}`, variantId: 'v' }));
  expect(first(errors(await bulk(pairs(401).map((pair) => write('ABSOLUTE', 1, pair)))))[0]).toBe('IE1101');
  const reads = await rig.rms('POST', '/es/2.1/inventories/bulk-get', { inventories: pairs(1001) });
  expect(first(errors(reads))[0]).toBe('IE1101');
  expect(first(errors(await bulk([write('ABSOLUTE', 1), write('ABSOLUTE', 2)])))[0]).toBe('IE1102');
  expect(first(errors(await rig.rms('POST', '/es/2.1/inventories/bulk-upsert', {})))[0]).toBe('GE0011');
});

test('an item holds at most 400 variants', async () => {
  const full = Array.from({ length: 400 }, (_, i) =>
    write('ABSOLUTE', 1, { manageNumber: 'full', variantId: `v${i}` }),
  );
  expect((await bulk(full)).status).toBe(204);
  const one = await bulk([write('ABSOLUTE', 1, { manageNumber: 'full', variantId: 'v400' })]);
  expect(first(errors(one))[0]).toBe('IE0121');
  const list = await rig.rms('GET', '/es/2.1/inventories/variant-lists/manage-numbers/full');
  expect(list.json.variantList).toHaveLength(400);
});

test('a 2.1 write replaces lead times: what it does not name is gone; a 2.0 write leaves them alone', async () => {
  const lead = { operationLeadTime: { normalDeliveryTimeId: 41 }, shipFromIds: [1] };
  await bulk([{ ...write('ABSOLUTE', 8), ...lead }]);
  expect(await read(SKU)).toMatchObject([{ quantity: 8, ...lead }]);
  await bulk([write('ABSOLUTE', 9)], '2.0');
  expect(await read(SKU)).toMatchObject([{ quantity: 9, ...lead }]);
  expect(errors(await bulk([{ ...write('ABSOLUTE', 9), ...lead }], '2.0'))[0]).toEqual([
    'IE0002',
    'inventories[0].operationLeadTime',
  ]);
  await bulk([write('RELATIVE', 1)]);
  const record = first(await read(SKU));
  expect(Object.keys(record)).toEqual(['manageNumber', 'variantId', 'quantity', 'created', 'updated']);
  expect(record.updated).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+09:00$/);
});

test('one record is read, written and deleted by its path', async () => {
  const pair = { manageNumber: 'single', variantId: 's1' };
  expect((await rig.rms('GET', variant('2.0', pair))).json.errors[0]).toEqual({
    code: 'GE0014',
    message: 'Not found for inputs; manageNumber=single, variantId=s1',
  });
  const refused = await rig.rms('PUT', variant('2.0', pair), { mode: 'ABSOLUTE', quantity: 'a' });
  expect(refused.json.errors).toEqual([
    { code: 'IE0002', message: 'quantity has an invalid value : a.', metadata: { propertyPath: 'quantity' } },
  ]);
  expect((await rig.rms('PUT', variant('2.0', pair), { mode: 'ABSOLUTE', quantity: 4 })).status).toBe(204);
  expect((await rig.rms('GET', variant('2.1', pair))).json).toMatchObject({ ...pair, quantity: 4 });
  const deletes = [
    await rig.rms('DELETE', variant('2.1', pair)),
    await rig.rms('DELETE', variant('2.1', pair)),
  ];
  expect(deletes.map((reply) => reply.status)).toEqual([204, 404]);
});

test('the range search has inclusive bounds, needs one, and shows the newest change first', async () => {
  const range = (query: string) => rig.rms('GET', `/es/2.1/inventories/bulk-get/range?${query}`);
  await bulk([write('ABSOLUTE', 70_000, { manageNumber: 'r', variantId: 'r1' })]);
  await bulk([write('ABSOLUTE', 70_001, { manageNumber: 'r', variantId: 'r2' })]);
  const found = await range('minQuantity=70000&maxQuantity=70001');
  expect(found.json.inventories.map((r) => r.variantId)).toEqual(['r2', 'r1']);
  expect(errors(await range(''))).toEqual([['IE0105', undefined]]);
  expect(errors(await range('minQuantity=2&maxQuantity=1'))).toEqual([['IE0113', undefined]]);
  expect((await range('minQuantity=-1')).json).toEqual({
    errors: [{ code: 'IE0003', message: 'minQuantity must be between 0 and 99999.' }],
  });
});

test('a shop before the SKU project may read, not write', async () => {
  const shop = {
    shopCode: 'old-shop',
    rakutenShopId: '400105',
    serviceSecret: 's5',
    licenseKey: 'k5',
    skuMigrated: false,
  };
  await rig.control('POST', '/shops', shop);
  const old = { Authorization: `ESA ${Buffer.from('s5:k5').toString('base64')}` };
  const reply = await rig.rms('PUT', variant('2.0', SKU), { mode: 'ABSOLUTE', quantity: 1 }, old);
  expect(errors(reply)).toEqual([['IE1105', undefined]]);
  expect((await rig.rms('GET', variant('2.0', SKU), undefined, old)).status).toBe(404);
});

test('two buyers and one writer at once lose no unit', async () => {
  await bulk([write('ABSOLUTE', 50)]);
  await Promise.all([
    ...Array.from({ length: 5 }, () => rig.newOrder()),
    ...Array.from({ length: 5 }, () => bulk([write('RELATIVE', 1)])),
  ]);
  expect(await rig.stock()).toBe(45);
});
