import { MockActivityEnvironment } from '@temporalio/testing';
import { assess } from '../../src/activities/assess';
import { readOrder } from '../../src/activities/read-order';
import type { OrderRef } from '../../src/domain/order';
import { findOrder } from '../../src/store/orders';
import { addShipments, listShipments, settleShipment } from '../../src/store/shipments';
import { changeSettings } from '../../src/store/shops';
import { resume, stop } from '../../src/store/stops';
import { linesOfOrder } from '../../src/store/timeline';
import { type House, openHouse, SHOP } from '../support/house';
import '../support/quiet-runtime';

const DAY_MS = 86_400_000;

describe('the deadlines of an order', () => {
  let house: House;
  let now = new Date();
  beforeAll(async () => {
    house = await openHouse({ automaticOrderIntegration: true }, () => now);
    await changeSettings(
      house.database.db,
      SHOP.shopId,
      { alertWebhookUrl: 'http://127.0.0.1:9/alerts' },
      { vault: house.vault, secret: 'a-secret-of-sixteen-characters' },
    );
    const inventories = [{ manageNumber: 'tea', variantId: 'tea', quantity: 100 }];
    await house.control('PUT', `/control/shops/${SHOP.shopId}/inventory`, { inventories });
  });
  beforeEach(() => {
    now = new Date();
  });
  afterAll(() => house?.close());

  const read = (ref: OrderRef) => new MockActivityEnvironment().run(() => readOrder(house.context, ref));
  const buy = async (overrides: object): Promise<OrderRef> => {
    const { orderNumbers } = await house.control<{ orderNumbers: string[] }>(
      'POST',
      `/control/shops/${SHOP.shopId}/orders`,
      {
        overrides: {
          ...{ settlementMethod: 1, destinations: 1, wishedDate: false },
          lines: [{ manageNumber: 'tea', variantId: 'tea', units: 1 }],
          ...overrides,
        },
      },
    );
    const ref = { shopId: SHOP.shopId, orderNumber: orderNumbers[0] ?? '' };
    await house.database.pool.query(
      "insert into orders (shop_id, order_number, stage) values ($1, $2, 'imported')",
      [ref.shopId, ref.orderNumber],
    );
    await read(ref);
    return ref;
  };
  const told = async (ref: OrderRef) =>
    (await linesOfOrder(house.database.db, ref))
      .filter(({ code }) => code.startsWith('deadline.') || code === 'order.not_closed')
      .map(({ code, params }) => `${code} ${params.deadline ?? params.rows}`);
  const alertsOf = async ({ orderNumber }: OrderRef) =>
    (
      await house.database.pool.query<{ code: string }>(
        'select code from alerts where order_number = $1 order by created_at, code',
        [orderNumber],
      )
    ).rows.map(({ code }) => code);

  it('are told three days before Rakuten cancels what nobody confirmed, and when it was missed, each once and to the webhook too', async () => {
    const ref = await buy({ amountsUnfixed: true });
    const first = await assess(house.context, ref);
    expect(first.deadline?.code).toBe('ship_by');
    now = new Date(Date.now() + 12 * DAY_MS);
    for (const _ of [1, 2]) await assess(house.context, ref);
    expect(await told(ref)).toEqual(['deadline.missed ship_by', 'deadline.at_risk confirm_by']);
    now = new Date(Date.now() + 16 * DAY_MS);
    for (const _ of [1, 2]) await assess(house.context, ref);
    expect(await told(ref)).toContain('deadline.missed confirm_by');
    expect((await alertsOf(ref)).sort()).toEqual(['deadline.at_risk', 'deadline.missed', 'deadline.missed']);
  });

  it('wake the order by the nearest of them, and the nearest is stored', async () => {
    const ref = await buy({});
    const { lookAt, deadline } = await assess(house.context, ref);
    expect(Date.parse(lookAt ?? '')).toBeGreaterThan(Date.now());
    expect(Date.parse(lookAt ?? '')).toBeLessThanOrEqual(Date.parse(deadline?.at ?? ''));
    expect(await findOrder(house.database.db, ref)).toMatchObject({
      deadlineCode: 'ship_by',
      deadlineAt: new Date(deadline?.at ?? ''),
    });
  });

  it('say in the morning after the shipment which row keeps Rakuten from closing, after reading once more', async () => {
    const ref = await buy({ progress: 300 });
    const basketId = (await findOrder(house.database.db, ref))?.facts?.baskets[0]?.basketId ?? '';
    await house.control('POST', `/control/orders/${ref.orderNumber}/ship-by-hand`, {
      shippingNumber: '400000000001',
    });
    await house.control('POST', `/control/orders/${ref.orderNumber}/ship-by-hand`, {
      shippingNumber: null,
      shippingDate: null,
    });
    await addShipments(house.database.db, ref, [
      { basketId, carrier: '1001', trackingNumber: '400000000001', shippedOn: '2026-11-20', source: 'api' },
    ]);
    for (const { shipmentId } of await listShipments(house.database.db, ref))
      await settleShipment(house.database.db, shipmentId, null);
    await read(ref);
    const reported = await assess(house.context, ref);
    expect(reported).toMatchObject({
      stage: 'shipping_reported',
      step: 'wait',
      deadline: { code: 'close_by' },
    });

    now = new Date(Date.now() + 2 * DAY_MS);
    expect(await assess(house.context, ref)).toMatchObject({ step: 'fetch' });
    expect(await told(ref)).toEqual([]);
    await house.database.pool.query('update orders set read_at = $2 where order_number = $1', [
      ref.orderNumber,
      now,
    ]);
    await assess(house.context, ref);
    const [missed, which] = await told(ref);
    expect(missed).toBe('deadline.missed close_by');
    expect(which).toMatch(
      new RegExp(`^order.not_closed basket ${basketId}: row \\d+ shippingNumber\\+shippingDate$`),
    );
    expect(await alertsOf(ref)).toContain('order.not_closed');
  });

  it('never have an order look again at once for what has passed: a report to look for, while a switch stops it', async () => {
    const ref = await buy({ progress: 300 });
    const basketId = (await findOrder(house.database.db, ref))?.facts?.baskets[0]?.basketId ?? '';
    await addShipments(house.database.db, ref, [
      { basketId, carrier: '1001', trackingNumber: '400000000002', shippedOn: '2026-11-20', source: 'api' },
    ]);
    await house.database.pool.query(
      `insert into shipping_submissions (shop_id, order_number, submission_id, submitted_at)
       values ($1, $2, gen_random_uuid(), now() - interval '10 minutes')`,
      [ref.shopId, ref.orderNumber],
    );
    expect(await assess(house.context, ref)).toMatchObject({ step: 'report' });
    await stop(house.database.db, SHOP.shopId, { reason: 'test', stoppedBy: 'test' });
    const { step, parked, lookAt } = await assess(house.context, ref);
    expect({ step, parked }).toEqual({ step: 'wait', parked: 'stopped' });
    expect(lookAt === undefined || Date.parse(lookAt) > Date.now()).toBe(true);
    await resume(house.database.db, SHOP.shopId, {});
  });
});
