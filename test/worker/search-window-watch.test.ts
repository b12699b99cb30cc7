import { syncActivities } from '../../src/activities/sync';
import type { RmsGateway } from '../../src/rms/gateway';
import { moveCursor } from '../../src/store/cursors';
import { orders } from '../../src/store/schema';
import { listShopLines } from '../../src/store/shop-timeline';
import { listWarnings } from '../../src/store/shop-warnings';
import { changeSettings } from '../../src/store/shops';
import { watchSearchWindows } from '../../src/worker/search-window-watch';
import { type House, openHouse, SHOP } from '../support/house';

const { shopId } = SHOP;
const DAY_MS = 86_400_000;

let house: House;
beforeEach(async () => {
  house = await openHouse({ automaticOrderIntegration: true });
});
afterEach(() => house?.close());

const ago = (days: number) => new Date(Date.now() - days * DAY_MS);
const look = () => watchSearchWindows(house.database.db, new Date());
const params = async () => (await listWarnings(house.database.db, [shopId])).map((warning) => warning.params);
const lines = async () =>
  (await listShopLines(house.database.db, shopId, undefined, 50)).map(({ code }) => code);

test('a search for new orders that has not come through for nearly a window is told, and when it did', async () => {
  const { db } = house.database;
  await look();
  expect(await params()).toEqual([]);
  await moveCursor(db, shopId, 'new', ago(57));
  await look();
  await look();
  expect(await params()).toEqual([{ windowReason: 'window', left: 5, unit: 'days' }]);
  expect(await lines()).toEqual(['warning.search_window_spent']);
  await syncActivities(house.context).syncShop({ shopId });
  await look();
  expect(await params()).toEqual([]);
  expect(await lines()).toEqual(['shop.warning_over', 'warning.search_window_spent']);
});

test('an open order that Rakuten will soon not find any more is told', async () => {
  const { db } = house.database;
  await moveCursor(db, shopId, 'new', ago(0));
  const order = { shopId, orderNumber: 'old', stage: 'checking', orderedAt: ago(710) } as const;
  await db.insert(orders).values(order);
  await look();
  expect(await params()).toEqual([{ windowReason: 'open_order', left: 19, unit: 'days' }]);
  await db.update(orders).set({ finishedAt: new Date() });
  await look();
  expect(await params()).toEqual([]);
});

test('a shop that is not searched by itself is not warned, and no more once it is not', async () => {
  const { db } = house.database;
  await moveCursor(db, shopId, 'new', ago(300));
  await look();
  expect(await params()).toHaveLength(1);
  await changeSettings(db, shopId, { automaticOrderIntegration: false });
  await look();
  expect(await params()).toEqual([]);
});

test('a search whose span cannot be cut any further is told until it comes through', async () => {
  const real = house.context.gateway(shopId);
  const crowded: RmsGateway['searchOrder'] = async ({ page }) => ({
    ...{ orderNumbers: [], totalRecords: 15_001, totalPages: 16, page },
  });
  const { syncShop } = syncActivities({
    ...house.context,
    gateway: () => ({ ...real, searchOrder: crowded }),
  });
  await expect(syncShop({ shopId })).rejects.toThrow('More than 15000 orders');
  await look();
  expect(await params()).toEqual([{ windowReason: 'rows', left: 0, unit: 'rows', search: 'new' }]);
  await syncActivities(house.context).syncShop({ shopId });
  await look();
  expect(await params()).toEqual([]);
});
