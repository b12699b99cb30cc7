import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  canHoldStock,
  checkPair,
  checkUpsert,
  deleteVariantInventory,
  getInventory,
  getInventoryRange,
  getVariantInventory,
  getVariantList,
  inventoryKey,
  unknownPairs,
  upsertInventory,
  upsertVariantInventory,
} from '../../src/rms/inventory';
import type { RmsConnection } from '../../src/rms/transport';
import { type FakeRms, json, type Script, startFakeRms } from './support/fake-rms';

const FIXTURES = join(__dirname, '../../../shared/fixtures/rms/inventory');
const present = existsSync(FIXTURES);
if (!present)
  process.stderr.write('Rakuten’s own inventory samples are not here: their tests are skipped.\n');
const fixture = (name: string): unknown => JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'));

let rms: FakeRms;
beforeEach(async () => {
  rms = await startFakeRms();
});
afterEach(() => rms.close());

const pair = { manageNumber: 'mng1', variantId: 'Red-1_a' };
const record = {
  ...pair,
  quantity: 3,
  created: '2026-11-01T10:00:00+09:00',
  updated: '2026-11-02T10:00:00+09:00',
};
const settings = {
  operationLeadTime: { normalDeliveryTimeId: 4, backOrderDeliveryTimeId: 5 },
  shipFromIds: [3],
};
const pairs = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ manageNumber: 'mng1', variantId: `v${index}` }));
const refused = (status: number, code: string) => json(status, { errors: [{ code, message: 'x' }] });
/** The request has arrived, and its answer never does. */
const answerLost: Script = (_request, response) => {
  response.destroy();
};

describe('the functions are asked in the words of the reference', () => {
  const VARIANT = '/es/2.1/inventories/manage-numbers/mng1/variants/Red-1_a';

  it.each<[string, (connection: RmsConnection) => Promise<unknown>, unknown, string, string, object]>([
    [
      'inventories.bulk.get',
      (connection) => getInventory(connection, [pair]),
      { inventories: [] },
      'POST',
      '/es/2.1/inventories/bulk-get',
      { inventories: [pair] },
    ],
    [
      'inventories.bulk.upsert, setting',
      (connection) => upsertInventory(connection, [{ ...pair, mode: 'ABSOLUTE', quantity: 0 }]),
      undefined,
      'POST',
      '/es/2.1/inventories/bulk-upsert',
      { inventories: [{ ...pair, mode: 'ABSOLUTE', quantity: 0 }] },
    ],
    [
      'inventories.bulk.upsert, adding',
      (connection) => upsertInventory(connection, [{ ...pair, mode: 'RELATIVE', quantity: -2, ...settings }]),
      undefined,
      'POST',
      '/es/2.1/inventories/bulk-upsert',
      { inventories: [{ ...pair, mode: 'RELATIVE', quantity: -2, ...settings }] },
    ],
    [
      'inventories.variants.get',
      (connection) => getVariantInventory(connection, pair),
      record,
      'GET',
      VARIANT,
      {},
    ],
    [
      'inventories.variants.upsert',
      (connection) =>
        upsertVariantInventory(connection, { ...pair, mode: 'ABSOLUTE', quantity: 7, settings }),
      undefined,
      'PUT',
      VARIANT,
      { mode: 'ABSOLUTE', quantity: 7, ...settings },
    ],
    [
      'inventories.variants.delete',
      (connection) => deleteVariantInventory(connection, pair),
      undefined,
      'DELETE',
      VARIANT,
      {},
    ],
    [
      'inventories.variant-lists.get',
      (connection) => getVariantList(connection, 'mng1'),
      { manageNumber: 'mng1', variantList: ['a'] },
      'GET',
      '/es/2.1/inventories/variant-lists/manage-numbers/mng1',
      {},
    ],
  ])('%s', async (_name, call, payload, method, path, body) => {
    rms.script = json(payload === undefined ? 204 : 200, payload);
    await call(rms.connection);
    expect(rms.requests).toHaveLength(1);
    expect(rms.requests[0]).toMatchObject({ method, path, headers: { 'content-type': 'application/json' } });
    expect(rms.requests[0]?.body).toEqual(body);
  });

  it.each([
    [{ minQuantity: 0, maxQuantity: 99999 }, 'minQuantity=0&maxQuantity=99999'],
    [{ minQuantity: 1 }, 'minQuantity=1'],
    [{ maxQuantity: 0 }, 'maxQuantity=0'],
  ])('inventories.bulk.get.range %j', async (range, query) => {
    rms.script = json(200, { inventories: [record] });
    await expect(getInventoryRange(rms.connection, range)).resolves.toEqual({
      kind: 'found',
      records: [{ ...pair, quantity: 3, updated: new Date('2026-11-02T01:00:00Z') }],
    });
    expect(rms.requests[0]).toMatchObject({ method: 'GET', path: '/es/2.1/inventories/bulk-get/range' });
    expect(rms.requests[0]?.query.toString()).toBe(query);
  });
});

