import { recordHistoryAt } from './record';
import type { Scene, Stage } from './scene';

/** Scene 7: one of two parcels is reported. */
export const partialShipments = (stage: Stage): void => {
  describe('an order of two destinations of which one parcel has left', () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await stage.open({ stockSync: 'shipment' });
      await scene.sell('set');
    }, 60_000);

    const ship = (number: string, basketId: string, trackingNumber: string) =>
      scene.post(number, 'shipments', {
        packages: [{ basketId, carrier: '1001', trackingNumber, shippedOn: '2026-11-20' }],
      });
    const rowsOf = async (number: string) =>
      (await scene.atRakuten(number)).order.PackageModelList.map((to) => to.ShippingModelList.length);

    it('reports that parcel alone, does not close its sibling, and is complete only with both', async () => {
      const number = await scene.buy('set', { destinations: 2 });
      const { lines } = await scene.reaches(number, 'instructed');
      const [first = '', second = ''] = [...new Set(lines.map(({ basketId }) => basketId))];
      await ship(number, first, '400000000071');
      const half = await scene.until(
        number,
        ({ shipments }) => shipments[0]?.reportedAt !== null && shipments.length === 1,
      );
      expect(half.stage).toBe('instructed');
      expect((await rowsOf(number)).sort()).toEqual([0, 1]);

      await scene.control('POST', '/control/night', {});
      await scene.sync();
      expect((await scene.order(number)).rakutenStatus).toBe(300);
      expect(await scene.stock('set')).toEqual({ onHand: 9, reserved: 1 });

      await ship(number, second, '400000000072');
      await scene.reaches(number, 'shipping_reported');
      expect(await rowsOf(number)).toEqual([1, 1]);
      await scene.control('POST', '/control/night', {});
      await scene.reaches(number, 'completed');
      expect(await scene.stock('set')).toEqual({ onHand: 8, reserved: 0 });
      await recordHistoryAt(stage, scene, number, 'scene-07-partial-shipments');
    }, 90_000);

    it('refuses a parcel for a destination that does not exist, and a number in a wrong form, before anything is written', async () => {
      const number = await scene.buy('set');
      const before = await scene.reaches(number, 'instructed');
      await expect(ship(number, '999', '400000000073')).rejects.toThrow(/422.*unknown_basket/);
      const [{ basketId = '' } = {}] = before.lines;
      await expect(ship(number, basketId, '40')).rejects.toThrow(/422.*tracking_number_form/);
      const after = await scene.order(number);
      expect(after.shipments).toEqual([]);
      // Its workflow may still be writing; what was refused has written nothing.
      expect(after.timeline.filter(({ actor }) => actor === 'administrator')).toEqual([]);
    }, 60_000);
  });
};
