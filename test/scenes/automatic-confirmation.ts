import { eventually } from '../support/eventually';
import { recordHistoryAt } from './record';
import type { Scene, Stage } from './scene';

/** Scene 8: RMS confirms by itself (自動注文確認) while the shop confirms here. */
export const automaticConfirmation = (stage: Stage): void => {
  describe('RMS’s own automatic confirmation while the shop confirms here', () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await stage.open();
      await scene.sell('fan');
    }, 60_000);

    const warnings = async () =>
      (await scene.api<{ warnings: { code: string; text: string }[] }>('GET', `/v1/shops/${scene.shopId}`))
        .warnings;

    const metric = async () => {
      const text = await (await fetch(`${stage.instance().url}/metrics`)).text();
      return text.split('\n').filter((line) => line.startsWith(`okuri_shop_warnings{shop="${scene.shopId}"`));
    };
    const shopLines = async () => {
      const path = `/v1/shops/${scene.shopId}/timeline`;
      const { items } = await scene.api<{ items: { code: string }[] }>('GET', path);
      return items.map(({ code }) => code);
    };

    it('is warned of within one cycle, and the warning goes when an order comes in unconfirmed', async () => {
      expect(await warnings()).toEqual([]);
      const number = await scene.buy('fan', { progress: 300 });
      await scene.until(number, ({ stage: at }) => at !== 'imported').catch(() => undefined);
      const [warning] = await eventually(warnings, (all) => all.length > 0, 20);
      expect(warning).toMatchObject({
        code: 'auto_confirm_on',
        text: expect.stringContaining('自動注文確認'),
      });
      expect(await shopLines()).toEqual(['warning.auto_confirm_on']);
      expect(await metric()).toEqual([
        `okuri_shop_warnings{shop="${scene.shopId}",code="auto_confirm_on"} 1`,
      ]);
      await scene.reaches(number, 'instructed');
      await recordHistoryAt(stage, scene, number, 'scene-08-automatic-confirmation');
      const next = await scene.buy('fan');
      await scene.reaches(next, 'instructed');
      await eventually(warnings, (all) => all.length === 0, 20);
      expect(await shopLines()).toEqual(['shop.warning_over', 'warning.auto_confirm_on']);
      expect(await metric()).toEqual([]);
    }, 90_000);
  });
};
