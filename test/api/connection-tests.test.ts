import { RMS_FUNCTIONS } from '../../src/domain/rms-functions';
import { credentials } from '../../src/store/shop-schema';
import { addShopLines } from '../../src/store/shop-timeline';
import { changeSettings } from '../../src/store/shops';
import { connectionTestId } from '../../src/temporal/ids';
import { historyText, payloadsOf, recordHistory } from '../support/histories';
import { type House, openHouse, SHOP, startWorkshop, type Workshop } from '../support/house';
import { apiOver, type TestApi } from './support';

const BOXES = RMS_FUNCTIONS.map(({ box }) => box);
const TEST = `/v1/shops/${SHOP.shopId}/test-connection`;
const TIMELINE = `/v1/shops/${SHOP.shopId}/timeline`;

interface Row {
  function: string;
  needed: boolean;
  works: boolean | null;
  whatFor: string;
  causes: { code: string; text: string; whatToDo: string }[];
}

let house: House;
let workshop: Workshop;
let api: Omit<TestApi, 'close'>;
beforeAll(async () => {
  house = await openHouse({ automaticOrderConfirmation: true });
  await house.control('PUT', '/control/settings', { itemReadsPerSecond: 1000 });
  workshop = await startWorkshop(house, { outbox: false });
  api = apiOver({ db: house.database.db, vault: house.vault, temporal: workshop.client });
});
afterAll(async () => {
  await workshop?.close();
  await house?.close();
});

const tick = (functions: readonly string[] | null) =>
  house.control('POST', '/control/shops', {
    ...{ shopCode: SHOP.shopId, rakutenShopId: '123456', functions },
    ...{ serviceSecret: SHOP.serviceSecret, licenseKey: SHOP.licenseKey },
  });
const rowOf = (body: { rows: Row[] }, box: string) => body.rows.find((row) => row.function === box);

test('a shop that was never tested says so; a test answers with a row for each function, which is shown again', async () => {
  expect((await api.as('get', TEST).expect(404)).body.code).toBe('connection_not_tested');
  await tick(BOXES.filter((box) => box !== 'rpay.order.confirmOrder' && box !== 'inventories.bulk.get'));
  const { body } = await api.as('post', TEST).set('Accept-Language', 'ja').expect(200);
  expect(body.rows.map((row: Row) => row.function)).toEqual(BOXES);
  expect(rowOf(body, 'rpay.order.confirmOrder')).toMatchObject({
    ...{ operation: 'confirmOrder', effect: 'write', needed: true, works: false },
    ...{ httpStatus: 400, code: 'ES04-01' },
  });
  const [cause] = rowOf(body, 'rpay.order.confirmOrder')?.causes ?? [];
  expect(cause?.whatToDo).toMatch(/2-1 アプリ一覧.*自店舗利用.*利用機能編集.*「確認する」.*「登録する」/);
  expect(rowOf(body, 'inventories.bulk.get')).toMatchObject({ needed: false, works: false });
  expect(body.summary).toMatchObject({ code: 'connection.summary.functions_missing' });
  expect(body.summary.text).toContain('rpay.order.confirmOrder');
  expect(body.summary.text).not.toContain('inventories.bulk.get');

  const shown = await api.as('get', TEST).set('Accept-Language', 'en').expect(200);
  expect(shown.body).toMatchObject({ testedAt: body.testedAt, summary: { code: body.summary.code } });
  expect(shown.body.rows).toHaveLength(body.rows.length);
  expect(shown.body.summary.text).toMatch(/^The key is alive/);

  const handle = workshop.client.workflow.getHandle(connectionTestId(SHOP.shopId));
  expect(payloadsOf(await historyText(handle))).not.toMatch(/S[PL]123456|Bearer/);
  await recordHistory('test-connection-0.1.0', handle);
});

