import { listMovements } from '../../src/store/stock';
import { type House, openHouse, startWorkshop, type Workshop } from '../support/house';
import { deskOf } from '../support/orders';

/** Rakuten commits and we never hear of it, or the answer is cut: the most dangerous answers there are. */
const FAULTS = ['lost_answer_after_commit', 'lost_before_commit', 'cut_json', 'http_503_html'] as const;

describe('a write without a usable answer', () => {
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
    await desk.sell('tea', 100);
  });
  afterAll(async () => {
    await workshop?.close();
    await house?.close();
  });

  const carry = async (kind: (typeof FAULTS)[number]): Promise<object> => {
    const ref = await desk.buy('tea');
    for (const operation of ['confirmOrder', 'updateOrderShipping'])
      await house.control('POST', '/control/faults', {
        operation,
        kind,
        times: 1,
        orderNumber: ref.orderNumber,
      });
    await desk.sync();
    await desk.reaches(ref, 'awaiting_rakuten');
    await desk.fix(ref);
    await desk.sync();
    await desk.reaches(ref, 'instructed');
    await desk.ship(ref);
    await desk.reaches(ref, 'shipping_reported');
    const { order, books } = await desk.atRakuten(ref);
    const movements = await listMovements(house.database.db, { orderNumber: ref.orderNumber }, 0, 100);
    return {
      confirmed: books.confirmed,
      rows: order.PackageModelList.map((to) => to.ShippingModelList.length),
      movements: movements.map((movement) => movement.kind),
    };
  };

  it.each(FAULTS)('has one effect after %s', async (kind) => {
    expect(await carry(kind)).toEqual({ confirmed: 1, rows: [1], movements: ['reserve', 'consume'] });
    const { faults } = await house.control<{ faults: { times: number }[] }>('GET', '/control/faults');
    expect(faults.filter((fault) => fault.times > 0)).toEqual([]);
  });
});
