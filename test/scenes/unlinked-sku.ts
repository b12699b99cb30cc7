import { recordHistoryAt } from './record';
import type { Scene, Stage } from './scene';

/** Scene 9: an order whose SKU nobody has linked. */
export const unlinkedSku = (stage: Stage): void => {
  describe('an order whose SKU is not linked', () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await stage.open();
      await scene.sell('bag', false);
    }, 60_000);

    it('is confirmed, held before it ships with the pair that is missing, and goes on by itself once it is linked', async () => {
      const number = await scene.buy('bag');
      const held = await scene.reaches(number, 'held');
      expect(held.rakutenStatus).toBe(300);
      expect(held.holds).toMatchObject([
        {
          code: 'sku_unlinked',
          blocks: 'ship',
          releasableBy: 'system',
          text: expect.stringContaining('bag/bag'),
        },
      ]);
      expect((await scene.atRakuten(number)).books.confirmed).toBe(1);
      await expect(scene.release(number, 'sku_unlinked')).rejects.toThrow(/409.*hold_not_releasable/);
      expect(await scene.atWarehouse(number)).toEqual([]);
      await scene.api('PUT', '/v1/sku-links', {
        shopId: scene.shopId,
        links: [{ manageNumber: 'bag', variantId: 'bag', skuCode: `${scene.shopId}-BAG`.toUpperCase() }],
      });
      const gone = await scene.reaches(number, 'instructed');
      expect(gone.holds).toEqual([]);
      expect(await scene.atWarehouse(number)).toEqual(['accepted']);
      await recordHistoryAt(stage, scene, number, 'scene-09-unlinked-sku');
    }, 90_000);
  });
};
