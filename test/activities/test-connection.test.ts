import { connectionActivities } from '../../src/activities/test-connection';
import { RMS_FUNCTIONS } from '../../src/domain/rms-functions';
import { TESTED_OPERATIONS } from '../../src/rms/function-test';
import { findCircuit, openCircuit } from '../../src/store/circuits';
import { lastConnectionTest } from '../../src/store/connection-tests';
import { credentials } from '../../src/store/shop-schema';
import { listShopLines } from '../../src/store/shop-timeline';
import { type House, openHouse, SHOP } from '../support/house';

const BOXES = RMS_FUNCTIONS.map(({ box }) => box);
const MINUTE_MS = 60_000;

let house: House;
beforeAll(async () => {
  house = await openHouse({ automaticOrderConfirmation: true });
  await house.control('PUT', '/control/settings', { itemReadsPerSecond: 1000, fixDelaySeconds: 3600 });
  await house.control('PUT', `/control/shops/${SHOP.shopId}/inventory`, {
    inventories: [{ manageNumber: 'tea', variantId: 'tea', quantity: 50 }],
  });
  await house.control('POST', `/control/shops/${SHOP.shopId}/orders`, { count: 5 });
});
afterAll(() => house?.close());
beforeEach(async () => {
  await tick(null);
  await house.control('PUT', '/control/settings', { orderRefusalBody: 'ES01-01' });
  await house.database.db.update(credentials).set({ expiresAt: null, createdAt: new Date() });
});

/** The shop at Rakuten, with these functions ticked (null: all) and its key as it is or otherwise. */
const tick = (functions: readonly string[] | null, key: object = {}) =>
  house.control('POST', '/control/shops', {
    ...{ shopCode: SHOP.shopId, rakutenShopId: '123456', functions },
    ...{ serviceSecret: SHOP.serviceSecret, licenseKey: SHOP.licenseKey },
    ...key,
  });
const run = async () => {
  const { state } = await connectionActivities(house.context).testConnection({ shopId: SHOP.shopId });
  expect(state).toBe('done');
  const test = await lastConnectionTest(house.database.db, SHOP.shopId);
  return new Map((test?.rows ?? []).map((row) => [row.function, row]));
};
const works = (rows: Awaited<ReturnType<typeof run>>) => BOXES.filter((box) => rows.get(box)?.works);
const causes = (rows: Awaited<ReturnType<typeof run>>, box = 'rpay.order.getOrder') => rows.get(box)?.causes;
const timeline = async () =>
  (await listShopLines(house.database.db, SHOP.shopId, undefined, 200)).map(({ code }) => code);

