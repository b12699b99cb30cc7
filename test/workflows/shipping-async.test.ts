import type { OrderRef } from '../../src/domain/order';
import { findOrder } from '../../src/store/orders';
import { findSubmission } from '../../src/store/submissions';
import { orderWorkflowId } from '../../src/temporal/ids';
import { retryOrder } from '../../src/workflows/messages';
import { eventually } from '../support/eventually';
import { recordHistory } from '../support/histories';
import { type House, openHouse, startWorkshop, type Workshop } from '../support/house';
import { deskOf } from '../support/orders';

/** So many that Rakuten is told of their parcels in one asynchronous report. */
const MANY = 8;

describe('parcels that are reported together', () => {
  let house: House;
  let workshop: Workshop;
  let desk: ReturnType<typeof deskOf>;

  beforeAll(async () => {
    house = await openHouse({
      automaticOrderIntegration: true,
      automaticOrderConfirmation: true,
      automaticShippingInstructions: true,
      shippingReadBackSeconds: [1, 2, 3],
      // Slow enough that the reports of the others come while the first waits for its turn.
      requestsPerSecond: { order: 4 },
    });
    workshop = await startWorkshop(house);
    desk = deskOf(house, workshop);
    await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600, orderRequestsPerSecond: 100 });
    await desk.sell('tea', 1000);
  });
  afterAll(async () => {
    await workshop?.close();
    await house?.close();
  });

  /** Orders that all wait for their parcels. */
  const ready = async (): Promise<OrderRef[]> => {
    const refs = await Promise.all(Array.from({ length: MANY }, () => desk.buy('tea')));
    await desk.sync();
    for (const ref of refs) await desk.reaches(ref, 'awaiting_rakuten');
    for (const ref of refs) await desk.fix(ref);
    await desk.sync();
    for (const ref of refs) await desk.reaches(ref, 'instructed');
    return refs;
  };
  const shipAll = (refs: readonly OrderRef[]) =>
    Promise.all(refs.map((ref, index) => desk.ship(ref, `40000000${String(index).padStart(4, '0')}`)));
  const rowsOf = async (ref: OrderRef): Promise<number[]> =>
    (await desk.atRakuten(ref)).order.PackageModelList.map((to) => to.ShippingModelList.length);
  const arm = (kind: string) =>
    house.control('POST', '/control/faults', { operation: 'updateOrderShippingAsync', kind, times: 1 });
  /** The asynchronous reports that the sandbox took and carries out when the test says so. */
  const heldReports = async () =>
    (
      await house.control<{ requests: { dueAt: string | null; doneAt: string | null }[] }>(
        'GET',
        '/control/async-shipping',
      )
    ).requests.filter(({ dueAt, doneAt }) => dueAt === null && doneAt === null);
  const submittedOf = (refs: readonly OrderRef[]) =>
    Promise.all(refs.map((ref) => findSubmission(house.database.db, ref))).then((all) => all.filter(Boolean));

  it('go out in asynchronous calls, are looked for, and are settled once Rakuten shows each once', async () => {
    const refs = await ready();
    await shipAll(refs);
    for (const ref of refs) await desk.reaches(ref, 'shipping_reported');
    for (const ref of refs) expect(await rowsOf(ref)).toEqual([1]);
    const codes = await Promise.all(refs.map(desk.codes));
    expect(codes.filter((own) => own.includes('shipment.submitted')).length).toBeGreaterThanOrEqual(5);
    expect(await submittedOf(refs)).toEqual([]);
    const together = codes.findIndex((own) => own.includes('shipment.submitted'));
    const handle = workshop.client.workflow.getHandle(
      orderWorkflowId(refs[together] ?? { shopId: '', orderNumber: '' }),
    );
    await recordHistory('order-0.1.0-shipped-asynchronously', handle);
  }, 120_000);

  it.each(['lost_answer_after_commit', 'lost_before_commit'])(
    'stand at Rakuten once after %s of the call',
    async (kind) => {
      const refs = await ready();
      await arm(kind);
      await shipAll(refs);
      for (const ref of refs) await desk.reaches(ref, 'shipping_reported');
      for (const ref of refs) expect(await rowsOf(ref)).toEqual([1]);
      const codes = (await Promise.all(refs.map(desk.codes))).flat();
      expect(codes).toContain('shipment.settling');
      if (kind === 'lost_before_commit') expect(codes).toContain('shipment.report_again');
      else expect(codes).not.toContain('shipment.report_again');
    },
    120_000,
  );

  it('whose rows appear only after they were reported again lose the second one', async () => {
    const refs = await ready();
    await house.control('PUT', '/control/settings', { asyncShippingDelaySeconds: null });
    await arm('lost_answer_after_commit');
    await shipAll(refs);
    // Not our own record: that one stands before the call leaves.
    await eventually(heldReports, (held) => held.length > 0);
    // The first report waits at Rakuten for as long as the test wants; those that its orders send again do not.
    await house.control('PUT', '/control/settings', { asyncShippingDelaySeconds: 0 });
    for (const ref of refs) await desk.reaches(ref, 'shipping_reported');
    await house.control('POST', '/control/async-shipping/release');
    expect((await Promise.all(refs.map(rowsOf))).flat()).toContain(2);
    for (const ref of refs) {
      await workshop.client.workflow.getHandle(orderWorkflowId(ref)).executeUpdate(retryOrder);
      await eventually(
        () => rowsOf(ref),
        (rows) => rows.length === 1 && rows[0] === 1,
      );
    }
    expect((await Promise.all(refs.map(desk.codes))).flat()).toContain('shipment.duplicate_removed');
    expect(await findOrder(house.database.db, refs[0] ?? { shopId: '', orderNumber: '' })).toMatchObject({
      stage: 'shipping_reported',
    });
  }, 180_000);
});
