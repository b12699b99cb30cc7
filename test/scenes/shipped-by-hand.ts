import { recordHistoryAt } from './record';
import type { Scene, Stage } from './scene';

/** Scene 6: an order that was shipped by hand before we came, and still stands at 300. */
export const shippedByHand = (stage: Stage): void => {
  describe('an order that was shipped by hand before we came', () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await stage.open({ automaticOrderIntegration: false, stockSync: 'shipment' });
      await scene.sell('pot');
    }, 60_000);

    it('is adopted at go-live and not shipped again: no instruction, no second row, one unit less', async () => {
      const number = await scene.buy('pot', { progress: 300 });
      await scene.control('POST', `/control/orders/${number}/ship-by-hand`, {
        shippingNumber: '390000000006',
      });
      await scene.api('PATCH', `/v1/shops/${scene.shopId}`, {
        settings: { automaticOrderIntegration: true },
      });
      const adopted = await scene.reaches(number, 'shipping_reported');
      expect(adopted.shipments).toMatchObject([{ trackingNumber: '390000000006', source: 'rakuten' }]);
      await scene.control('POST', '/control/night', {});
      await scene.reaches(number, 'completed');
      expect(await scene.atWarehouse(number)).toEqual([]);
      const { order } = await scene.atRakuten(number);
      expect(order.PackageModelList.map((to) => to.ShippingModelList.length)).toEqual([1]);
      expect(await scene.stock('pot')).toEqual({ onHand: 9, reserved: 0 });
      await recordHistoryAt(stage, scene, number, 'scene-06-shipped-by-hand');
    }, 90_000);
  });
};
