import { recordHistoryAt } from './record';
import type { Scene, Stage } from './scene';

/** Scene 11: a reservation (予約) whose number, …-r, turns into an order number. */
export const reservations = (stage: Stage): void => {
  describe('a reservation that becomes an order', () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await stage.open();
      await scene.sell('fig');
    }, 60_000);

    it('stays one order: holds, stock and timeline go along, and it is confirmed and shipped once', async () => {
      const reserved = await scene.buy('fig', { reserved: true, amountsUnfixed: true });
      expect(reserved).toMatch(/-r$/);
      await scene.reaches(reserved, 'held');
      await scene.post(reserved, 'holds', {
        code: 'release_day',
        text: 'Goods arrive later',
        blocks: 'ship',
      });
      const { orderNumber } = await scene.control<{ orderNumber: string }>(
        'POST',
        `/control/orders/${reserved}/take-order`,
      );
      const one = await scene
        .until(orderNumber, ({ reserveNumber }) => reserveNumber === reserved)
        .catch(() => undefined);
      expect(one).toMatchObject({ orderNumber, reserveNumber: reserved });
      expect(one?.holds.map(({ code }) => code).sort()).toEqual(['amounts_unfixed', 'release_day']);
      expect(one?.timeline.map(({ code }) => code)).toEqual(
        expect.arrayContaining(['order.imported', 'order.reserved_as']),
      );
      expect((await scene.order(reserved)).orderNumber).toBe(orderNumber);
      const { items } = await scene.api<{ items: { orderNumber: string }[] }>(
        'GET',
        `/v1/orders?shopId=${scene.shopId}`,
      );
      expect(items.map((item) => item.orderNumber)).toEqual([orderNumber]);
      expect(await scene.stock('fig')).toEqual({ onHand: 10, reserved: 1 });
    }, 90_000);

    it('is found by its order when somebody asked for the reservation number before Rakuten knew an order', async () => {
      const reserved = await scene.buy('fig', { reserved: true });
      const { orderNumber } = await scene.control<{ orderNumber: string }>(
        'POST',
        `/control/orders/${reserved}/take-order`,
      );
      await scene.post(reserved, 'start');
      const seen = await scene.reaches(reserved, 'instructed');
      expect(seen).toMatchObject({ orderNumber, reserveNumber: reserved });
      expect((await scene.atRakuten(orderNumber)).books.confirmed).toBe(1);
      expect(await scene.atWarehouse(orderNumber)).toEqual(['accepted']);
      await recordHistoryAt(stage, scene, orderNumber, 'scene-11-reservation');
    }, 90_000);
  });
};
