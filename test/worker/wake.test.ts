import { assess } from '../../src/activities/assess';
import { RAKUTEN_STATUS } from '../../src/domain/order';
import { closeCircuit, openCircuit } from '../../src/store/circuits';
import { findOrder } from '../../src/store/orders';
import { outboxDepth, wakeOrders } from '../../src/store/outbox';
import { saveStatus } from '../../src/store/readings';
import { changeSettings } from '../../src/store/shops';
import { orderWorkflowId, syncScheduleId } from '../../src/temporal/ids';
import { reconcile } from '../../src/worker/reconcile';
import { eventually } from '../support/eventually';
import { type House, openHouse, SHOP, silent, startWorkshop, type Workshop } from '../support/house';
import { deskOf } from '../support/orders';

describe('what must reach Temporal', () => {
  let house: House;
  let workshop: Workshop;
  let desk: ReturnType<typeof deskOf>;

  beforeAll(async () => {
    house = await openHouse({ automaticOrderConfirmation: true });
    workshop = await startWorkshop(house);
    desk = deskOf(house, workshop);
    await desk.sell('tea', 100);
    await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600 });
  });
  afterAll(async () => {
    await workshop?.close();
    await house?.close();
  });

  const drained = () =>
    eventually(
      () => outboxDepth(house.database.db),
      (depth) => depth === 0,
    );
  const runOf = async (ref: { shopId: string; orderNumber: string }) =>
    (await workshop.client.workflow.getHandle(orderWorkflowId(ref)).describe()).runId;

  it('arrives although the connection that listened for it was cut', async () => {
    const ref = await desk.buy('tea', 1, { amountsUnfixed: true });
    await desk.sync();
    await desk.reaches(ref, 'held');
    await house.database.pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen okuri%' and pid <> pg_backend_pid()",
    );
    await house.database.db.transaction((tx) => wakeOrders(tx, [ref]));
    await drained();
    const { events } = await workshop.client.workflow.getHandle(orderWorkflowId(ref)).fetchHistory();
    expect(events?.filter((event) => event.workflowExecutionSignaledEventAttributes).length).toBe(2);
  });

  it('ends the workflow of an order whose end was seen before its workflow heard of it', async () => {
    const ref = await desk.buy('tea');
    await desk.sync();
    await desk.reaches(ref, 'awaiting_rakuten');
    await drained();
    const { db } = house.database;
    await db.transaction((tx) => saveStatus(tx, ref, RAKUTEN_STATUS.cancelled));
    expect(await assess(house.context, ref)).toMatchObject({ stage: 'cancelled', step: 'end' });
    await db.transaction((tx) => wakeOrders(tx, [ref]));
    await eventually(
      async () => (await workshop.client.workflow.getHandle(orderWorkflowId(ref)).describe()).status.name,
      (status) => status === 'COMPLETED',
    );
  });

  it('makes the Schedule of a shop follow its settings', async () => {
    await drained();
    const handle = workshop.client.schedule.getHandle(syncScheduleId(SHOP.shopId));
    expect((await handle.describe()).state.paused).toBe(true);
    await changeSettings(house.database.db, SHOP.shopId, {
      automaticOrderIntegration: true,
      syncIntervalSeconds: 3600,
    });
    await drained();
    const { state, spec } = await handle.describe();
    expect(state.paused).toBe(false);
    expect(spec.intervals?.map((interval) => interval.every)).toEqual([3_600_000]);
    await changeSettings(house.database.db, SHOP.shopId, { automaticOrderIntegration: false });
    await drained();
    expect((await handle.describe()).state.paused).toBe(true);
  });

  it('synchronises a shop at once when it goes on, and not one whose orders do not come in by themselves', async () => {
    const { db } = house.database;
    const handle = workshop.client.schedule.getHandle(syncScheduleId(SHOP.shopId));
    const runs = async () => (await handle.describe()).info.numActionsTaken;
    const goOn = async () => {
      await openCircuit(db, SHOP.shopId, 'rakuten_down');
      await closeCircuit(db, SHOP.shopId);
      await drained();
    };
    const before = await runs();
    await goOn();
    await changeSettings(db, SHOP.shopId, { automaticOrderIntegration: true, syncIntervalSeconds: 3600 });
    await drained();
    expect(await runs()).toBe(before);
    const ref = await desk.buy('tea');
    await goOn();
    await eventually(
      () => findOrder(db, ref),
      (order) => order !== undefined,
    );
    await changeSettings(db, SHOP.shopId, { automaticOrderIntegration: false });
    await drained();
  });

  it('brings back the workflow of an open order that Temporal lost, and only that', async () => {
    const [lost, kept] = [await desk.buy('tea'), await desk.buy('tea')];
    await desk.sync();
    for (const ref of [lost, kept]) await desk.reaches(ref, 'awaiting_rakuten');
    const before = { lost: await runOf(lost), kept: await runOf(kept) };
    await workshop.client.workflow.getHandle(orderWorkflowId(lost)).terminate('an accident');
    const wiring = { ...house.database, client: workshop.client, log: silent };
    const restarted = await eventually(
      () => reconcile(wiring),
      (refs) => refs.length > 0,
    );
    expect(restarted).toEqual([lost]);
    await drained();
    await eventually(
      () => runOf(lost),
      (runId) => runId !== before.lost,
    );
    expect(await runOf(kept)).toBe(before.kept);
    await desk.reaches(lost, 'awaiting_rakuten');
    expect((await desk.atRakuten(lost)).books.confirmed).toBe(1);
    expect((await findOrder(house.database.db, lost))?.finishedAt).toBeNull();
  });
});
