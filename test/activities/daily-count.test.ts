import { countLateness } from '../../src/activities/daily-count';
import { syncActivities } from '../../src/activities/sync';
import type { OrderRef } from '../../src/domain/order';
import { listDailyCounts } from '../../src/store/daily-counts';
import { findOrder } from '../../src/store/orders';
import { linesOfOrder } from '../../src/store/timeline';
import { type House, openHouse, SHOP } from '../support/house';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let house: House;
let now: Date;
let syncShop: ReturnType<typeof syncActivities>['syncShop'];

beforeEach(async () => {
  now = new Date();
  house = await openHouse({ automaticOrderIntegration: true }, () => now);
  ({ syncShop } = syncActivities(house.context));
  await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600 });
  await cycle();
});
afterEach(() => house?.close());

const cycle = async (): Promise<void> => {
  await syncShop({ shopId: SHOP.shopId });
  now = new Date(now.getTime() + MINUTE);
};
const buy = async (overrides: object): Promise<OrderRef> => {
  const lines = [{ manageNumber: 'tea', variantId: 'tea', units: 1 }];
  const { orderNumbers } = await house.control<{ orderNumbers: string[] }>(
    'POST',
    `/control/shops/${SHOP.shopId}/orders`,
    { overrides: { settlementMethod: 1, destinations: 1, lines, ...overrides } },
  );
  return { shopId: SHOP.shopId, orderNumber: orderNumbers[0] ?? '' };
};
const placed = (days: number) => ({ orderDatetime: new Date(now.getTime() - days * DAY).toISOString() });
const counts = () => listDailyCounts(house.database.db, SHOP.shopId, undefined, 10);
/** Cycles until a day and its count are over. */
const aDayLater = async (): Promise<void> => {
  const before = (await counts()).length;
  now = new Date(now.getTime() + DAY);
  for (let turn = 0; turn < 60 && (await counts()).length === before; turn += 1) await cycle();
};

it('proves that nothing is missing, once a day, and leaves the newest orders to the other searches', async () => {
  await buy({});
  await cycle();
  await aDayLater();
  const [count, ...others] = await counts();
  expect(others).toEqual([]);
  expect(count).toMatchObject({ theirs: 1, ours: 1, missing: [] });
  await cycle();
  expect(await counts()).toHaveLength(1);
  await aDayLater();
  expect(await counts()).toHaveLength(2);
});

it('names an order that no search had shown, however old, and takes it in at once', async () => {
  const old = await buy({ progress: 300, ...placed(400) });
  await aDayLater();
  const [count] = await counts();
  expect(count).toMatchObject({ theirs: 1, ours: 0, missing: [old.orderNumber] });
  expect(await findOrder(house.database.db, old)).toMatchObject({ rakutenStatus: 300 });
  const codes = (await linesOfOrder(house.database.db, old)).map(({ code }) => code);
  expect(codes).toEqual(expect.arrayContaining(['order.imported', 'order.found_by_count']));
  await aDayLater();
  expect((await counts())[0]).toMatchObject({ theirs: 1, ours: 1, missing: [] });
});

it('still names what it found when Rakuten fails meanwhile, and takes it in later', async () => {
  const old = await buy({ progress: 300, ...placed(400) });
  await house.control('POST', '/control/faults', {
    operation: 'getOrder',
    kind: 'unauthorised',
    times: 1,
    orderNumber: old.orderNumber,
  });
  await expect(aDayLater()).rejects.toThrow();
  expect((await counts())[0]?.missing).toEqual([old.orderNumber]);
  expect(await findOrder(house.database.db, old)).toBeUndefined();
  for (let turn = 0; turn < 30; turn += 1) await cycle();
  expect(await findOrder(house.database.db, old)).toMatchObject({ rakutenStatus: 300 });
  expect((await counts())[0]?.missing).toEqual([old.orderNumber]);
});

it('is due once in a day of Japan, for each shop at its own time of the night', () => {
  const noon = new Date('2026-11-22T12:00:00+09:00');
  const midnight = new Date('2026-11-22T00:00:00+09:00');
  const shops = Array.from({ length: 200 }, (_, index) => `shop-${index}`);
  const yesterday = new Date(noon.getTime() - DAY);
  for (const shop of shops) {
    expect(countLateness(shop)(yesterday, noon)).toBeGreaterThanOrEqual(1);
    expect(countLateness(shop)(noon, new Date(noon.getTime() + 11 * HOUR))).toBeLessThan(1);
  }
  const due = (hours: number) =>
    shops.filter((shop) => countLateness(shop)(yesterday, new Date(midnight.getTime() + hours * HOUR)) >= 1);
  expect(due(0)).toEqual([]);
  for (const hours of [1, 2, 3, 4, 5])
    expect(due(hours).length - due(hours - 1).length).toBeGreaterThan(shops.length / 12);
});