test('what only other settings need does not spoil the summary', async () => {
  await tick(BOXES.filter((box) => !box.startsWith('inventories.')));
  const { body } = await api.as('post', TEST).set('Accept-Language', 'en').expect(200);
  expect(body.summary.text).toBe('The connection works: all 5 functions that this shop needs can be called');
  await changeSettings(house.database.db, SHOP.shopId, { stockSync: 'shipment' });
  const now = (await api.as('get', TEST).set('Accept-Language', 'en').expect(200)).body;
  expect(now.summary.text).toMatch(/inventories\.bulk\.get, inventories\.bulk\.upsert/);
  await changeSettings(house.database.db, SHOP.shopId, { stockSync: 'off' });
  await tick(null);
});

test('one that takes longer is answered with its workflow', async () => {
  await house.control('POST', '/control/faults', { operation: 'searchOrder', kind: 'slow', delayMs: 7_000 });
  await house.control('POST', '/control/faults', { operation: 'getOrder', kind: 'slow', delayMs: 7_000 });
  await house.control('POST', '/control/faults', { operation: 'confirmOrder', kind: 'slow', delayMs: 7_000 });
  await house.control('POST', '/control/faults', {
    operation: 'updateOrderShipping',
    kind: 'slow',
    delayMs: 7_000,
  });
  const { body } = await api.as('post', TEST).expect(202);
  expect(body).toEqual({ workflowId: connectionTestId(SHOP.shopId), runId: expect.any(String) });
  await workshop.client.workflow.getHandle(body.workflowId).result();
  await house.control('DELETE', '/control/faults');
  expect((await api.as('get', TEST).expect(200)).body.summary.code).toBe('connection.summary.works');
}, 60_000);

test('within Rakuten’s limits it ends in time, and who asks meanwhile joins', async () => {
  const { db } = house.database;
  const { requestsPerSecond } = (await api.as('get', `/v1/shops/${SHOP.shopId}`).expect(200)).body.settings;
  await changeSettings(db, SHOP.shopId, { requestsPerSecond: {} });
  await house.control('PUT', '/control/settings', { orderRequestsPerSecond: 1, inventoryWritesPerSecond: 1 });
  const began = new Date();
  const [first, second] = await Promise.all([api.as('post', TEST), api.as('post', TEST)]);
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(second.body).toEqual(first.body);
  expect(first.body.rows.every((row: Row) => row.works)).toBe(true);
  const { rows } = await house.database.pool.query<{ outcome: string; times: number }>(
    `select outcome, count(*)::int as times from sandbox.journal
     where family = 'order' and at >= $1 group by outcome`,
    [began],
  );
  // One test for both, each function once.
  expect(rows).toEqual([{ outcome: 'answered', times: 8 }]);
  await changeSettings(db, SHOP.shopId, { requestsPerSecond });
  await house.control('PUT', '/control/settings', { orderRequestsPerSecond: 1000 });
}, 60_000);

test('a shop that does not exist is not tested', async () => {
  await api.as('post', '/v1/shops/nowhere/test-connection').expect(404);
  await api.as('get', '/v1/shops/nowhere/test-connection').expect(404);
  await api.as('get', '/v1/shops/nowhere/timeline').expect(404);
});

test('the shop’s timeline is paged, newest first, in the language that is asked for', async () => {
  const { db } = house.database;
  for (const seconds of [61, 62, 63])
    await addShopLines(db, SHOP.shopId, [
      { code: 'warning.clock_off', params: { seconds, direction: 'ahead' } },
    ]);
  const first = (await api.as('get', `${TIMELINE}?limit=2`).set('Accept-Language', 'en').expect(200)).body;
  expect(first.items.map(({ params }: { params: { seconds: number } }) => params.seconds)).toEqual([63, 62]);
  expect(first.items[0]).toMatchObject({
    ...{ code: 'warning.clock_off', actor: 'system', at: expect.any(String) },
    text: expect.stringContaining('63 seconds ahead of Rakuten’s'),
  });
  const rest = (await api.as('get', `${TIMELINE}?cursor=${first.nextCursor}`).expect(200)).body;
  expect(rest.items[0]).toMatchObject({
    params: { seconds: 61 },
    text: expect.stringContaining('61秒進んでいます'),
  });
  expect(rest.items.map(({ code }: { code: string }) => code)).toContain('connection.summary.works');
  expect(rest.nextCursor).toBeNull();
});