/** Everything that the sandbox keeps, but for its log of requests. */
const books = async (): Promise<Record<string, string>> => {
  const { rows } = await house.database.pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables
     where table_schema = 'sandbox' and table_name not in ('journal') order by 1`,
  );
  const entries = rows.map(async ({ name }) => {
    const all = await house.database.pool.query<{ rows: string }>(
      `select coalesce(string_agg(t::text, E'\\n' order by t::text), '') as rows from sandbox."${name}" t`,
    );
    return [name, all.rows[0]?.rows ?? ''] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
};

test('every function of the table is asked, and every one that is asked stands in the table', () => {
  expect([...TESTED_OPERATIONS].sort()).toEqual(RMS_FUNCTIONS.map(({ operation }) => operation).sort());
});

test('with all functions ticked all work, and Rakuten’s books are as they were', async () => {
  const before = await books();
  expect(Object.keys(before).length).toBeGreaterThan(3);
  expect(Object.values(before).join('')).toContain('tea');
  const rows = await run();
  expect(works(rows)).toEqual(BOXES);
  expect([...rows.values()].flatMap((row) => row.causes)).toEqual([]);
  expect(await books()).toEqual(before);
  const { rows: changes } = await house.database.pool.query<{ changes: string }>(
    'select distinct changes::text as changes from sandbox.journal',
  );
  expect(changes).toEqual([{ changes: '[]' }]);
});

test.each(BOXES)('%s unticked is the only one that does not work, and its row says why', async (box) => {
  await tick(BOXES.filter((other) => other !== box));
  const rows = await run();
  expect(works(rows)).toEqual(BOXES.filter((other) => other !== box));
  const row = rows.get(box);
  expect(row).toMatchObject({
    works: false,
    httpStatus: box.startsWith('rpay.') ? 400 : 401,
    code: box.startsWith('rpay.') ? 'ES04-01' : 'GA0001',
  });
  expect(row?.causes.slice(0, 2)).toEqual(['function_not_ticked', 'not_registered']);
});

test.each(BOXES)('%s alone ticked is the only one that works', async (box) => {
  await tick([box]);
  const rows = await run();
  expect(works(rows)).toEqual([box]);
  const others = [...rows.values()].filter((row) => row.function !== box);
  expect(
    others.every(({ works: does, causes: why }) => does === false && why[0] === 'function_not_ticked'),
  ).toBe(true);
});

test('the newer gateway answers every refusal alike, and its rows are as right', async () => {
  await house.control('PUT', '/control/settings', { orderRefusalBody: 'GA0001' });
  await tick(BOXES.filter((box) => box !== 'rpay.order.confirmOrder'));
  const rows = await run();
  expect(rows.get('rpay.order.confirmOrder')).toMatchObject({
    works: false,
    httpStatus: 401,
    code: 'GA0001',
  });
  expect(causes(rows, 'rpay.order.confirmOrder')).toEqual(['function_not_ticked', 'not_registered']);
});

test('nothing ticked at all is told from a bad key by the older gateway’s code', async () => {
  await tick([]);
  const rows = await run();
  expect(works(rows)).toEqual([]);
  expect(causes(rows)?.[0]).toBe('no_function_ticked');
});

describe('a key that Rakuten refuses', () => {
  const long = { activeFrom: new Date(Date.now() - 100 * 86_400_000).toISOString() };

  it('and of which Rakuten told that it has ended is expired, and nothing else', async () => {
    await run();
    const expiresAt = new Date(Date.now() - MINUTE_MS);
    await tick(null, { ...long, expiresAt: expiresAt.toISOString() });
    await house.database.db.update(credentials).set({ expiresAt });
    const rows = await run();
    expect(works(rows)).toEqual([]);
    expect(rows.get('rpay.order.getOrder')).toMatchObject({ works: false, httpStatus: 401, code: 'ES01-01' });
    for (const row of rows.values()) expect(row.causes).toEqual(['key_expired']);
  });

  it('and that worked before was stopped or lost its functions', async () => {
    await run();
    await tick(null, { activeFrom: new Date(Date.now() + 60 * MINUTE_MS).toISOString() });
    expect(causes(await run())).toEqual(['key_stopped', 'no_function_ticked']);
  });

  it.each([
    [
      'is new may not be live yet',
      0,
      ['not_live_yet', 'wrong_key', 'wrong_secret', 'key_expired', 'no_function_ticked'],
    ],
    [
      'is old was mistyped first of all',
      91 * MINUTE_MS,
      ['wrong_key', 'wrong_secret', 'key_expired', 'no_function_ticked'],
    ],
  ])('and %s', async (_, age, expected) => {
    await tick(null, { activeFrom: new Date(Date.now() + 60 * MINUTE_MS).toISOString() });
    await house.database.db.update(credentials).set({ createdAt: new Date(Date.now() - age) });
    const rows = await run();
    expect(works(rows)).toEqual([]);
    for (const row of rows.values()) expect(row.causes).toEqual(expected);
  });

  it('because its secret is another one is refused alike, in the older and the newer body', async () => {
    const other = { serviceSecret: 'SP123456_somebodyelses001', licenseKey: 'SL123456_somebodyelses001' };
    await house.database.pool.query('delete from sandbox.shop_keys');
    await tick(null, other);
    const older = await run();
    await house.control('PUT', '/control/settings', { orderRefusalBody: 'GA0001' });
    const newer = await run();
    await house.database.pool.query('delete from sandbox.shop_keys');
    expect([older, newer].map((rows) => rows.get('rpay.order.getOrder')?.code)).toEqual([
      'ES01-01',
      'GA0001',
    ]);
    for (const rows of [older, newer]) expect(causes(rows)).toContain('wrong_secret');
  });
});

describe('a Rakuten that does not answer', () => {
  const fault = (kind: string, more: object = {}) =>
    house.control('POST', '/control/faults', { operation: '*', kind, times: 100, ...more });
  afterEach(() => house.control('DELETE', '/control/faults'));

  it.each([
    ['http_503_html', {}, 503, 'rakuten_down'],
    ['http_500', {}, 500, 'rakuten_down'],
    ['maintenance', {}, 503, 'rakuten_down|maintenance'],
    ['html_200', {}, 200, 'rakuten_down'],
    ['reset', { resetAt: 'headers' }, null, 'unreachable'],
    ['retry_after', { status: 429, retryAfterSeconds: 0 }, 429, 'throttled'],
  ])('by %s leaves open which functions work, and says why', async (kind, more, httpStatus, cause) => {
    await fault(kind, more);
    const rows = await run();
    expect(BOXES.map((box) => rows.get(box)?.works)).toEqual(BOXES.map(() => null));
    expect(BOXES.map((box) => causes(rows, box))).toEqual(BOXES.map(() => [expect.stringMatching(cause)]));
    expect(rows.get('rpay.order.searchOrder')).toMatchObject({ httpStatus });
  });

  it('is asked no further in a family after two failures in a row, since each takes its time', async () => {
    const asked = async () =>
      (await house.database.pool.query("select 1 from sandbox.journal where operation like '%rder%'"))
        .rowCount;
    const before = (await asked()) ?? 0;
    await fault('http_503_html');
    await run();
    // Each of the two a second time, since 503 may have meant too many requests.
    expect(await asked()).toBe(before + 4);
  });

  it('for one request is asked again where it had too many, and else leaves the other rows as they are', async () => {
    await fault('retry_after', { operation: 'getOrder', times: 1, status: 429, retryAfterSeconds: 1 });
    await fault('http_500', { operation: 'confirmOrder', times: 1 });
    const rows = await run();
    expect(works(rows)).toEqual(BOXES.filter((box) => box !== 'rpay.order.confirmOrder'));
    expect(rows.get('rpay.order.confirmOrder')).toMatchObject({ works: null, causes: ['rakuten_down'] });
  });
});

test('a parked shop is tested, stays parked, and is not parked by a test', async () => {
  await openCircuit(house.database.db, SHOP.shopId, 'key_refused');
  expect(works(await run())).toEqual(BOXES);
  expect(await findCircuit(house.database.db, SHOP.shopId)).toMatchObject({ cause: 'key_refused' });
  await house.database.pool.query('delete from circuits');
  await tick(null, { activeFrom: new Date(Date.now() + 60 * MINUTE_MS).toISOString() });
  await run();
  expect(await findCircuit(house.database.db, SHOP.shopId)).toBeUndefined();
});

test('the shop’s timeline tells a test that found something else, and no other', async () => {
  await run();
  const before = await timeline();
  await run();
  expect(await timeline()).toEqual(before);
  await tick(BOXES.filter((box) => box !== 'rpay.order.confirmOrder'));
  await run();
  await run();
  const [newest, ...rest] = await timeline();
  expect(newest).toBe('connection.summary.functions_missing');
  expect(rest).toEqual(before);
});
