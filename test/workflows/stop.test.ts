import { findOrder } from '../../src/store/orders';
import { ALL_SHOPS, resume, stop } from '../../src/store/stops';
import { linesOfOrder } from '../../src/store/timeline';
import { eventually } from '../support/eventually';
import { type House, openHouse, SHOP, startWorkshop, type Workshop } from '../support/house';
import { deskOf } from '../support/orders';

const BY = { reason: 'wrong prices', stoppedBy: 'test' };

describe('a stop switch', () => {
  let house: House;
  let workshop: Workshop;
  let desk: ReturnType<typeof deskOf>;

  beforeAll(async () => {
    house = await openHouse({
      automaticOrderIntegration: true,
      automaticOrderConfirmation: true,
      automaticShippingInstructions: true,
      fulfilmentProvider: 'sandbox',
    });
    workshop = await startWorkshop(house);
    desk = deskOf(house, workshop);
    await house.control('PUT', '/control/settings', {
      fixDelaySeconds: 3600,
      warehouseShipAfterSeconds: 86_400,
    });
    await desk.sell('tea', 100);
  });
  afterAll(async () => {
    await workshop?.close();
    await house?.close();
  });

  const parkedOf = async (orderNumber: string) =>
    (await findOrder(house.database.db, { shopId: SHOP.shopId, orderNumber }))?.parked;
  const stopped = (orderNumber: string) =>
    eventually(
      () => parkedOf(orderNumber),
      (parked) => parked === 'stopped',
    );

  it('keeps orders from being confirmed, says what it keeps back, and lets them go on when it is lifted', async () => {
    await stop(house.database.db, SHOP.shopId, BY);
    const ref = await desk.buy('tea');
    await desk.sync();
    await stopped(ref.orderNumber);
    expect((await desk.atRakuten(ref)).books.confirmed).toBe(0);
    const line = (await linesOfOrder(house.database.db, ref)).find(({ code }) => code === 'order.stopped');
    expect(line?.params).toEqual({ step: 'confirm', reason: 'wrong prices' });
    expect(await resume(house.database.db, SHOP.shopId, {})).toBe(1);
    await desk.reaches(ref, 'awaiting_rakuten');
    expect((await desk.atRakuten(ref)).books.confirmed).toBe(1);
    expect(await parkedOf(ref.orderNumber)).toBeNull();
  });

  it('of all shops keeps parcels from being reported, and what was cancelled is still called back', async () => {
    const [shipped, cancelled] = [await desk.buy('tea'), await desk.buy('tea')];
    await desk.sync();
    for (const ref of [shipped, cancelled]) await desk.reaches(ref, 'awaiting_rakuten');
    for (const ref of [shipped, cancelled]) await desk.fix(ref);
    await desk.sync();
    for (const ref of [shipped, cancelled]) await desk.reaches(ref, 'instructed');
    await stop(house.database.db, ALL_SHOPS, BY);
    await desk.ship(shipped);
    await house.control('POST', `/control/orders/${cancelled.orderNumber}/cancel`, {});
    await desk.sync();
    await desk.reaches(cancelled, 'cancelled');
    await stopped(shipped.orderNumber);
    expect((await desk.atRakuten(shipped)).order.PackageModelList[0]?.ShippingModelList).toEqual([]);
    await resume(house.database.db, ALL_SHOPS, {});
    await desk.reaches(shipped, 'shipping_reported');
    expect((await desk.atRakuten(shipped)).order.PackageModelList[0]?.ShippingModelList).toHaveLength(1);
  });

  it('is followed by a staged restart: at the pace that was asked for, the most urgent first', async () => {
    await stop(house.database.db, SHOP.shopId, BY);
    const refs = await Promise.all(Array.from({ length: 4 }, () => desk.buy('tea')));
    await desk.sync();
    for (const ref of refs) await stopped(ref.orderNumber);
    const wanted = [...refs].reverse();
    for (const [index, { orderNumber }] of wanted.entries())
      await house.database.pool.query('update orders set due_at = $2 where order_number = $1', [
        orderNumber,
        new Date(Date.UTC(2027, 0, 1 + index)),
      ]);
    expect(await resume(house.database.db, SHOP.shopId, { ordersPerMinute: 40 })).toBe(4);
    for (const ref of refs) await desk.reaches(ref, 'awaiting_rakuten');
    const { rows } = await house.database.pool.query<{ n: string; at: Date }>(
      `select order_number as n, min(at) as at from timeline where code = 'order.resumed' and order_number = any($1)
       group by 1 order by 2`,
      [refs.map(({ orderNumber }) => orderNumber)],
    );
    expect(rows.map(({ n }) => n)).toEqual(wanted.map(({ orderNumber }) => orderNumber));
    const [first, last] = [rows.at(0)?.at.getTime() ?? 0, rows.at(-1)?.at.getTime() ?? 0];
    expect(last - first).toBeGreaterThan(3_000);
  });
});
