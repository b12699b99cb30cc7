import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  exactItems,
  type ItemSearch,
  type ItemSearchPage,
  searchAllItems,
  searchItems,
} from '../../src/rms/item-search';
import { getItem, getItems } from '../../src/rms/items';
import { type FakeRms, json, startFakeRms } from './support/fake-rms';

const FIXTURES = join(__dirname, '../../../shared/fixtures/rms/item');
const present = existsSync(FIXTURES);
if (!present) process.stderr.write('Rakuten’s own item samples are not here: their tests are skipped.\n');
const fixture = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'));

let rms: FakeRms;
beforeEach(async () => {
  rms = await startFakeRms();
});
afterEach(() => rms.close());

const item = (manageNumber: string, variants: Record<string, unknown> = { 'normal-inventory': {} }) => ({
  manageNumber,
  title: 'りんご',
  variants,
  updated: '2026-11-01T10:00:00+09:00',
});
const found = (items: readonly unknown[], rest: object = {}) => ({
  numFound: items.length,
  offset: 0,
  results: items.map((one) => ({ item: one })),
  ...rest,
});

describe('searchItems', () => {
  it('asks in the words of the reference', async () => {
    rms.script = json(200, found([item('a')]));
    await searchItems(rms.connection, {
      title: 'りんご 5kg',
      variantId: 'Red',
      itemType: 'PRE_ORDER',
      isHiddenItem: false,
      updatedFrom: '2026-11-01',
      hits: 100,
      offset: 10_000,
      sortKey: 'manageNumber',
      sortOrder: 'asc',
      isInventoryIncluded: true,
      genreId: undefined,
    });
    expect(rms.requests).toHaveLength(1);
    expect(rms.requests[0]).toMatchObject({
      method: 'GET',
      path: '/es/2.0/items/search',
      headers: { 'content-type': 'application/json' },
      body: {},
    });
    expect(Object.fromEntries(rms.requests[0]?.query ?? [])).toEqual({
      title: 'りんご 5kg',
      variantId: 'Red',
      itemType: 'PRE_ORDER',
      isHiddenItem: 'false',
      updatedFrom: '2026-11-01',
      hits: '100',
      offset: '10000',
      sortKey: 'manageNumber',
      sortOrder: 'asc',
      isInventoryIncluded: 'true',
    });
  });

  it('takes nothing found for an answer', async () => {
    rms.script = json(200, found([]));
    await expect(searchItems(rms.connection, {})).resolves.toEqual({
      numFound: 0,
      results: [],
      malformed: [],
      malformedNumbers: [],
      nextCursorMark: undefined,
    });
  });

  it('reads what else was asked for, and a deleted item that is still listed', async () => {
    rms.script = json(200, {
      numFound: 2,
      offset: 0,
      results: [
        {
          item: item('a'),
          category: ['0000000101'],
          review: { count: 2, averageRating: '4.5' },
          inventory: {
            Red: { operationLeadTime: { normalDeliveryTimeId: 4 }, shipFromIds: [1] },
            created: '2024-02-21T01:00:00.000Z',
            updated: '2024-02-22T01:00:00.000Z',
          },
        },
        { item: { manageNumber: 'gone' } },
      ],
    });
    const { results } = await searchItems(rms.connection, {});
    expect(results[0]).toMatchObject({
      category: { categoryIds: ['0000000101'] },
      review: { count: 2, averageRating: 4.5 },
      inventory: { Red: { operationLeadTime: { normalDeliveryTimeId: 4 }, shipFromIds: [1] } },
    });
    expect(results[1]).toEqual({ item: { manageNumber: 'gone' } });
  });

  it('fails one result by its path and spares its neighbours', async () => {
    rms.script = json(200, found([item('a'), item('b', { x: { standardPrice: 'free' } }), item('c')]));
    const page = await searchItems(rms.connection, {});
    expect(page.results.map((result) => result.item.manageNumber)).toEqual(['a', 'c']);
    expect(page.malformed).toMatchObject([
      { kind: 'malformed', issues: [{ path: 'item.variants.x.standardPrice' }] },
    ]);
  });

  it.each<[string, unknown, string]>([
    ['offset with a cursor', { offset: 0, cursorMark: '*' }, 'offset'],
    ['an order with a cursor', { sortOrder: 'asc', cursorMark: '*' }, 'sortKey'],
    ['101 hits', { hits: 101 }, 'hits'],
    ['no hits', { hits: 0 }, 'hits'],
    ['an offset of 10001', { offset: 10_001 }, 'offset'],
    ['a day of another form', { updatedFrom: '2026/11/01' }, 'updatedFrom'],
    ['days the wrong way round', { createdFrom: '2026-11-02', createdTo: '2026-11-01' }, 'createdTo'],
    ['a genre of five digits', { genreId: '12345' }, 'genreId'],
    ['an item type that does not exist', { itemType: 'SUBSCRIPTION' }, 'itemType'],
    ['an empty text', { title: '' }, 'title'],
    ['a parameter that Rakuten does not know', { shopUrl: 'x' }, ''],
  ])('refuses %s before a call is spent', async (_name, search, path) => {
    await expect(searchItems(rms.connection, search as ItemSearch)).rejects.toMatchObject({
      kind: 'invalid_request',
      issues: [{ path }],
    });
    expect(rms.requests).toHaveLength(0);
  });
});