test('a key that ends within thirty days is counted down, shown and metered, and one that ended says so', async () => {
  const { db } = house.database;
  const warnings = async () => (await api.as('get', `/v1/shops/${SHOP.shopId}`).expect(200)).body.warnings;
  const metrics = async () =>
    (await api.anonymous.get('/metrics').expect(200)).text.match(/^okuri_shop_warnings\{.*$/gm);
  const ends = (days: number) =>
    db.update(credentials).set({ expiresAt: new Date(Date.now() + (days + 0.5) * 86_400_000) });
  await ends(31);
  expect(await warnings()).toEqual([]);
  await ends(12);
  expect(await warnings()).toMatchObject([
    { code: 'key_expires_soon', text: expect.stringContaining('あと12日') },
  ]);
  expect(await metrics()).toEqual([`okuri_shop_warnings{shop="${SHOP.shopId}",code="key_expires_soon"} 1`]);
  await ends(-3);
  expect(await warnings()).toMatchObject([
    { code: 'key_expired', text: expect.stringContaining('切れました') },
  ]);
  expect(await metrics()).toEqual([`okuri_shop_warnings{shop="${SHOP.shopId}",code="key_expired"} 1`]);
});

describe('the set-up guide', () => {
  const guide = async (query: string, language = 'ja') =>
    (await api.as('get', `/v1/setup-guide${query}`).set('Accept-Language', language).expect(200)).body;
  const ticked = (body: { functions: { function: string; needed: boolean }[] }) =>
    body.functions.filter(({ needed }) => needed).map((one) => one.function);
  const LEAST = [
    'license.expiryDate.get',
    ...['searchOrder', 'getOrder', 'updateOrderShipping'].map((name) => `rpay.order.${name}`),
  ];

  it('names the least for what is switched on, and nothing else', async () => {
    expect(ticked(await guide(''))).toEqual(LEAST);
    const all = await guide(
      '?automaticOrderIntegration=true&automaticOrderConfirmation=true&stockSync=shipment&cancelHere=true',
    );
    // Parcels of many orders at once are a comfort, which nobody has to tick.
    expect(ticked(all)).toEqual(BOXES.filter((box) => !box.endsWith('ShippingAsync')));
    expect(ticked(await guide('?stockSync=shipment&skuProjectMigrated=false'))).toEqual([
      ...LEAST,
      'itemapi_2.0.items.search',
    ]);
    expect(ticked(await guide(`?shopId=${SHOP.shopId}`))).toContain('rpay.order.confirmOrder');
    await api.as('get', '/v1/setup-guide?shopId=nowhere').expect(404);
  });

  it('goes through the screens in order and warns of the second button, in both languages', async () => {
    const { steps } = await guide('');
    const codes = steps.map(({ code }: { code: string }) => code);
    expect(codes).not.toContain('setup.auto_confirm_off');
    expect(steps[0].text).toMatch(/5\/6 WEB APIサービス.*2-1 アプリ一覧.*自店舗利用.*詳細.*画像認証/);
    expect(steps[2].text).toMatch(/「確認する」だけで閉じると何も保存されません/);
    const english = await guide(`?shopId=${SHOP.shopId}`, 'en');
    expect(english.steps.map(({ code }: { code: string }) => code)).toContain('setup.auto_confirm_off');
    expect(english.steps[2].text).toMatch(/Closing after 確認する saves nothing/);
    expect(english.functions[0].whatFor).toMatch(/licence key ends/);
  });
});