describe('lead times and ship-from of a record', () => {
  it('survive a single write that sends the record back as it was read', async () => {
    rms.script = json(200, { ...record, ...settings });
    const read = await getVariantInventory(rms.connection, pair);
    if (read === undefined) throw new Error('The record was not found.');
    rms.script = json(204, undefined);
    await upsertVariantInventory(rms.connection, { ...pair, mode: 'RELATIVE', quantity: 1, settings: read });
    expect(rms.requests[1]?.body).toEqual({ mode: 'RELATIVE', quantity: 1, ...settings });
  });

  it('are given up only where the caller says so', async () => {
    rms.script = json(204, undefined);
    await upsertVariantInventory(rms.connection, {
      ...pair,
      mode: 'ABSOLUTE',
      quantity: 1,
      settings: 'auto',
    });
    expect(rms.requests[0]?.body).toEqual({ mode: 'ABSOLUTE', quantity: 1 });
  });
});

describe('outcomes that are to be expected are values', () => {
  it('a pair without a record', async () => {
    rms.script = refused(404, 'GE0014');
    await expect(getVariantInventory(rms.connection, pair)).resolves.toBeUndefined();
    await expect(deleteVariantInventory(rms.connection, pair)).resolves.toBe('not_found');
    await expect(getVariantList(rms.connection, 'mng1')).resolves.toBeUndefined();
  });

  it('a deletion', async () => {
    rms.script = json(204, undefined);
    await expect(deleteVariantInventory(rms.connection, pair)).resolves.toBe('deleted');
  });

  it('the variants of an item', async () => {
    rms.script = json(200, {
      manageNumber: 'mng1',
      variantList: ['sku-1', 'sku-2'],
      created: '2024-02-21T10:00:00+09:00',
      updated: '2024-03-01T10:30:00+09:00',
    });
    await expect(getVariantList(rms.connection, 'Mng1')).resolves.toEqual(['sku-1', 'sku-2']);
  });

  it('more than a thousand hits', async () => {
    rms.script = refused(400, 'IE0116');
    await expect(getInventoryRange(rms.connection, { minQuantity: 0 })).resolves.toEqual({
      kind: 'too_many',
    });
  });

  it.each([
    [400, 'GE0007', 'refused'],
    [409, 'CE0001', 'conflict'],
    [500, 'GE0014', 'unavailable'],
    [503, 'GE0014', 'unavailable'],
  ])('but not HTTP %s %s', async (status, code, kind) => {
    rms.script = refused(status, code);
    await expect(getVariantInventory(rms.connection, pair)).rejects.toMatchObject({ kind });
  });

  it('pairs that an answer left out are told by name, whatever the case of their manageNumber', async () => {
    rms.script = json(200, { inventories: [record] });
    const asked = [
      { manageNumber: 'MNG1', variantId: 'Red-1_a' },
      { manageNumber: 'mng1', variantId: 'red-1_a' },
    ];
    const found = await getInventory(rms.connection, asked);
    expect(unknownPairs(asked, found)).toEqual([asked[1]]);
  });
});

