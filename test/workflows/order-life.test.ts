import { addManualHold, openHolds } from '../../src/store/holds';
import { currentFulfilment } from '../../src/store/shipments';
import { putLinks } from '../../src/store/sku-links';
import { balancesOf, enterMovement, listMovements } from '../../src/store/stock';
import { orderWorkflowId } from '../../src/temporal/ids';
import { type Drainer, startOutbox } from '../../src/worker/outbox';
import { recordHistory } from '../support/histories';
import { type House, openHouse, SHOP, silent, startWorkshop, type Workshop } from '../support/house';
import { deskOf } from '../support/orders';

describe('the life of an order', () => {
  let house: House;
  let workshop: Workshop;
  let desk: ReturnType<typeof deskOf>;

  beforeAll(async () => {
    house = await openHouse({
      automaticOrderIntegration: true,
      automaticOrderConfirmation: true,
      automaticShippingInstructions: true,
      stockSync: 'shipment',
    });
    workshop = await startWorkshop(house);
    desk = deskOf(house, workshop);
    await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600 });
  });
  afterAll(async () => {
    await workshop?.close();
    await house?.close();
  });

  const record = (name: string, ref: { shopId: string; orderNumber: string }) =>
    recordHistory(name, workshop.client.workflow.getHandle(orderWorkflowId(ref)));
  const movements = async (orderNumber: string) =>
    (await listMovements(house.database.db, { orderNumber }, 0, 100)).map(
      ({ kind, quantity }) => `${kind} ${quantity}`,
    );
  const holdsOf = async (ref: { shopId: string; orderNumber: string }) =>
    (await openHolds(house.database.db, ref)).map((hold) => hold.code);

  it('goes from 注文確認待ち to closed: confirmed once, one row, one consume, at most 60 events', async () => {
    await desk.sell('tea', 10);
    const ref = await desk.buy('tea', 2);
    await desk.sync();
    await desk.reaches(ref, 'awaiting_rakuten');
    await desk.fix(ref);
    await desk.sync();
    await desk.reaches(ref, 'instructed');
    await desk.ship(ref);
    await desk.reaches(ref, 'shipping_reported');
    await house.control('POST', '/control/night', {});
    await desk.sync();
    await desk.reaches(ref, 'completed');

    const shown = await desk.atRakuten(ref);
    expect(shown.books.confirmed).toBe(1);
    expect(shown.order.PackageModelList.map((to) => to.ShippingModelList.length)).toEqual([1]);
    expect(await movements(ref.orderNumber)).toEqual(['reserve 2', 'consume 2']);
    const stock = await house.control<{ inventories: { quantity: number }[] }>(
      'GET',
      `/control/shops/${SHOP.shopId}/inventory`,
    );
    expect(stock.inventories.map((record) => record.quantity)).toEqual([8]);
    const { events } = await workshop.client.workflow.getHandle(orderWorkflowId(ref)).fetchHistory();
    expect(events?.length).toBeLessThanOrEqual(60);
    await record('order-0.1.0-completed', ref);
  });

  it('ends as cancelled with its stock released when the buyer cancels while the warehouse has it', async () => {
    await desk.sell('cup', 5);
    const ref = await desk.buy('cup', 3);
    await desk.sync();
    await desk.reaches(ref, 'awaiting_rakuten');
    await desk.fix(ref);
    await desk.sync();
    await desk.reaches(ref, 'instructed');
    await house.control('POST', `/control/orders/${ref.orderNumber}/cancel`, {});
    await desk.sync();
    await desk.reaches(ref, 'cancelled');
    expect(await movements(ref.orderNumber)).toEqual(['reserve 3', 'release 3']);
    expect((await currentFulfilment(house.database.db, ref))?.state).toBe('recalled');
    const balances = await balancesOf(house.database.db, ['CUP'], 'main');
    expect(balances.get('CUP')).toMatchObject({ onHand: 5, reserved: 0 });
    await record('order-0.1.0-cancelled-with-warehouse', ref);
  });

  it('ends without any hold that a person had put on it', async () => {
    await desk.sell('cap', 5);
    const ref = await desk.buy('cap');
    await desk.sync();
    await desk.reaches(ref, 'awaiting_rakuten');
    await addManualHold(house.database.db, ref, {
      code: 'call_buyer',
      text: 'x',
      blocks: 'ship',
      actor: 'test',
    });
    await house.control('POST', `/control/orders/${ref.orderNumber}/cancel`, {});
    await desk.sync();
    await desk.reaches(ref, 'cancelled');
    expect(await holdsOf(ref)).toEqual([]);
  });

  it('is confirmed but held before shipment while a SKU is unlinked, and goes on when it is linked', async () => {
    await desk.sell('fan', 5, false);
    const ref = await desk.buy('fan');
    await desk.sync();
    await desk.reaches(ref, 'awaiting_rakuten');
    expect(await holdsOf(ref)).toEqual(['sku_unlinked']);
    await desk.fix(ref);
    await desk.sync();
    await desk.reaches(ref, 'held');
    expect((await desk.atRakuten(ref)).books.confirmed).toBe(1);
    await putLinks(house.database.db, SHOP.shopId, [
      { manageNumber: 'fan', variantId: 'fan', skuCode: 'FAN' },
    ]);
    await desk.reaches(ref, 'instructed');
    expect(await holdsOf(ref)).toEqual([]);
    expect(await movements(ref.orderNumber)).toEqual(['reserve 1']);
    await record('order-0.1.0-held-unlinked', ref);
  });

  it('does not leave when its address changed after it was checked, and says what changed', async () => {
    await desk.sell('bag', 5, false);
    const ref = await desk.buy('bag');
    await desk.sync();
    await desk.reaches(ref, 'awaiting_rakuten');
    await house.control('POST', `/control/orders/${ref.orderNumber}/address`, {
      sender: { subAddress: '別の町9-9-9' },
    });
    await desk.fix(ref);
    await putLinks(house.database.db, SHOP.shopId, [
      { manageNumber: 'bag', variantId: 'bag', skuCode: 'BAG' },
    ]);
    await desk.sync();
    await desk.reaches(ref, 'held');
    expect(await holdsOf(ref)).toEqual(['outside_change']);
    expect(await currentFulfilment(house.database.db, ref)).toBeUndefined();
    expect(await desk.codes(ref)).toContain('order.changed_at_rakuten');
  });

  it('is not shipped again when somebody shipped it by hand before we came', async () => {
    await desk.sell('pot', 5);
    const ref = await desk.buy('pot', 1, { progress: 300 });
    await house.control('POST', `/control/orders/${ref.orderNumber}/ship-by-hand`, {});
    await desk.sync();
    await desk.reaches(ref, 'shipping_reported');
    expect(await currentFulfilment(house.database.db, ref)).toBeUndefined();
    expect((await desk.atRakuten(ref)).order.PackageModelList[0]?.ShippingModelList).toHaveLength(1);
    expect(await movements(ref.orderNumber)).toEqual(['reserve 1', 'consume 1']);
  });

  it('waits for the money of a prepaid order after confirming it', async () => {
    await desk.sell('box', 5);
    const ref = await desk.buy('box', 1, { settlementMethod: 9 });
    await desk.sync();
    await desk.reaches(ref, 'awaiting_rakuten');
    expect(await holdsOf(ref)).toEqual(['awaiting_payment']);
    await house.control('POST', `/control/orders/${ref.orderNumber}/pay`);
    await desk.fix(ref);
    await desk.sync();
    await desk.reaches(ref, 'instructed');
    expect(await holdsOf(ref)).toEqual([]);
  });

  it('is not confirmed while amounts are not fixed, nor while stock is short, and goes on when it arrives', async () => {
    await desk.sell('pen', 1);
    const unfixed = await desk.buy('pen', 1, { amountsUnfixed: true });
    const short = await desk.buy('pen', 4);
    await desk.sync();
    await desk.reaches(unfixed, 'held');
    await desk.reaches(short, 'held');
    expect(await holdsOf(unfixed)).toEqual(['amounts_unfixed']);
    expect(await holdsOf(short)).toEqual(['stock_short']);
    await enterMovement(house.database.db, {
      skuCode: 'PEN',
      location: 'main',
      kind: 'receive',
      quantity: 10,
      reason: 'delivery',
      actor: 'test',
    });
    await desk.reaches(short, 'awaiting_rakuten');
    expect((await desk.atRakuten(unfixed)).books.confirmed).toBe(0);
    expect((await desk.atRakuten(short)).books.confirmed).toBe(1);
  });
});

describe('an order that the buyer cancels after it was read and before it is confirmed', () => {
  let house: House;
  let workshop: Workshop;
  let outbox: Drainer | undefined;
  beforeAll(async () => {
    house = await openHouse({ automaticOrderIntegration: true, automaticOrderConfirmation: true });
    workshop = await startWorkshop(house, { outbox: false });
  });
  afterAll(async () => {
    await outbox?.close();
    await workshop?.close();
    await house?.close();
  });

  it('ends as cancelled, and nobody is said to have confirmed it', async () => {
    const desk = deskOf(house, workshop);
    await desk.sell('tea', 10);
    const ref = await desk.buy('tea', 1);
    await desk.sync();
    await house.control('POST', `/control/orders/${ref.orderNumber}/cancel`, {});
    outbox = startOutbox({ ...house.database, client: workshop.client, log: silent });
    await desk.reaches(ref, 'cancelled');
    expect(await desk.codes(ref)).not.toContain('order.confirmed_elsewhere');
  });
});
