import { recordHistoryAt } from './record';
import type { Scene, Stage } from './scene';

/** Scene 13: an e-gift to be paid at the convenience store, and not paid. */
export const unpaidGift = (stage: Stage): void => {
  describe('an e-gift that is to be paid at the convenience store', () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await stage.open();
      await scene.sell('gift');
    }, 60_000);

    const givesAddress = (number: string) =>
      scene.control('POST', `/control/orders/${number}/address`, {
        sender: {
          ...{ zipCode1: '100', zipCode2: '0005', prefecture: '東京都', city: '千代田区' },
          ...{ subAddress: '丸の内1-1-1', familyName: '見本', firstName: '花子' },
        },
      });

    it('is confirmed and never ships while it is unpaid or has no address; with both it leaves once', async () => {
      const number = await scene.buy('gift', { settlementMethod: 14, socialGiftPending: true });
      const waiting = await scene.until(number, ({ holds }) =>
        holds.some(({ code }) => code === 'awaiting_payment'),
      );
      expect(waiting.rakutenStatus).toBe(200);
      expect(waiting.holds.map(({ code }) => code).sort()).toEqual([
        'awaiting_payment',
        'gift_address_pending',
      ]);
      await expect(scene.release(number, 'awaiting_payment')).rejects.toThrow(/409.*hold_not_releasable/);
      await scene.post(number, 'fulfilment-order');
      await scene.post(number, 'retry');
      expect(await scene.atWarehouse(number)).toEqual([]);

      await givesAddress(number);
      await scene.post(number, 'retry');
      const unpaid = await scene.order(number);
      expect(unpaid.holds.map(({ code }) => code)).toContain('awaiting_payment');
      expect(await scene.atWarehouse(number)).toEqual([]);

      await scene.control('POST', `/control/orders/${number}/pay`, {});
      await scene.reaches(number, 'instructed');
      expect(await scene.atWarehouse(number)).toEqual(['accepted']);
      await recordHistoryAt(stage, scene, number, 'scene-13-unpaid-gift');
    }, 90_000);
  });
};
