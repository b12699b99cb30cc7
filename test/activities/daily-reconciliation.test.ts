import { SWEEPS } from '../../src/activities/searches';
import { syncActivities } from '../../src/activities/sync';
import type { ShopSettings } from '../../src/domain/settings';
import { moveCursor } from '../../src/store/cursors';
import { changeSettings } from '../../src/store/shops';
import { type House, openHouse, SHOP } from '../support/house';

const { shopId } = SHOP;
let house: House;
beforeAll(async () => {
  house = await openHouse({ automaticOrderIntegration: true, stockSync: 'reservation' });
  // Nothing else of what may wait is due.
  for (const name of [...SWEEPS.map((kind) => kind.name), 'daily-count', 'reread'])
    await moveCursor(house.database.db, shopId, name, new Date());
});
afterAll(() => house?.close());

const daysPass = (days: number) =>
  house.database.pool.query(
    `update sync_cursors set until = until - $1 * interval '1 day' where search = 'stock-reconciliation'`,
    [days],
  );
const asked = async (): Promise<number> => {
  await syncActivities(house.context).syncShop({ shopId });
  const { rows } = await house.database.pool.query<{ shop_id: string }>(
    `delete from outbox where kind = 'stock.reconcile' returning shop_id`,
  );
  expect(rows.every((row) => row.shop_id === shopId)).toBe(true);
  return rows.length;
};

test('a shop that publishes its stock by itself asks for one comparison a day', async () => {
  expect([await asked(), await asked()]).toEqual([1, 0]);
  await daysPass(0.9);
  expect(await asked()).toBe(0);
  await daysPass(0.2);
  expect([await asked(), await asked()]).toEqual([1, 0]);
});

test.each<Partial<ShopSettings>>([
  { stockSync: 'off' },
  { automaticOrderIntegration: false },
  { skuProjectMigrated: false },
])('a shop with %j asks for none', async (settings) => {
  await changeSettings(house.database.db, shopId, settings);
  await daysPass(2);
  expect(await asked()).toBe(0);
  await changeSettings(house.database.db, shopId, {
    ...{ stockSync: 'reservation', automaticOrderIntegration: true, skuProjectMigrated: true },
  });
  expect(await asked()).toBe(1);
});
