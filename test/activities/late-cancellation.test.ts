import { assess } from '../../src/activities/assess';
import { syncActivities } from '../../src/activities/sync';
import { findOrder } from '../../src/store/orders';
import { outboxDepth } from '../../src/store/outbox';
import { linesOfOrder } from '../../src/store/timeline';
import { type House, openHouse, SHOP } from '../support/house';

const MINUTE = 60_000;

let house: House;
let now: Date;
let syncShop: ReturnType<typeof syncActivities>['syncShop'];

beforeAll(async () => {
  now = new Date();
  house = await openHouse({ automaticOrderIntegration: true }, () => now);
  ({ syncShop } = syncActivities(house.context));
  await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600, cancelShows800: true });
});
afterAll(() => house?.close());

const cycles = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) {
    await syncShop({ shopId: SHOP.shopId });
    now = new Date(now.getTime() + MINUTE);
  }
};

it('notes within about an hour that an order was cancelled after it was completed, once for 800 and once for 900', async () => {
  const { orderNumbers } = await house.control<{ orderNumbers: string[] }>(
    'POST',
    `/control/shops/${SHOP.shopId}/orders`,
    {
      overrides: {
        settlementMethod: 1,
        destinations: 1,
        progress: 300,
        lines: [{ manageNumber: 'tea', variantId: 'tea', units: 1 }],
      },
    },
  );
  const ref = { shopId: SHOP.shopId, orderNumber: orderNumbers[0] ?? '' };
  const stored = () => findOrder(house.database.db, ref);
  now = new Date();
  await cycles(1);
  await house.control('POST', `/control/orders/${ref.orderNumber}/ship-by-hand`, {
    shippingDate: '2026-01-10',
  });
  await house.control('POST', '/control/night', {});
  await cycles(1);
  // No workflow runs here, so what it would do is done by hand.
  await assess(house.context, ref);
  expect(await stored()).toMatchObject({ stage: 'completed', rakutenStatus: 500 });

  const woken = await outboxDepth(house.database.db);
  await house.control('POST', `/control/orders/${ref.orderNumber}/cancel`, { by: 'shop' });
  now = new Date(now.getTime() + 60 * MINUTE);
  await cycles(20);
  await house.control('POST', '/control/tick');
  now = new Date(now.getTime() + 60 * MINUTE);
  await cycles(20);
  expect(await stored()).toMatchObject({ stage: 'completed', rakutenStatus: 900 });
  const lines = (await linesOfOrder(house.database.db, ref)).filter(
    ({ code }) => code === 'order.cancelled_after_completion',
  );
  expect(lines.at(-1)?.params.to).toBe(900);
  expect(new Set(lines.map(({ params }) => params.to)).size).toBe(lines.length);
  // What comes after its end is carried by a workflow of its own; the order's is not started again.
  const { rows } = await house.database.pool.query<{ kind: string }>(
    'select kind from outbox order by message_id offset $1',
    [woken],
  );
  expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set(['order.after']));
});
