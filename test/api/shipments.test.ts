import { MockActivityEnvironment } from '@temporalio/testing';
import { eq } from 'drizzle-orm';
import { assess } from '../../src/activities/assess';
import { afterActivities } from '../../src/activities/order-after';
import { openDatabase } from '../../src/store/database';
import { setStage } from '../../src/store/orders';
import { alerts, fulfilmentOrders, outbox, shipments, timeline } from '../../src/store/schema';
import { ensureFulfilment } from '../../src/store/shipments';
import { putLinks } from '../../src/store/sku-links';
import { putSkus } from '../../src/store/skus';
import { enterMovement, listMovements } from '../../src/store/stock';
import { quietContext } from '../support/people';
import '../support/quiet-runtime';
import { basket, NEW_SHOP, startTestApi, storeOrder } from './support';

let api: Awaited<ReturnType<typeof startTestApi>>;
beforeAll(async () => {
  api = await startTestApi();
  await api.as('post', '/v1/shops').send(NEW_SHOP).expect(201);
});
afterAll(() => api.close());

let counter = 0;
const newRef = () => {
  counter += 1;
  return { shopId: 'tea', orderNumber: `7-20260701-${String(counter).padStart(10, '0')}` };
};
type Ref = ReturnType<typeof newRef>;
const stored = async (change: Parameters<typeof storeOrder>[2] = {}): Promise<Ref> => {
  const ref = newRef();
  await storeOrder(api, ref, change);
  return ref;
};
const parcel = (change: object = {}) => ({
  carrier: '1001',
  trackingNumber: '1234-5678-9012',
  shippedOn: '2026-07-02',
  ...change,
});
const ship = ({ shopId, orderNumber }: Ref, ...packages: object[]) =>
  api.as('post', `/v1/orders/${shopId}/${orderNumber}/shipments`).send({ packages });
const rowsOf = (ref: Ref) =>
  api.db.select().from(shipments).where(eq(shipments.orderNumber, ref.orderNumber));
const codesOf = async (ref: Ref) =>
  (await api.db.select().from(timeline).where(eq(timeline.orderNumber, ref.orderNumber))).map(
    ({ code }) => code,
  );

const stockTea = async () => {
  await putSkus(api.db, [{ skuCode: 'TEA-100', name: 'Green tea' }]);
  await putLinks(api.db, 'tea', [{ manageNumber: 'tea', variantId: 'G100', skuCode: 'TEA-100' }]);
  const opening = { kind: 'receive', quantity: 10, reason: 'opening', actor: 'test' } as const;
  await enterMovement(api.db, { skuCode: 'TEA-100', location: 'main', ...opening });
};
const consumedOf = async ({ orderNumber }: Ref) =>
  (await listMovements(api.db, { orderNumber }, 0, 10)).filter(({ kind }) => kind === 'consume');

