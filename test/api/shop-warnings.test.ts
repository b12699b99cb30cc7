import { syncActivities } from '../../src/activities/sync';
import { changeSettings } from '../../src/store/shops';
import { linesOfOrder } from '../../src/store/timeline';
import { type House, openHouse, SHOP, startWorkshop, type Workshop } from '../support/house';
import { apiOver, type TestApi } from './support';

let house: House;
let workshop: Workshop;
let api: Omit<TestApi, 'close'>;
let syncShop: ReturnType<typeof syncActivities>['syncShop'];

beforeEach(async () => {
  house = await openHouse({ automaticOrderIntegration: true, automaticOrderConfirmation: true });
  workshop = await startWorkshop(house, { outbox: false });
  api = apiOver({ db: house.database.db, vault: house.vault, temporal: workshop.client });
  ({ syncShop } = syncActivities(house.context));
  await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600 });
});
afterEach(async () => {
  await workshop?.close();
  await house?.close();
});

const cycle = () => syncShop({ shopId: SHOP.shopId });
const placed = (minutesAgo: number) => ({
  orderDatetime: new Date(Date.now() - minutesAgo * 60_000).toISOString(),
});
const buy = async (overrides: object): Promise<string> => {
  const lines = [{ manageNumber: 'tea', variantId: 'tea', units: 1 }];
  const { orderNumbers } = await house.control<{ orderNumbers: string[] }>(
    'POST',
    `/control/shops/${SHOP.shopId}/orders`,
    { overrides: { settlementMethod: 1, destinations: 1, lines, ...overrides } },
  );
  return orderNumbers[0] ?? '';
};
const warnings = async (language = 'ja'): Promise<{ code: string; text: string; since: string }[]> =>
  (await api.as('get', `/v1/shops/${SHOP.shopId}`).set('Accept-Language', language).expect(200)).body
    .warnings;
const metric = async (): Promise<string[]> =>
  (await api.anonymous.get('/metrics').expect(200)).text
    .split('\n')
    .filter((line) => line.startsWith('okuri_shop_warnings{'));
const codes = async (orderNumber: string): Promise<string[]> =>
  (await linesOfOrder(house.database.db, { shopId: SHOP.shopId, orderNumber })).map(({ code }) => code);

test('an order that RMS itself confirmed raises a warning within one cycle, and the next one left at 100 takes it back', async () => {
  expect(await warnings()).toEqual([]);
  const taken = await buy({ progress: 200, ...placed(5) });
  await cycle();
  const [warning] = await warnings();
  expect(warning).toMatchObject({
    code: 'auto_confirm_on',
    text: expect.stringMatching(new RegExp(`${taken}.*受注・決済管理.*処理設定.*自動注文確認`)),
    since: expect.any(String),
  });
  expect((await warnings('en'))[0]?.text).toMatch(/Switch it off/);
  expect(await codes(taken)).toContain('order.confirmed_by_rakuten');
  expect(await metric()).toEqual([`okuri_shop_warnings{shop="${SHOP.shopId}",code="auto_confirm_on"} 1`]);

  const again = await buy({ progress: 200, ...placed(4) });
  await cycle();
  expect((await warnings())[0]).toMatchObject({
    text: expect.stringContaining(again),
    since: warning?.since,
  });
  expect(await codes(again)).not.toContain('order.confirmed_by_rakuten');

  await buy(placed(3));
  await cycle();
  expect(await warnings()).toEqual([]);
  expect(await metric()).toEqual([]);
});

test('orders of the time before one that was left at 100 raise no warning, in whatever order they are seen', async () => {
  await buy(placed(2));
  await buy({ progress: 300, ...placed(60) });
  await cycle();
  expect(await warnings()).toEqual([]);
  await buy({ progress: 300, ...placed(30) });
  await cycle();
  expect(await warnings()).toEqual([]);
});

test('a shop that does not confirm here is not warned', async () => {
  await changeSettings(house.database.db, SHOP.shopId, { automaticOrderConfirmation: false });
  await buy({ progress: 300, ...placed(5) });
  await cycle();
  expect(await warnings()).toEqual([]);
});