describe('searchAllItems', () => {
  const next: Record<string, string | undefined> = { '*': 'AoE1', AoE1: 'AoE2', AoE2: 'AoE2' };
  const pages = async (cursors: Record<string, string | undefined>): Promise<string[]> => {
    rms.script = (request, response) => {
      const cursor = request.query.get('cursorMark') ?? '';
      return json(200, found([item(cursor)], { nextCursorMark: cursors[cursor] }))(request, response);
    };
    const read: ItemSearchPage[] = [];
    const searchPage = (search: ItemSearch) => searchItems(rms.connection, search);
    for await (const page of searchAllItems(searchPage, { title: 'りんご' })) read.push(page);
    return read.flatMap(({ results }) => results.map((result) => result.item.manageNumber));
  };

  it('reads until the cursor repeats the one that was sent', async () => {
    await expect(pages(next)).resolves.toEqual(['*', 'AoE1', 'AoE2']);
    expect(rms.requests.map(({ query }) => Object.fromEntries(query))).toEqual(
      ['*', 'AoE1', 'AoE2'].map((cursorMark) => ({ title: 'りんご', hits: '100', cursorMark })),
    );
  });

  it('does not walk in a circle', async () => {
    await expect(pages({ ...next, AoE2: 'AoE1' })).rejects.toMatchObject({ kind: 'malformed' });
    expect(rms.requests).toHaveLength(3);
  });

  it('does not take a missing cursor for the end', async () => {
    await expect(pages({ '*': undefined })).rejects.toMatchObject({
      kind: 'malformed',
      issues: [{ path: 'nextCursorMark' }],
    });
  });
});

describe('exactItems', () => {
  const read = async (items: readonly unknown[]) => {
    rms.script = json(200, found(items));
    return (await searchItems(rms.connection, {})).results.map((result) => result.item);
  };

  it('keeps what is equal of what matched in part', async () => {
    const items = await read([item('ringo'), item('ringo-5kg'), item('aoringo')]);
    expect(exactItems(items, { manageNumber: 'Ringo' }).map((match) => match.item.manageNumber)).toEqual([
      'ringo',
    ]);
  });

  it('wants one SKU that fits in everything, and tells every SKU that does', async () => {
    const items = await read([
      item('a', {
        Red: { merchantDefinedSkuId: 'S-1', articleNumber: { value: '4900000000001' } },
        red: { merchantDefinedSkuId: 'S-1' },
        Blue: { merchantDefinedSkuId: 'S-2', articleNumber: { value: '4900000000002' } },
      }),
      item('b', { x: { merchantDefinedSkuId: 'S-1' } }),
      { manageNumber: 'gone' },
    ]);
    const ids = (wanted: Parameters<typeof exactItems>[1]) =>
      exactItems(items, wanted).map((match) => [match.item.manageNumber, ...match.variantIds]);
    expect(ids({ merchantDefinedSkuId: 'S-1' })).toEqual([
      ['a', 'Red', 'red'],
      ['b', 'x'],
    ]);
    expect(ids({ variantId: 'Red' })).toEqual([['a', 'Red']]);
    expect(ids({ merchantDefinedSkuId: 'S-1', articleNumber: '4900000000002' })).toEqual([]);
    expect(ids({ manageNumber: 'gone' })).toEqual([]);
  });
});

