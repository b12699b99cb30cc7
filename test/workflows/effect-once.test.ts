import { enterMovement, listMovements } from '../../src/store/stock';
import { type House, openHouse, SHOP, startWorkshop, type Workshop } from '../support/house';
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
      stockSync: 'reservation',
      stockCoalesceSeconds: 0,
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

  const receive = () =>
    enterMovement(house.database.db, {
      ...{ skuCode: 'TEA', location: 'main', kind: 'receive', quantity: 5 },
      ...{ reason: 'delivery', actor: 'test' },
    });
  const offered = async (): Promise<number> => {
    const { inventories } = await house.control<{ inventories: { quantity: number }[] }>(
      'GET',
      `/control/shops/${SHOP.shopId}/inventory`,
    );
    return inventories[0]?.quantity ?? 0;
  };

  const carry = async (kind: (typeof FAULTS)[number]): Promise<object> => {
    const before = await offered();
    const ref = await desk.buy('tea');
    for (const operation of ['confirmOrder', 'updateOrderShipping', 'inventories.bulk.upsert'])
      await house.control('POST', '/control/faults', {
        operation,
        kind,
        times: 1,
        orderNumber: operation.startsWith('inventories') ? null : ref.orderNumber,
      });
    await desk.sync();
    await desk.reaches(ref, 'awaiting_rakuten');
    await desk.fix(ref);
    await desk.sync();
    await desk.reaches(ref, 'instructed');
    await desk.ship(ref);
    await desk.reaches(ref, 'shipping_reported');
    await receive();
    for (let cycle = 0; cycle < 3; cycle += 1) await desk.sync();
    const { order, books } = await desk.atRakuten(ref);
    const movements = await listMovements(house.database.db, { orderNumber: ref.orderNumber }, 0, 100);
    return {
      confirmed: books.confirmed,
      rows: order.PackageModelList.map((to) => to.ShippingModelList.length),
      movements: movements.map((movement) => movement.kind),
      offered: (await offered()) - before,
    };
  };

  it.each(FAULTS)('has one effect after %s', async (kind) => {
    const effects = { confirmed: 1, rows: [1], movements: ['reserve', 'consume'] };
    // One piece was sold, and five came in.
    expect(await carry(kind)).toEqual({ ...effects, offered: 4 });
    const { faults } = await house.control<{ faults: { times: number }[] }>('GET', '/control/faults');
    expect(faults.filter((fault) => fault.times > 0)).toEqual([]);
  });
});
