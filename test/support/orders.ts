import { randomUUID } from 'node:crypto';
import type { SyncInput, SyncResult } from '../../src/activities/sync';
import type { OrderRef } from '../../src/domain/order';
import { findOrder } from '../../src/store/orders';
import { wakeOrders } from '../../src/store/outbox';
import { addShipments, currentFulfilment, setFulfilmentState } from '../../src/store/shipments';
import { putLinks } from '../../src/store/sku-links';
import { putSkus } from '../../src/store/skus';
import { enterMovement } from '../../src/store/stock';
import { linesOfOrder } from '../../src/store/timeline';
import { TASK_QUEUE, WORKFLOW } from '../../src/temporal/ids';
import { eventually } from './eventually';
import { type House, SHOP, type Workshop } from './house';

/** An order as the sandbox's control page shows it: Rakuten's own view, and its books about it. */
export interface AtRakuten {
  readonly order: {
    readonly orderProgress: number;
    readonly PackageModelList: readonly {
      readonly basketId: number;
      readonly ShippingModelList: readonly { readonly shippingNumber: string }[];
      readonly ItemModelList: readonly { readonly itemDetailId: number; readonly units: number }[];
    }[];
  };
  readonly books: { readonly confirmed: number };
}

/** What tests do with orders of a house whose worker runs. */
export const deskOf = (house: House, workshop: Workshop) => {
  const { db } = house.database;
  const stage = async (ref: OrderRef) => (await findOrder(db, ref))?.stage;
  return {
    /** Puts a SKU on sale: at Rakuten, and linked and in stock with us. */
    sell: async (name: string, quantity: number, link = true): Promise<void> => {
      await house.control('PUT', `/control/shops/${SHOP.shopId}/inventory`, {
        inventories: [{ manageNumber: name, variantId: name, quantity }],
      });
      await putSkus(db, [{ skuCode: name.toUpperCase(), name }]);
      await enterMovement(db, {
        skuCode: name.toUpperCase(),
        location: 'main',
        kind: 'receive',
        quantity,
        reason: 'opening',
        actor: 'test',
      });
      if (link)
        await putLinks(db, SHOP.shopId, [
          { manageNumber: name, variantId: name, skuCode: name.toUpperCase() },
        ]);
    },
    /** A buyer orders. */
    buy: async (name: string, units = 1, overrides: object = {}): Promise<OrderRef> => {
      const { orderNumbers } = await house.control<{ orderNumbers: string[] }>(
        'POST',
        `/control/shops/${SHOP.shopId}/orders`,
        {
          overrides: {
            settlementMethod: 1,
            destinations: 1,
            lines: [{ manageNumber: name, variantId: name, units }],
            ...overrides,
          },
        },
      );
      const [orderNumber] = orderNumbers;
      if (orderNumber === undefined) throw new Error('The sandbox made no order');
      return { shopId: SHOP.shopId, orderNumber };
    },
    /** One synchronisation, from start to end; one of the shop's Schedule that runs just now is waited for. */
    sync: (): Promise<SyncResult> =>
      eventually(
        () =>
          workshop.client.workflow.execute<(input: SyncInput) => Promise<SyncResult>>(WORKFLOW.sync, {
            workflowId: `sync-test/${randomUUID()}`,
            taskQueue: TASK_QUEUE,
            args: [{ shopId: SHOP.shopId }],
          }),
        ({ skipped }) => skipped !== 'already_running',
      ),
    /** Rakuten moves the order on to 300, and we hear of it. */
    fix: async (ref: OrderRef): Promise<void> => {
      await house.control('PUT', '/control/settings', { fixDelaySeconds: 0 });
      await house.control('POST', '/control/tick');
      await eventually(
        () => house.control<AtRakuten>('GET', `/control/orders/${ref.orderNumber}`),
        (shown) => shown.order.orderProgress === 300,
      );
      await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600 });
    },
    /** The parcels of all destinations leave. */
    ship: async (ref: OrderRef, trackingNumber = '400000000001'): Promise<void> => {
      const shown = await house.control<AtRakuten>('GET', `/control/orders/${ref.orderNumber}`);
      await db.transaction(async (tx) => {
        const parcels = shown.order.PackageModelList.map(({ basketId }, index) => ({
          basketId: String(basketId),
          carrier: '1001',
          trackingNumber: `${trackingNumber}${index}`,
          shippedOn: '2026-11-20',
          source: 'api' as const,
        }));
        await addShipments(tx, ref, parcels);
        const fulfilment = await currentFulfilment(tx, ref);
        if (fulfilment !== undefined) await setFulfilmentState(tx, fulfilment.fulfilmentOrderId, 'shipped');
        await wakeOrders(tx, [ref]);
      });
    },
    /** Waits until the order stands in a stage. */
    reaches: async (ref: OrderRef, wanted: string): Promise<void> => {
      await eventually(
        async () => ({ stage: await stage(ref), lines: await linesOfOrder(db, ref) }),
        (seen) => seen.stage === wanted,
      );
    },
    atRakuten: (ref: OrderRef) => house.control<AtRakuten>('GET', `/control/orders/${ref.orderNumber}`),
    codes: async (ref: OrderRef): Promise<string[]> => (await linesOfOrder(db, ref)).map((line) => line.code),
  };
};
