import { syncActivities } from '../../src/activities/sync';
import type { OrderRef } from '../../src/domain/order';
import { readCursors } from '../../src/store/cursors';
import { findOrder } from '../../src/store/orders';
import { outboxDepth } from '../../src/store/outbox';
import { outbox } from '../../src/store/schema';
import { linesOfOrder } from '../../src/store/timeline';
import { type House, openHouse, SHOP } from '../support/house';

const MINUTE = 60_000;
const ORDERS = 10_000;
const WITH_WAREHOUSE = 600;

/** A shop whose many open orders all wait for something, and cycles that follow each other a minute apart. */
let house: House;
let now: Date;
let syncShop: ReturnType<typeof syncActivities>['syncShop'];
let first: OrderRef;

beforeAll(async () => {
  house = await openHouse({ automaticOrderIntegration: true, importStatuses: [100] }, () => now);
  ({ syncShop } = syncActivities(house.context));
  now = new Date();
  await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600 });
  await house.control('PUT', `/control/shops/${SHOP.shopId}/inventory`, {
    inventories: [{ manageNumber: 'tea', variantId: 'tea', quantity: 90_000 }],
  });
  const { orderNumbers } = await house.control<{ orderNumbers: string[] }>(
    'POST',
    `/control/shops/${SHOP.shopId}/orders`,
    {
      overrides: {
        settlementMethod: 1,
        destinations: 1,
        orderDatetime: new Date(now.getTime() - 5 * 86_400_000).toISOString(),
      },
    },
  );
  first = { shopId: SHOP.shopId, orderNumber: orderNumbers[0] ?? '' };
  await cycle();
  await multiply();
  await house.database.db.delete(outbox);
}, 120_000);
afterAll(() => house?.close());

const cycle = async () => {
  const result = await syncShop({ shopId: SHOP.shopId });
  now = new Date(now.getTime() + MINUTE);
  return result;
};
const calls = async (): Promise<string[]> =>
  (await house.control<{ calls: { function: string }[] }>('GET', '/control/calls')).calls.map(
    (call) => call.function,
  );

/** Many more of the order that was taken in, at Rakuten and here; read at some time within the past day, some with the warehouse. */
const multiply = async (): Promise<void> => {
  const columns = async (schema: string): Promise<string[]> =>
    (
      await house.database.pool.query<{ column_name: string }>(
        'select column_name from information_schema.columns where table_schema = $1 and table_name = $2',
        [schema, 'orders'],
      )
    ).rows.map(({ column_name }) => column_name);
  const copy = async (schema: string, changes: Record<string, string>): Promise<void> => {
    const names = await columns(schema);
    const values = names.map((name) => changes[name] ?? `o.${name}`);
    await house.database.pool.query(
      `insert into ${schema}.orders (${names.join(', ')}) select ${values.join(', ')}
       from ${schema}.orders o, generate_series(1, ${ORDERS - 1}) n where o.order_number = $1`,
      [first.orderNumber],
    );
  };
  const number = `left(o.order_number, 16) || lpad((n + 1)::text, 10, '0')`;
  await copy('sandbox', {
    order_number: number,
    body: `replace(o.body::text, o.order_number, ${number})::json`,
  });
  await copy('public', {
    // It is sealed for its own number.
    sealed_snapshot: 'null',
    order_number: number,
    read_at: `now() - n * interval '1 day' / ${ORDERS}`,
    stage: `case when n <= ${WITH_WAREHOUSE} then 'instructed' else 'awaiting_rakuten' end`,
  });
  await house.database.pool.query(
    `insert into order_lines select shop_id, left($1, 16) || lpad((n + 1)::text, 10, '0'), basket_id, item_detail_id, manage_number, variant_id, name, units
     from order_lines, generate_series(1, ${ORDERS - 1}) n where order_number = $1`,
    [first.orderNumber],
  );
  await house.database.pool.query(
    `insert into fulfilment_orders (shop_id, order_number, provider, state)
     select shop_id, order_number, 'manual', 'open' from orders where stage = 'instructed'`,
  );
  await house.database.pool.query('analyze orders');
};

it(`cost ${ORDERS} open orders of which nothing moves five calls a minute at most, and no order is woken`, async () => {
  const before = (await calls()).length;
  const paidUntil = async () => (await readCursors(house.database.db, SHOP.shopId)).get('background') ?? now;
  let minutes = 0;
  // A sweep takes its pages at once: it is measured over the minutes in which they are made up for.
  while (minutes < 90 || (minutes < 150 && (await paidUntil()) > now)) {
    expect(await cycle()).toMatchObject({ imported: 0, moved: 0 });
    minutes += 1;
  }
  const made = (await calls()).slice(before);
  expect(made.length).toBeLessThanOrEqual(5 * minutes);
  expect(await outboxDepth(house.database.db)).toBe(0);
  // The hour's sweeps read all of it, and what is with the warehouse was read again every quarter of an hour.
  const read = made.filter((operation) => operation === 'getOrder').length;
  expect(read).toBeGreaterThanOrEqual((WITH_WAREHOUSE / 100) * (minutes / 15 - 1));
  const { rows } = await house.database.pool.query<{ oldest: Date }>(
    `select min(read_at) as oldest from orders where stage = 'instructed'`,
  );
  expect(now.getTime() - (rows[0]?.oldest.getTime() ?? 0)).toBeLessThan(45 * MINUTE);
}, 300_000);

it('reads what a buyer has edited within a day, and wakes that order alone', async () => {
  const { rows } = await house.database.pool.query<{ orderNumber: string }>(
    `select order_number as "orderNumber" from orders where stage = 'awaiting_rakuten' order by read_at limit 1`,
  );
  const ref = { shopId: SHOP.shopId, orderNumber: rows[0]?.orderNumber ?? '' };
  await house.control('POST', `/control/orders/${ref.orderNumber}/remarks`, { remarks: '玄関前へ' });
  const readAt = (await findOrder(house.database.db, ref))?.readAt?.getTime() ?? 0;
  now = new Date(readAt + 24 * 60 * MINUTE + MINUTE);
  for (let turn = 0; turn < 20; turn += 1) await cycle();
  const woken = await house.database.db.select().from(outbox);
  expect(woken.map(({ orderNumber }) => orderNumber)).toEqual([ref.orderNumber]);
  expect((await linesOfOrder(house.database.db, ref)).map(({ code }) => code)).toContain(
    'order.changed_at_rakuten',
  );
});

it('lets an order that cannot be read wait for its next turn like any other', async () => {
  const unreadable = { shopId: SHOP.shopId, orderNumber: 'not a number of Rakuten' };
  await house.database.pool.query(
    `update orders set order_number = $1, read_at = '2026-01-01' where order_number = $2`,
    [unreadable.orderNumber, first.orderNumber],
  );
  const asked = now;
  for (let turn = 0; turn < 20; turn += 1) await cycle();
  const row = await findOrder(house.database.db, unreadable);
  expect(row?.readAt?.getTime()).toBeGreaterThanOrEqual(asked.getTime());
  expect(row?.facts).not.toBeNull();
});
