import { recordHistoryAt } from './record';
import type { Scene, Stage } from './scene';

/** Scene 3: the buyer changes the address after the warehouse has the instruction. */
export const addressChange = (stage: Stage): void => {
  describe('an address that the buyer changes after the warehouse has the instruction', () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await stage.open();
      await scene.sell('tea');
    }, 60_000);

    const instructed = async () => {
      const number = await scene.buy('tea');
      await scene.reaches(number, 'instructed');
      return number;
    };
    const move = (number: string) =>
      scene.control('POST', `/control/orders/${number}/address`, { sender: { subAddress: '大手町2-2-2' } });

    it('is called back from the warehouse and held with the difference, and leaves anew once a person says so', async () => {
      const number = await instructed();
      await move(number);
      const held = await scene.post(number, 'retry');
      expect(held.stage).toBe('held');
      expect(held.holds).toMatchObject([{ code: 'outside_change', blocks: 'ship' }]);
      expect(await scene.atWarehouse(number)).toEqual(['recalled']);
      const { items } = await scene.api<{ items: object[] }>(
        'GET',
        `/v1/orders/${scene.shopId}/${number}/changes`,
      );
      expect(items).toMatchObject([{ group: 'address', after: '大手町2-2-2', before: expect.any(String) }]);
      expect(JSON.stringify(held)).not.toContain('大手町');

      const released = await scene.release(number, 'outside_change');
      expect(released.holds).toEqual([]);
      await scene.reaches(number, 'instructed');
      expect(await scene.atWarehouse(number)).toEqual(['recalled', 'accepted']);
      const lines = (await scene.order(number)).timeline;
      const recalled = lines.find(({ code }) => code === 'fulfilment.recalled');
      expect(recalled?.workflow).toMatchObject({
        workflowId: `order/${scene.shopId}/${number}`,
        activity: 'recallFulfilment',
        url: expect.stringContaining('/workflows/order%2F'),
      });
      await recordHistoryAt(stage, scene, number, 'scene-03-address-change');
    }, 90_000);

    it('stops the shipment by hand too: a person’s hold calls back what the warehouse has', async () => {
      const number = await instructed();
      const held = await scene.post(number, 'holds', {
        code: 'call_buyer',
        text: 'Called about the colour',
        blocks: 'ship',
      });
      expect(held.stage).toBe('held');
      expect(await scene.atWarehouse(number)).toEqual(['recalled']);
      await scene.release(number, 'call_buyer');
      await scene.reaches(number, 'instructed');
    }, 90_000);
  });
};
