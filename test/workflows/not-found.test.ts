import type { OrderRef } from '../../src/domain/order';
import { currentFulfilment } from '../../src/store/shipments';
import { putLinks } from '../../src/store/sku-links';
import { orderWorkflowId } from '../../src/temporal/ids';
import { apiOver } from '../api/support';
import { eventually } from '../support/eventually';
import { recordHistory } from '../support/histories';
import { type House, openHouse, SHOP, startWorkshop, type Workshop } from '../support/house';
import { deskOf } from '../support/orders';

/** A shop of somebody else: of its orders Rakuten says to ours that it has none. */
const STRANGER = 'strangers-shop';

describe('an order that Rakuten does not show', () => {
  let house: House;
  let workshop: Workshop;
  let desk: ReturnType<typeof deskOf>;

  beforeAll(async () => {
    house = await openHouse({
      automaticOrderIntegration: true,
      automaticOrderConfirmation: true,
      automaticShippingInstructions: true,
      stockSync: 'shipment',
      // Nothing but the test is to find an order.
      syncIntervalSeconds: 86_400,
    });
    workshop = await startWorkshop(house);
    desk = deskOf(house, workshop);
    await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600 });
    await house.control('POST', '/control/shops', {
      shopCode: STRANGER,
      rakutenShopId: '654321',
      serviceSecret: 'SP654321_abcdefghijklmnop',
      licenseKey: 'SL654321_abcdefghijklmnop',
    });
  });
  afterAll(async () => {
    await workshop?.close();
    await house?.close();
  });

  const hide = (ref: OrderRef) => moveTo(STRANGER, ref);
  const showAgain = (ref: OrderRef) => moveTo(SHOP.shopId, ref);
  const moveTo = (shopCode: string, { orderNumber }: OrderRef) =>
    house.database.pool.query('update sandbox.orders set shop_code = $1 where order_number = $2', [
      shopCode,
      orderNumber,
    ]);
  const handleOf = (ref: OrderRef, runId?: string) =>
    workshop.client.workflow.getHandle(orderWorkflowId(ref), runId);
  const readings = async ({ orderNumber }: OrderRef): Promise<number> => {
    const { calls } = await house.control<{ calls: { function: string }[] }>(
      'GET',
      `/control/calls?shop=${SHOP.shopId}&orderNumber=${orderNumber}`,
    );
    return calls.filter((call) => call.function === 'getOrder').length;
  };

  it('ends, and is carried on by a new run once Rakuten shows it: confirmed once', async () => {
    await desk.sell('tea', 10);
    const ref = await desk.buy('tea');
    await hide(ref);
    const api = apiOver({ db: house.database.db, vault: house.vault, temporal: workshop.client });
    const asked = await api.as('post', `/v1/orders/${ref.shopId}/${ref.orderNumber}/start`).expect(202);
    await desk.reaches(ref, 'not_found');
    const first = handleOf(ref, asked.body.runId);
    expect(await first.result()).toMatchObject({ stage: 'not_found', step: 'end' });

    await showAgain(ref);
    await desk.sync();
    await desk.reaches(ref, 'awaiting_rakuten');
    expect((await desk.atRakuten(ref)).books.confirmed).toBe(1);
    const second = await handleOf(ref).describe();
    expect([second.status.name, second.runId === asked.body.runId]).toEqual(['RUNNING', false]);
    expect(await desk.codes(ref)).toEqual(expect.arrayContaining(['order.not_found', 'order.imported']));
    await recordHistory('order-0.1.0-not-found', first);
  });

  it('any more at the ship gate is not sent to the warehouse, and is once it shows again', async () => {
    await desk.sell('cup', 10, false);
    const ref = await desk.buy('cup');
    await desk.sync();
    await desk.reaches(ref, 'awaiting_rakuten');
    await desk.fix(ref);
    await desk.sync();
    await desk.reaches(ref, 'held');
    const before = await readings(ref);
    await hide(ref);
    await putLinks(house.database.db, SHOP.shopId, [
      { manageNumber: 'cup', variantId: 'cup', skuCode: 'CUP' },
    ]);
    // The second time, what the first one came to is done.
    await eventually(
      () => readings(ref),
      (calls) => calls >= before + 2,
    );
    expect(await currentFulfilment(house.database.db, ref)).toBeUndefined();
    expect((await handleOf(ref).describe()).status.name).toBe('RUNNING');

    await showAgain(ref);
    await desk.reaches(ref, 'instructed');
    expect((await currentFulfilment(house.database.db, ref))?.state).toBe('open');
    await desk.ship(ref);
    await desk.reaches(ref, 'shipping_reported');
    await house.control('POST', '/control/night', {});
    await desk.sync();
    await desk.reaches(ref, 'completed');
    const { order, books } = await desk.atRakuten(ref);
    expect(books.confirmed).toBe(1);
    expect(order.PackageModelList.map((to) => to.ShippingModelList.length)).toEqual([1]);
    await recordHistory('order-0.1.0-not-shown-at-the-gate', handleOf(ref));
  });
});
