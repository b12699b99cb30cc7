import { assess } from '../../src/activities/assess';
import { orderActivities } from '../../src/activities/order';
import { RAKUTEN_STATUS } from '../../src/domain/order';
import { findOrder } from '../../src/store/orders';
import { saveStatus } from '../../src/store/readings';
import { orderWorkflowId } from '../../src/temporal/ids';
import { orderStatus, retryOrder } from '../../src/workflows/messages';
import { eventually } from '../support/eventually';
import { historyText, payloadsOf, recordHistory } from '../support/histories';
import { type House, openHouse, startWorkshop, type Workshop } from '../support/house';
import { deskOf } from '../support/orders';

describe('an order whose shop cannot be served', () => {
  let house: House;
  let workshop: Workshop;
  let desk: ReturnType<typeof deskOf>;

  beforeAll(async () => {
    house = await openHouse({ automaticOrderIntegration: true, automaticOrderConfirmation: true });
    workshop = await startWorkshop(house);
    desk = deskOf(house, workshop);
    await desk.sell('tea', 100);
  });
  afterAll(async () => {
    await workshop?.close();
    await house?.close();
  });

  it('is parked with the reason while a function is refused, never failed, and goes on when asked again', async () => {
    const ref = await desk.buy('tea');
    await house.control('POST', '/control/faults', {
      operation: 'confirmOrder',
      kind: 'unauthorised',
      times: 1,
    });
    await desk.sync();
    await eventually(
      () => findOrder(house.database.db, ref),
      (row) => row?.parked === 'function_not_ticked',
    );
    const handle = workshop.client.workflow.getHandle(orderWorkflowId(ref));
    expect(await handle.query(orderStatus)).toMatchObject({ parked: 'function_not_ticked' });
    expect((await handle.describe()).status.name).toBe('RUNNING');

    await handle.executeUpdate(retryOrder);
    await eventually(
      () => findOrder(house.database.db, ref),
      (row) => row?.parked === null && row.rakutenStatus >= 200,
    );
    expect((await desk.atRakuten(ref)).books.confirmed).toBe(1);
    await recordHistory('order-0.1.0-parked-and-retried', handle);
    expect(await desk.codes(ref)).toEqual(expect.arrayContaining(['order.parked', 'order.resumed']));
  });

  it('shows stage, shop and holds as search attributes, and no personal data anywhere in its history', async () => {
    const ref = await desk.buy('tea', 1, { amountsUnfixed: true });
    await desk.sync();
    await desk.reaches(ref, 'held');
    const found = await eventually(
      async () => {
        const query = `OkuriShopId = '${ref.shopId}' and OkuriStage = 'held' and OkuriHolds = 'amounts_unfixed'`;
        const ids: string[] = [];
        for await (const { workflowId } of workshop.client.workflow.list({ query })) ids.push(workflowId);
        return ids;
      },
      (ids) => ids.length > 0,
    );
    expect(found).toEqual([orderWorkflowId(ref)]);

    const shown = await house.control<{ order: { OrdererModel: Record<string, string> } }>(
      'GET',
      `/control/orders/${ref.orderNumber}`,
    );
    const { familyName = '', city = '', emailAddress = '' } = shown.order.OrdererModel;
    const history = await historyText(workshop.client.workflow.getHandle(orderWorkflowId(ref)));
    const plain = `${history}\n${payloadsOf(history)}`;
    for (const personal of [familyName, city, emailAddress]) {
      expect(personal).not.toBe('');
      expect(plain).not.toContain(personal);
    }
    expect(payloadsOf(history)).toContain(ref.orderNumber);
  });

  it('is read from Rakuten again when a person asks for another try: what was put right there counts at once', async () => {
    const ref = await desk.buy('tea', 1, { amountsUnfixed: true });
    await desk.sync();
    await desk.reaches(ref, 'held');
    await house.control('POST', `/control/orders/${ref.orderNumber}/address`, { sender: { city: '京都市' } });
    await workshop.client.workflow.getHandle(orderWorkflowId(ref)).executeUpdate(retryOrder);
    expect(await desk.codes(ref)).toContain('order.changed_at_rakuten');
  });

  it('is not parked by an attempt that failed before its end was seen, and its workflow hears of it', async () => {
    const ref = await desk.buy('tea', 1, { amountsUnfixed: true });
    await desk.sync();
    await desk.reaches(ref, 'held');
    const { db } = house.database;
    await db.transaction((tx) => saveStatus(tx, ref, RAKUTEN_STATUS.cancelled));
    expect(await assess(house.context, ref)).toMatchObject({ stage: 'cancelled', step: 'end' });
    expect(await orderActivities(house.context).noteParked(ref, 'rakuten_unavailable')).toBe(true);
    expect(await findOrder(db, ref)).toMatchObject({ stage: 'cancelled', parked: null });
    expect(await desk.codes(ref)).not.toContain('order.parked');
  });
});
