import { jstDay } from '../../src/domain/jst';
import type { Database, Transaction } from '../../src/store/database';
import { findOrder } from '../../src/store/orders';
import { wakeOrders } from '../../src/store/outbox';
import { addShipments, currentFulfilment, setFulfilmentState } from '../../src/store/shipments';

const CARRIER = '1001';

/** One parcel leaves for each destination of these orders, and their workflows hear of it, all in one transaction. */
export const shipOrders = (
  db: Database,
  shopId: string,
  orderNumbers: readonly string[],
): Promise<ReadonlyMap<string, number>> =>
  db.transaction(async (tx) => {
    const parcels = new Map<string, number>();
    for (const orderNumber of orderNumbers)
      parcels.set(orderNumber, await shipOne(tx, { shopId, orderNumber }));
    await wakeOrders(
      tx,
      orderNumbers.map((orderNumber) => ({ shopId, orderNumber })),
    );
    return parcels;
  });

async function shipOne(tx: Transaction, ref: { shopId: string; orderNumber: string }): Promise<number> {
  const baskets = (await findOrder(tx, ref))?.facts?.baskets ?? [];
  const added = await addShipments(
    tx,
    ref,
    baskets.map(({ basketId }) => ({
      basketId,
      carrier: CARRIER,
      trackingNumber: `${ref.orderNumber.slice(-8)}${basketId}`,
      shippedOn: jstDay(new Date()),
      source: 'api' as const,
    })),
  );
  const fulfilment = await currentFulfilment(tx, ref);
  if (fulfilment !== undefined) await setFulfilmentState(tx, fulfilment.fulfilmentOrderId, 'shipped');
  return added.length;
}