describe('reporting parcels', () => {
  test('a parcel is stored, shown, told to the order, and closes the fulfilment order', async () => {
    const ref = await stored();
    const { fulfilmentOrderId } = await ensureFulfilment(api.db, ref, 'manual');
    await api.db.delete(outbox);
    const { body } = await ship(ref, parcel({ trackingNumber: ' 1234-5678-9012 ', basketId: 10 })).expect(
      200,
    );
    expect(body.shipments).toEqual([
      {
        basketId: '10',
        carrier: '1001',
        carrierName: 'ヤマト運輸',
        trackingNumber: '1234-5678-9012',
        shippedOn: '2026-07-02',
        lines: null,
        source: 'api',
        reportedAt: null,
        refusedCode: null,
      },
    ]);
    expect(body.timeline.at(-1)).toMatchObject({ code: 'shipment.received', actor: 'administrator' });
    expect(await api.db.select().from(outbox)).toMatchObject([
      { kind: 'order.wake', orderNumber: ref.orderNumber },
    ]);
    const states = await api.as('get', '/v1/fulfilment-orders?state=shipped&shopId=tea').expect(200);
    expect(states.body.items).toMatchObject([{ fulfilmentOrderId, state: 'shipped', provider: 'manual' }]);
  });

  test('the same basket and number again is 200 and changes nothing, also at the same moment and when completed', async () => {
    const ref = await stored();
    await Promise.all([1, 2, 3].map(() => ship(ref, parcel()).expect(200)));
    await setStage(api.db, ref, 'completed', new Date());
    await ship(ref, parcel({ carrier: '1002' })).expect(200);
    expect(await rowsOf(ref)).toMatchObject([{ carrier: '1001', trackingNumber: '1234-5678-9012' }]);
    expect(await codesOf(ref)).toEqual(['shipment.received']);
    expect((await ship(ref, parcel({ trackingNumber: '400000000101' })).expect(409)).body.code).toBe(
      'order_finished',
    );
  });

  test('all or nothing: one wrong parcel and none is stored', async () => {
    const ref = await stored({ baskets: [basket('10'), basket('20')] });
    const { body } = await ship(ref, parcel({ basketId: '10' }), parcel({ basketId: '30' })).expect(422);
    expect(body).toMatchObject({ code: 'unknown_basket', errors: [{ path: 'packages.1.basketId' }] });
    expect(await rowsOf(ref)).toEqual([]);
    expect(await codesOf(ref)).toEqual([]);
  });

  test('several baskets need a basketId, and only all of them close the fulfilment order', async () => {
    const ref = await stored({ baskets: [basket('10'), basket('20')] });
    await ensureFulfilment(api.db, ref, 'manual');
    expect((await ship(ref, parcel()).expect(422)).body.code).toBe('basket_required');
    const state = async () =>
      (
        await api.db.select().from(fulfilmentOrders).where(eq(fulfilmentOrders.orderNumber, ref.orderNumber))
      )[0]?.state;
    await ship(ref, parcel({ basketId: '10' })).expect(200);
    expect(await state()).toBe('created');
    await ship(ref, parcel({ basketId: '20' })).expect(200);
    expect(await state()).toBe('shipped');
  });

  test('lines may not exceed what was ordered, over all parcels', async () => {
    const ref = await stored();
    const part = (trackingNumber: string, units: number, itemDetailId: string | number = 101) =>
      ship(ref, parcel({ carrier: '1000', trackingNumber, lines: [{ itemDetailId, units }] }));
    await part('A', 2).expect(200);
    const { body } = await part('B', 2).expect(422);
    expect(body).toMatchObject({ code: 'units_exceeded', errors: [{ path: 'packages.0.lines.0.units' }] });
    expect((await part('B', 1, '999').expect(422)).body.code).toBe('unknown_line');
    await part('B', 0).expect(400);
    await part('B', 1).expect(200);
    expect((await rowsOf(ref)).map((row) => row.trackingNumber).sort()).toEqual(['A', 'B']);
  });

  test('a second parcel for a basket that is wholly shipped must say what is in it', async () => {
    const ref = await stored();
    await ship(ref, parcel()).expect(200);
    const second = parcel({ trackingNumber: '400000000102' });
    expect((await ship(ref, second).expect(409)).body.code).toBe('basket_already_shipped');
    await ship(ref, { ...second, lines: [{ itemDetailId: '101', units: 1 }] }).expect(200);
    expect(await rowsOf(ref)).toHaveLength(2);
  });

  test('Rakuten takes at most twenty parcels per basket', async () => {
    const ref = await stored({ baskets: [{ ...basket('10'), lines: [{ ...many, units: 50 }] }] });
    const parcels = Array.from({ length: 21 }, (_, index) =>
      parcel({ carrier: '1000', trackingNumber: `N${index}`, lines: [{ itemDetailId: '101', units: 1 }] }),
    );
    expect((await ship(ref, ...parcels).expect(422)).body.errors[0]).toMatchObject({
      code: 'too_many_parcels',
      path: 'packages.20',
    });
    await ship(ref, ...parcels.slice(0, 20)).expect(200);
  });
  const many = { itemDetailId: '101', manageNumber: 'tea', variantId: 'G100', name: 'Green tea' };

  test.each([
    [{ carrier: '9999' }, 422, 'packages.0.carrier unknown_carrier'],
    [{ carrier: 'toString' }, 422, 'packages.0.carrier unknown_carrier'],
    [{ shippedOn: '2026-02-30' }, 400, 'packages.0.shippedOn invalid_format'],
    [{ shippedOn: '20260702' }, 400, 'packages.0.shippedOn invalid_format'],
    [{ trackingNumber: ' ' }, 400, 'packages.0.trackingNumber too_small'],
    [{ trackingNumber: 'x'.repeat(121) }, 400, 'packages.0.trackingNumber too_big'],
    [{ trackingNumber: 'a\nb' }, 400, 'packages.0.trackingNumber invalid_format'],
    [{ trackingNumber: '1234' }, 422, 'packages.0.trackingNumber tracking_number_form'],
    [{ trackingNumber: '①23' }, 422, 'packages.0.trackingNumber refused'],
    [{ trackingNumber: '📦1' }, 422, 'packages.0.trackingNumber refused'],
    [{ trackingNo: '1' }, 400, 'packages.0.trackingNo unknown_field'],
  ])('%j is refused with %i: %s', async (change, status, expected) => {
    const { body } = await ship(await stored(), parcel(change)).expect(status);
    expect(`${body.errors[0].path} ${body.errors[0].code}`).toBe(expected);
  });

  test('an order that was not read, was cancelled, or is not known', async () => {
    expect((await ship(newRef(), parcel()).expect(404)).body.code).toBe('order_not_found');
    const cancelled = await stored({ rakutenStatus: 900 });
    expect((await ship(cancelled, parcel()).expect(409)).body.code).toBe('order_cancelled');
    expect(await rowsOf(cancelled)).toEqual([]);
    const unread = newRef();
    await api.as('post', `/v1/orders/tea/${unread.orderNumber}/start`).expect(202);
    await api.temporal.workflow.getHandle(`order/tea/${unread.orderNumber}`).terminate();
    expect((await ship(unread, parcel()).expect(409)).body.code).toBe('order_not_read');
  });
});