describe('what Rakuten would refuse is refused before a call is spent', () => {
  const entry = { ...pair, mode: 'ABSOLUTE', quantity: 1 } as const;
  const entries = (count: number) => pairs(count).map((one) => ({ ...entry, ...one }));

  it.each<[string, () => Promise<unknown>, string]>([
    ['no pair', () => getInventory(rms.connection, []), ''],
    ['1001 pairs', () => getInventory(rms.connection, pairs(1001)), ''],
    [
      'a name of 33 letters',
      () => getInventory(rms.connection, [pair, { ...pair, variantId: 'x'.repeat(33) }]),
      '[1].variantId',
    ],
    ['no entry', () => upsertInventory(rms.connection, []), ''],
    ['401 entries', () => upsertInventory(rms.connection, entries(401)), ''],
    ['a pair twice', () => upsertInventory(rms.connection, [entry, { ...entry, manageNumber: 'MNG1' }]), ''],
    [
      'a stock below zero',
      () => upsertInventory(rms.connection, [{ ...entry, quantity: -1 }]),
      '[0].quantity',
    ],
    [
      'a stock of 100000',
      () => upsertInventory(rms.connection, [{ ...entry, quantity: 100_000 }]),
      '[0].quantity',
    ],
    [
      'half a piece',
      () => upsertInventory(rms.connection, [{ ...entry, mode: 'RELATIVE', quantity: 0.5 }]),
      '[0].quantity',
    ],
    [
      'a difference of more than can be held',
      () => upsertInventory(rms.connection, [{ ...entry, mode: 'RELATIVE', quantity: -100_000 }]),
      '[0].quantity',
    ],
    [
      'a single write of no number',
      () => upsertVariantInventory(rms.connection, { ...entry, settings: 'auto', quantity: Number.NaN }),
      'quantity',
    ],
    [
      'a name that is a path',
      () => deleteVariantInventory(rms.connection, { ...pair, variantId: '../x' }),
      'variantId',
    ],
    [
      'a name of nothing',
      () => getVariantInventory(rms.connection, { ...pair, manageNumber: '' }),
      'manageNumber',
    ],
    ['a Japanese name', () => getVariantList(rms.connection, 'りんご'), ''],
    ['no bound', () => getInventoryRange(rms.connection, {}), ''],
    ['a bound below zero', () => getInventoryRange(rms.connection, { minQuantity: -1 }), 'minQuantity'],
    ['a bound of 100000', () => getInventoryRange(rms.connection, { maxQuantity: 100_000 }), 'maxQuantity'],
    [
      'bounds the wrong way round',
      () => getInventoryRange(rms.connection, { minQuantity: 2, maxQuantity: 1 }),
      'minQuantity',
    ],
  ])('%s', async (_name, call, path) => {
    await expect(call()).rejects.toMatchObject({ kind: 'invalid_request', issues: [{ path }] });
    expect(rms.requests).toHaveLength(0);
  });

  it('sends the most that Rakuten takes', async () => {
    rms.script = json(200, { inventories: [] });
    await getInventory(rms.connection, pairs(1000));
    rms.script = json(204, undefined);
    await upsertInventory(rms.connection, entries(400));
    expect(rms.requests).toHaveLength(2);
  });

  it('tells one item by itself, for whoever gathers them', () => {
    expect(checkPair(pair)).toEqual([]);
    expect(checkPair({ ...pair, variantId: 'a b' })).toMatchObject([{ path: 'variantId' }]);
    expect(canHoldStock({ ...pair, variantId: 'a b' })).toBe(false);
    expect(checkUpsert(entry)).toEqual([]);
    expect(checkUpsert({ ...entry, quantity: -1 })).toMatchObject([{ path: 'quantity' }]);
  });
});

describe('a write whose answer is lost', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['in bulk', () => upsertInventory(rms.connection, [{ ...pair, mode: 'RELATIVE', quantity: -1 }])],
    [
      'alone',
      () =>
        upsertVariantInventory(rms.connection, { ...pair, mode: 'RELATIVE', quantity: 1, settings: 'auto' }),
    ],
    ['a deletion', () => deleteVariantInventory(rms.connection, pair)],
  ])('may have taken effect, and is not sent again: %s', async (_name, call) => {
    rms.script = answerLost;
    await expect(call()).rejects.toMatchObject({ kind: 'unknown_outcome' });
    expect(rms.requests).toHaveLength(1);
  });
});

describe('an answer that is not as documented', () => {
  it('is told by its path', async () => {
    rms.script = json(200, { inventories: [record, { ...record, quantity: 'many' }] });
    await expect(getInventory(rms.connection, [pair])).rejects.toMatchObject({
      kind: 'malformed',
      issues: [{ path: 'inventories[1].quantity' }],
    });
    rms.script = json(200, { variantList: 'all' });
    await expect(getVariantList(rms.connection, 'mng1')).rejects.toMatchObject({ kind: 'malformed' });
  });
});

(present ? describe : describe.skip)('Rakuten’s own samples', () => {
  const samples = present ? readdirSync(FIXTURES).filter((name) => name.endsWith('.json')) : [];
  const answers = samples.filter((name) => !/\.400\./.test(name));
  const refusals = samples.filter((name) => /\.400\./.test(name));

  it.each(answers)('%s is read whole', async (name) => {
    const payload = fixture(name);
    rms.script = json(200, payload);
    const found = await getInventoryRange(rms.connection, { minQuantity: 0 });
    if (found.kind !== 'found') throw new Error('The sample was not found.');
    expect(payload).toMatchObject({
      inventories: found.records.map(({ manageNumber, variantId, quantity }) => ({
        manageNumber,
        variantId,
        quantity,
      })),
    });
    const byKey = await getInventory(rms.connection, found.records);
    expect([...byKey.keys()]).toEqual(found.records.map(inventoryKey));
  });

  it.each(refusals)('%s is a refusal by rule', async (name) => {
    rms.script = json(400, fixture(name));
    const code = name.split('.').at(-2);
    await expect(getInventory(rms.connection, [pair])).rejects.toMatchObject({
      kind: 'refused',
      codes: [{ code }],
    });
  });
});
