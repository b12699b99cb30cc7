import { recordHistoryAt } from './record';
import type { Scene, Stage } from './scene';

const DEFAULT = 'ご要望がございましたら、こちらにご記入ください。';

/** Scene 10: the shop's default remark, and one that the buyer edited. */
export const remarks = (stage: Stage): void => {
  describe('the remark of an order', () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await stage.open({ defaultRemarks: [DEFAULT] });
      await scene.sell('cap');
    }, 60_000);

    it('does not hold while it is the shop’s own text', async () => {
      const number = await scene.buy('cap', { remarks: `[備考:]\n${DEFAULT}` });
      await scene.reaches(number, 'instructed');
      expect(await scene.codes(number)).not.toContain('hold.opened');
    }, 60_000);

    it('holds before confirmation when the buyer added to it, shows what was added, and goes on when it was read', async () => {
      const number = await scene.buy('cap', { remarks: `[備考:]\n${DEFAULT}\n玄関前に置いてください` });
      const held = await scene.reaches(number, 'held');
      expect(held.holds).toMatchObject([{ code: 'remark_changed', blocks: 'confirm' }]);
      expect((await scene.atRakuten(number)).books.confirmed).toBe(0);
      const changes = await scene.api<{ remarkAdded: string | null }>(
        'GET',
        `/v1/orders/${scene.shopId}/${number}/changes`,
      );
      expect(changes.remarkAdded).toBe('玄関前に置いてください');
      expect(JSON.stringify(held)).not.toContain('玄関前');
      await scene.release(number, 'remark_changed');
      await scene.reaches(number, 'instructed');
      expect((await scene.atRakuten(number)).books.confirmed).toBe(1);
      await recordHistoryAt(stage, scene, number, 'scene-10-remark');
    }, 90_000);
  });
};