describe('getItem', () => {
  it('asks for one item, and takes its absence for an answer by the code, whatever the text', async () => {
    rms.script = json(200, item('ringo'));
    await expect(getItem(rms.connection, 'Ringo')).resolves.toMatchObject({ manageNumber: 'ringo' });
    expect(rms.requests[0]).toMatchObject({
      method: 'GET',
      path: '/es/2.0/items/manage-numbers/Ringo',
      headers: { 'content-type': 'application/json' },
    });
    for (const message of [
      'No item found for inputs; manageNumber=x',
      'Not found for inputs; manageNumber=x',
    ]) {
      rms.script = json(404, { errors: [{ code: 'GE0014', message }] });
      await expect(getItem(rms.connection, 'x')).resolves.toBeUndefined();
    }
  });

  it('reads what official samples write in two ways, and keeps what it does not know', async () => {
    rms.script = json(200, {
      ...item('a', {
        one: {
          standardPrice: '6,220',
          shipping: { fee: 1000, shippingMethodGroup: 2 },
          specs: { label: '産地', value: '青森' },
          attributes: { name: '色', values: '赤' },
          articleNumber: { exemptionReason: '5' },
        },
        two: { standardPrice: 810, shipping: { fee: '550' }, attributes: [{ name: '色', values: ['青'] }] },
      }),
      payment: { taxRate: '0.08' },
      customizationOptions: [{ displayName: 'のし', selections: { displayValue: 'はい' } }],
      somethingNew: { deep: [1] },
    });
    expect(await getItem(rms.connection, 'a')).toMatchObject({
      payment: { taxRate: 0.08 },
      customizationOptions: [{ selections: [{ displayValue: 'はい' }] }],
      variants: {
        one: {
          standardPrice: 6220,
          shipping: { fee: 1000, shippingMethodGroup: '2' },
          specs: [{ label: '産地', value: '青森' }],
          attributes: [{ name: '色', values: ['赤'] }],
          articleNumber: { exemptionReason: 5 },
        },
        two: { standardPrice: 810, shipping: { fee: 550 }, attributes: [{ values: ['青'] }] },
      },
      updated: new Date('2026-11-01T01:00:00Z'),
      somethingNew: { deep: [1] },
    });
  });

  it.each([
    ['a price', { standardPrice: 'free' }, 'variants.x.standardPrice'],
    ['a flag', { hidden: 'yes' }, 'variants.x.hidden'],
    ['a list', { attributes: ['red'] }, 'variants.x.attributes[0]'],
  ])('tells the path of %s that it cannot read', async (_name, variant, path) => {
    rms.script = json(200, item('a', { x: variant }));
    await expect(getItem(rms.connection, 'a')).rejects.toMatchObject({
      kind: 'malformed',
      issues: [{ path }],
    });
  });

  it.each(['', 'a/b', '..', 'りんご', 'x'.repeat(33)])(
    'refuses the name %j before a call is spent',
    async (name) => {
      await expect(getItem(rms.connection, name)).rejects.toMatchObject({ kind: 'invalid_request' });
      expect(rms.requests).toHaveLength(0);
    },
  );

  it('tells a shop without the paid option as a key that is refused', async () => {
    rms.script = json(401, { errors: [{ code: 'GA0001', message: 'Un-Authorised' }] });
    await expect(getItem(rms.connection, 'a')).rejects.toMatchObject({ kind: 'unauthorised' });
  });
});

describe('getItems', () => {
  it('answers for every number asked once, and fails one item alone', async () => {
    rms.script = json(200, { results: [item('a'), item('b', { x: { hidden: 'yes' } })] });
    const answers = await getItems(rms.connection, ['A', 'a', 'b', 'c']);
    expect([...answers].map(([number, { kind }]) => [number, kind])).toEqual([
      ['a', 'found'],
      ['b', 'malformed'],
      ['c', 'not_found'],
    ]);
    expect(rms.requests[0]).toMatchObject({ method: 'POST', path: '/es/2.0/items/bulk-get' });
    expect(rms.requests[0]?.body).toEqual({ manageNumbers: ['a', 'b', 'c'] });
  });

  it.each([
    ['no number', []],
    ['51 numbers', Array.from({ length: 51 }, (_, index) => `item${index}`)],
    ['a name that is a path', ['a/b']],
  ])('refuses %s before a call is spent', async (_name, asked) => {
    await expect(getItems(rms.connection, asked)).rejects.toMatchObject({ kind: 'invalid_request' });
    expect(rms.requests).toHaveLength(0);
  });
});

(present ? describe : describe.skip)('Rakuten’s own samples', () => {
  const samples = present ? readdirSync(FIXTURES).filter((name) => /\.200\..*\.json$/.test(name)) : [];

  it.each(samples)('%s is read whole', async (name) => {
    const payload = fixture(name);
    rms.script = json(200, payload);
    const read = await getItem(rms.connection, 'asked');
    expect(read?.manageNumber).toBe(payload.manageNumber ?? 'asked');
    expect(Object.keys(read?.variants ?? {})).toEqual(Object.keys(Object(payload.variants)));
    expect(Object.keys(read ?? {})).toEqual(expect.arrayContaining(Object.keys(payload)));
    for (const variant of Object.values(read?.variants ?? {}))
      expect(variant.standardPrice ?? variant.subscriptionPrice?.basePrice).toEqual(expect.any(Number));
  });

  it('an item that does not exist is an outcome', async () => {
    rms.script = json(404, fixture('items.get.404.GE0014.json'));
    await expect(getItem(rms.connection, '6651')).resolves.toBeUndefined();
  });
});
