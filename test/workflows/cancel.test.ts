import type { OrderRef } from '../../src/domain/order';
import { lastCancellation, requestCancellation } from '../../src/store/cancellations';
import { wakeOrders } from '../../src/store/outbox';
import { currentFulfilment } from '../../src/store/shipments';
import { orderWorkflowId } from '../../src/temporal/ids';
import { retryOrder } from '../../src/workflows/messages';
import { eventually } from '../support/eventually';
import { type House, openHouse, startWorkshop, type Workshop } from '../support/house';
import { deskOf } from '../support/orders';

describe('a cancellation that was asked for here', () => {
  let house: House;
  let workshop: Workshop;
  let desk: ReturnType<typeof deskOf>;

  beforeAll(async () => {
    house = await openHouse({
      automaticOrderIntegration: true,
      automaticOrderConfirmation: true,
      automaticShippingInstructions: true,
    });
    workshop = await startWorkshop(house);
    desk = deskOf(house, workshop);
    await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600 });
    await desk.sell('tea', 100);
  });
  afterAll(async () => {
    await workshop?.close();
    await house?.close();
  });

  const instructed = async (): Promise<OrderRef> => {
    const ref = await desk.buy('tea');
    await desk.sync();
    await desk.reaches(ref, 'awaiting_rakuten');
    await desk.fix(ref);
    await desk.sync();
    await desk.reaches(ref, 'instructed');
    return ref;
  };
  const ask = (ref: OrderRef) =>
    house.database.db.transaction(async (tx) => {
      await requestCancellation(tx, ref, { reason: 1, restoreInventory: true, requestedBy: 'test' });
      await wakeOrders(tx, [ref]);
    });
  const stateOf = async (ref: OrderRef) => (await lastCancellation(house.database.db, ref))?.state;
  const readAgain = (ref: OrderRef) =>
    workshop.client.workflow.getHandle(orderWorkflowId(ref)).executeUpdate(retryOrder);
  const callsOf = async (ref: OrderRef): Promise<number> =>
    (
      await house.control<{ calls: { function: string }[] }>(
        'GET',
        `/control/calls?orderNumber=${ref.orderNumber}`,
      )
    ).calls.filter((call) => call.function === 'cancelOrder').length;

  it.each(['lost_answer_after_commit', 'lost_before_commit'])(
    'is made once after %s of the call: it is read before it is asked for again',
    async (kind) => {
      const ref = await instructed();
      await house.control('POST', '/control/faults', {
        operation: 'cancelOrder',
        kind,
        times: 1,
        orderNumber: ref.orderNumber,
      });
      await ask(ref);
      await desk.reaches(ref, 'cancelled');
      expect(await stateOf(ref)).toBe('done');
      expect((await desk.atRakuten(ref)).order.orderProgress).toBe(900);
      expect(await callsOf(ref)).toBe(kind === 'lost_before_commit' ? 2 : 1);
      expect((await currentFulfilment(house.database.db, ref))?.state).toBe('recalled');
    },
    60_000,
  );

  it('is off when it is taken back in RMS, is not made again, and the order goes on', async () => {
    const ref = await instructed();
    // Rakuten shows 800 and leaves it there: nothing moves on by itself.
    await house.control('PUT', '/control/settings', { cancelShows800: true, autoTick: false });
    await house.control('POST', '/control/tick');
    await ask(ref);
    await eventually(
      () => stateOf(ref),
      (state) => state === 'applied',
    );
    await desk.reaches(ref, 'held');
    await house.control('POST', `/control/orders/${ref.orderNumber}/keep-after-all`);
    await readAgain(ref);
    await desk.reaches(ref, 'instructed');
    expect(await stateOf(ref)).toBe('withdrawn');
    expect(await callsOf(ref)).toBe(1);
    expect(await desk.codes(ref)).toContain('cancel.withdrawn');
  }, 60_000);
});