describe('events of a warehouse', () => {
  const eventOf = async (ref: Ref, eventId: string, change: object = {}) => ({
    eventId,
    type: 'shipped',
    ...ref,
    fulfilmentOrderId: (await ensureFulfilment(api.db, ref, 'sandbox')).fulfilmentOrderId,
    packages: [parcel()],
    ...change,
  });

  test('a signed event is taken in once, needs no token, and is told apart from a person’s report', async () => {
    const ref = await stored();
    const event = await eventOf(ref, 'once');
    await api.event(event).expect(200, { status: 'ok' });
    await api.event({ ...event, packages: [parcel({ trackingNumber: '400000000103' })] }).expect(200);
    expect(await rowsOf(ref)).toMatchObject([{ source: 'warehouse', trackingNumber: '1234-5678-9012' }]);
    expect(await codesOf(ref)).toEqual(['fulfilment.requested', 'shipment.received']);
  });

  test('without the right, fresh signature over exactly this body nothing happens', async () => {
    const ref = await stored();
    const event = await eventOf(ref, 'forged');
    await api.event(event, { shopId: 'another' }).expect(401);
    const now = () => Math.floor(Date.now() / 1000);
    await api.event(event, { at: now() - 301 }).expect(401);
    // One second of grace: it may pass before the request arrives.
    await api.event(event, { at: now() + 302 }).expect(401);
    await api.event({ ...event, eventId: 'altered' }, { sign: event }).expect(401);
    await api.as('post', '/v1/fulfilment/events').send(event).expect(401);
    expect(await rowsOf(ref)).toEqual([]);
    await api.event(event).expect(200);
  });

  test('an event that could not be taken in is taken in when it is sent again', async () => {
    const ref = await stored({ baskets: [basket('10'), basket('20')] });
    const event = await eventOf(ref, 'mended');
    await api.event(event).expect(422);
    await api.event({ ...event, packages: [parcel({ basketId: '10' })] }).expect(200);
    expect(await rowsOf(ref)).toHaveLength(1);
  });

  test('a parcel for a cancelled order is refused for good, the timeline says so once, and it is kept as what has left', async () => {
    const ref = await stored({ rakutenStatus: 900 });
    const event = await eventOf(ref, 'late');
    for (const _ of [1, 2]) expect((await api.event(event).expect(409)).body.code).toBe('order_cancelled');
    expect(await codesOf(ref)).toEqual(['shipment.came_too_late', 'fulfilment.requested']);
    expect(await rowsOf(ref)).toHaveLength(1);

    await stockTea();
    const database = openDatabase(api.databaseUrl, { onIdleError: () => undefined });
    const looked = await assess(quietContext(database, api.vault), ref).finally(database.close);
    expect(looked).toMatchObject({ holds: ['parcel_left'] });
    expect(await consumedOf(ref)).toMatchObject([{ quantity: 3, skuCode: 'TEA-100' }]);
  });

  test('a parcel for an order that has ended cancelled is refused for good, told to people once, and leaves stock once, whether Rakuten answers or not', async () => {
    const ref = await stored({ rakutenStatus: 900 });
    const event = await eventOf(ref, 'later');
    await api
      .as('patch', '/v1/shops/tea')
      .send({
        settings: {
          alertWebhookUrl: 'https://hook.example/okuri',
          alertWebhookSecret: 'whsec_0123456789-WXYZ',
        },
      })
      .expect(200);
    await api.db.transaction((tx) => setStage(tx, ref, 'cancelled', new Date()));
    for (const _ of [1, 2]) expect((await api.event(event).expect(409)).body.code).toBe('order_cancelled');
    expect(await codesOf(ref)).toEqual(['shipment.came_too_late', 'fulfilment.requested']);
    expect(await rowsOf(ref)).toHaveLength(1);
    const { orderNumber } = ref;
    const told = await api.db.select().from(alerts).where(eq(alerts.orderNumber, orderNumber));
    expect(told).toMatchObject([{ code: 'shipment.came_too_late' }]);
    const asked = await api.db.select().from(outbox).where(eq(outbox.orderNumber, orderNumber));
    expect(asked).toMatchObject([{ kind: 'order.after' }]);

    await stockTea();
    const database = openDatabase(api.databaseUrl, { onIdleError: () => undefined });
    const { settleAfterEnd } = afterActivities(quietContext(database, api.vault));
    const attempt = () => new MockActivityEnvironment().run(settleAfterEnd, ref);
    for (const _ of [1, 2]) await expect(attempt()).rejects.toThrow('nobody is called');
    await database.close();
    expect(await consumedOf(ref)).toMatchObject([{ quantity: 3, skuCode: 'TEA-100' }]);
    expect(await codesOf(ref)).toContain('stock.consumed');
  });

  test('a further parcel for a completed order is refused, told once, and nothing of it is kept', async () => {
    const ref = await stored({ rakutenStatus: 500 });
    const event = await eventOf(ref, 'further');
    await api.db.transaction((tx) => setStage(tx, ref, 'completed', new Date()));
    for (const _ of [1, 2]) expect((await api.event(event).expect(409)).body.code).toBe('order_finished');
    expect(await codesOf(ref)).toEqual(['shipment.came_too_late']);
    expect(await rowsOf(ref)).toEqual([]);
  });

  test('the fulfilment order must be this order’s', async () => {
    const [ref, other] = [await stored(), await stored()];
    const { fulfilmentOrderId } = await eventOf(other, 'x');
    const { body } = await api.event(await eventOf(ref, 'mixed', { fulfilmentOrderId })).expect(404);
    expect(body.code).toBe('fulfilment_order_not_found');
  });
});

test('fulfilment orders are listed page by page, each once', async () => {
  const seen: string[] = [];
  let cursor = '';
  do {
    const { body } = await api.as('get', `/v1/fulfilment-orders?limit=2${cursor}`).expect(200);
    seen.push(...body.items.map((item: { fulfilmentOrderId: string }) => item.fulfilmentOrderId));
    cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
  } while (cursor !== '' && seen.length < 100);
  const all = await api.db.select().from(fulfilmentOrders);
  expect(seen.sort()).toEqual(all.map((row) => row.fulfilmentOrderId).sort());
});
