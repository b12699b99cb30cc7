import type { ClockReading } from '../../src/domain/clock-offset';
import type { ObservedCall } from '../../src/rms/ports';
import { alerts } from '../../src/store/schema';
import { listShopLines } from '../../src/store/shop-timeline';
import { listWarnings } from '../../src/store/shop-warnings';
import { changeSettings } from '../../src/store/shops';
import { createClockWatch } from '../../src/worker/clock-watch';
import { gatewaysOf } from '../../src/worker/gateways';
import { type House, openHouse, SHOP, silent } from '../support/house';

const { shopId } = SHOP;
let house: House;
beforeAll(async () => {
  house = await openHouse();
  const { db, vault } = { db: house.database.db, vault: house.vault };
  await changeSettings(
    db,
    shopId,
    { alertWebhookUrl: 'http://127.0.0.1:9/' },
    { vault, secret: 'x'.repeat(16) },
  );
});
afterAll(() => house?.close());

const watch = () => createClockWatch({ db: house.database.db, log: silent });
const call = (clock: ClockReading | undefined): ObservedCall => ({
  ...{ shopId, operation: 'getOrder', family: 'order', effect: 'read', outcome: 'ok', httpStatus: 200 },
  ...{ codes: [], clock, startedAt: new Date(), durationMs: 1, waitedMs: 0, batchSize: 1, batchLimit: 1 },
  ...{ orderNumbers: [], request: undefined, response: undefined },
});
const warnings = () => listWarnings(house.database.db, [shopId]);
const lines = async () =>
  (await listShopLines(house.database.db, shopId, undefined, 50)).map(({ code }) => code);

test('a Rakuten whose clock is two minutes ahead is noticed by its answers, told once, and taken back', async () => {
  const { observer, settled } = watch();
  const gateways = gatewaysOf({
    ...{ db: house.database.db, vault: house.vault, rmsBaseUrl: house.sandboxUrl, observer },
    linger: { quietMs: () => 0, longestMs: 1 },
  });
  const ask = async (count: number) => {
    for (let i = 0; i < count; i += 1) await gateways.of(shopId).getLicenseExpiry();
    await settled();
  };
  await ask(6);
  expect(await warnings()).toEqual([]);

  await house.control('PUT', '/control/clock', { offsetSeconds: 120 });
  await ask(4);
  expect(await warnings()).toEqual([]);
  await ask(3);
  const [warning] = await warnings();
  expect(warning).toMatchObject({ code: 'clock_off', params: { direction: 'behind' } });
  expect(Math.abs(Number(warning?.params.seconds) - 120)).toBeLessThanOrEqual(2);
  expect(await lines()).toEqual(['warning.clock_off']);
  const told = await house.database.db.select().from(alerts);
  expect(told.map(({ code }) => code)).toEqual(['warning.clock_off']);

  await house.control('PUT', '/control/clock', { offsetSeconds: 0 });
  await ask(6);
  expect(await warnings()).toEqual([]);
  expect(await lines()).toEqual(['shop.warning_over', 'warning.clock_off']);
  await gateways.close();
}, 60_000);

test('a process that starts with a right clock takes back what an earlier one said', async () => {
  const before = watch();
  for (let i = 0; i < 5; i += 1) before.observer.call(call({ aheadSeconds: 90, withinSeconds: 1 }));
  await before.settled();
  expect(await warnings()).toMatchObject([{ params: { seconds: 90, direction: 'ahead' } }]);
  const after = watch();
  for (let i = 0; i < 5; i += 1) after.observer.call(call({ aheadSeconds: 1, withinSeconds: 1 }));
  await after.settled();
  expect(await warnings()).toEqual([]);
});

test('what cannot be written is noticed again', async () => {
  const { observer, settled } = watch();
  await house.database.pool.query('alter table shop_warnings rename to elsewhere');
  for (let i = 0; i < 5; i += 1) observer.call(call({ aheadSeconds: 90, withinSeconds: 1 }));
  await settled();
  await house.database.pool.query('alter table elsewhere rename to shop_warnings');
  expect(await warnings()).toEqual([]);
  for (let i = 0; i < 5; i += 1) observer.call(call({ aheadSeconds: 90, withinSeconds: 1 }));
  await settled();
  expect(await warnings()).toHaveLength(1);
});
