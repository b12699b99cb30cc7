import { findOrder } from '../../src/store/orders';
import { wakeOrders } from '../../src/store/outbox';
import { addShipments } from '../../src/store/shipments';
import { putLinks, putSkus } from '../../src/store/skus';
import { enterMovement, listMovements } from '../../src/store/stock';
import { linesOfOrder } from '../../src/store/timeline';
import { orderWorkflowId, TASK_QUEUE, WORKFLOW } from '../../src/temporal/ids';
import { eventually, type House, openHouse, SHOP, startWorkshop, type Workshop } from '../support/house';

interface Shown {
  order: { orderProgress: number; PackageModelList: { basketId: number; ShippingModelList: unknown[] }[] };
  books: { confirmed: number };
}

describe('an order on its way', () => {
  let house: House;
  let workshop: Workshop;
  beforeAll(async () => {
    house = await openHouse({
      automaticOrderIntegration: true,
      automaticOrderConfirmation: true,
      automaticShippingInstructions: true,
      stockSync: 'shipment',
    });
    workshop = await startWorkshop(house);
    await house.control('PUT', `/control/shops/${SHOP.shopId}/inventory`, {
      inventories: [{ manageNumber: 'tea', variantId: 'tea', quantity: 10 }],
    });
    await putSkus(house.database.db, [{ skuCode: 'TEA', name: 'Tea' }]);
    await putLinks(house.database.db, SHOP.shopId, [
      { manageNumber: 'tea', variantId: 'tea', skuCode: 'TEA' },
    ]);
    await enterMovement(house.database.db, {
      skuCode: 'TEA',
      location: 'main',
      kind: 'receive',
      quantity: 10,
      reason: 'opening',
      actor: 'test',
    });
  }, 60_000);
  afterAll(async () => {
    await workshop.close();
    await house.close();
  }, 60_000);

  const sync = () =>
    workshop.client.workflow.execute(WORKFLOW.sync, {
      workflowId: `sync-test-${Math.random()}`,
      taskQueue: TASK_QUEUE,
      args: [{ shopId: SHOP.shopId }],
    });

  it('is confirmed once, reported once, consumed once and closed', async () => {
    const { db } = house.database;
    const { orderNumbers } = await house.control<{ orderNumbers: string[] }>(
      'POST',
      `/control/shops/${SHOP.shopId}/orders`,
      {
        overrides: {
          settlementMethod: 1,
          destinations: 1,
          lines: [{ manageNumber: 'tea', variantId: 'tea', units: 2 }],
        },
      },
    );
    const orderNumber = orderNumbers[0] ?? '';
    const ref = { shopId: SHOP.shopId, orderNumber };
    console.log(await sync());
    await eventually(
      () => findOrder(db, ref),
      (row) => row?.rakutenStatus === 200,
    );
    await eventually(
      () => house.control<Shown>('GET', `/control/orders/${orderNumber}`),
      (shown) => shown.order.orderProgress === 300,
    );
    console.log(await sync());
    await eventually(
      () => findOrder(db, ref),
      (row) => row?.stage === 'instructed',
    );
    const shown = await house.control<Shown>('GET', `/control/orders/${orderNumber}`);
    await db.transaction(async (tx) => {
      await addShipments(tx, ref, [
        {
          basketId: String(shown.order.PackageModelList[0]?.basketId),
          carrier: '1001',
          trackingNumber: '123456789012',
          shippedOn: '2026-11-20',
          source: 'api',
        },
      ]);
      await wakeOrders(tx, [ref]);
    });
    await eventually(
      () => findOrder(db, ref),
      (row) => row?.stage === 'shipping_reported',
    );
    await house.control('POST', '/control/night', {});
    console.log(await sync());
    await eventually(
      () => findOrder(db, ref),
      (row) => row?.stage === 'completed',
    );
    console.log(
      await linesOfOrder(db, ref),
      (await listMovements(db, {}, 0, 100)).map((m) => [m.kind, m.quantity]),
    );
    const history = await workshop.client.workflow.getHandle(orderWorkflowId(ref)).fetchHistory();
    console.log(
      history.events?.length,
      JSON.stringify(await house.control('GET', `/control/orders/${orderNumber}`)).slice(0, 1500),
    );
  });
});
