import { fileWorkflowId, listingsWorkflowId, reconciliationWorkflowId } from '../../src/temporal/ids';
import { eventually } from '../support/eventually';
import { recordWorkflowAt } from './record';
import type { Scene, Stage } from './scene';

interface Listings {
  readonly state: string;
}
interface Comparison {
  readonly reconciliationId: string;
  readonly state: string;
  readonly differing: number;
}
interface Differences {
  readonly items: readonly { manageNumber: string; theirs: number; ours: number; difference: number }[];
}

/** From a shop whose SKUs nobody has linked or counted to stock that is right, and stays so. */
export const stock = (stage: Stage): void => {
  describe('the stock of a shop that begins', () => {
    let scene: Scene;
    let shop: string;
    let code: string;
    beforeAll(async () => {
      scene = await stage.open({ stockSync: 'shipment' });
      shop = `/v1/shops/${scene.shopId}`;
      code = `${scene.shopId}-KETTLE`.toUpperCase();
      await show(10);
    }, 60_000);

    const show = (quantity: number) =>
      scene.control('PUT', `/control/shops/${scene.shopId}/inventory`, {
        inventories: [
          {
            manageNumber: 'kettle',
            variantId: 'kettle',
            quantity,
            merchantDefinedSkuId: code,
            name: 'やかん',
          },
        ],
      });
    const offers = (pieces: number) =>
      eventually(
        () => scene.offered('kettle'),
        (offered) => offered === pieces,
        60,
      );
    const compare = async (): Promise<Comparison> => {
      const { reconciliationId } = await scene.api<Comparison>('POST', `${shop}/stock/reconciliations`);
      return eventually(
        () => scene.api<Comparison>('GET', `${shop}/stock/reconciliations/${reconciliationId}`),
        ({ state }) => state !== 'running',
      );
    };

    it('is linked by what a file and Rakuten’s list say, taken over, compared, and mended', async () => {
      const number = await scene.buy('kettle');
      await scene.reaches(number, 'held');
      const imported = await scene.upload('/v1/skus/import', `skuCode,name\n${code},やかん\n`);
      await recordWorkflowAt(stage, fileWorkflowId(imported.importId), 'file-import-0.1.0');

      await scene.api('POST', `${shop}/listings/read`);
      await eventually(
        () => scene.api<Listings>('GET', `${shop}/listings/read`),
        ({ state }) => state === 'done',
      );
      await recordWorkflowAt(stage, listingsWorkflowId(scene.shopId), 'read-listings-0.1.0');
      const sure = { shopId: scene.shopId, confidence: 'certain', dryRun: false };
      expect(await scene.api('POST', '/v1/sku-links/suggestions/apply', sure)).toMatchObject({
        links: [{ manageNumber: 'kettle', variantId: 'kettle', skuCode: code }],
      });
      await scene.reaches(number, 'instructed');

      await scene.api('POST', `${shop}/stock/adopt`);
      await eventually(
        () => scene.stock('kettle'),
        ({ onHand, reserved }) => onHand === 10 && reserved === 1,
      );
      expect(await scene.offered('kettle')).toBe(9);

      await show(3);
      const { reconciliationId, differing } = await compare();
      expect(differing).toBe(1);
      const path = `${shop}/stock/reconciliations/${reconciliationId}`;
      expect((await scene.api<Differences>('GET', `${path}/differences`)).items).toMatchObject([
        { manageNumber: 'kettle', theirs: 3, ours: 9 },
      ]);
      expect(await scene.api('POST', `${path}/fix`, { direction: 'publish' })).toMatchObject({ asked: 1 });
      await offers(9);
      expect(await compare()).toMatchObject({ state: 'done', differing: 0 });
      await recordWorkflowAt(stage, reconciliationWorkflowId(scene.shopId), 'reconcile-stock-0.1.0');
    }, 120_000);
  });
};
