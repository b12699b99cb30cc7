import { eventually } from '../support/eventually';
import { manyOrders } from './many-orders';
import { recordWorkflowAt } from './record';
import type { Scene, Stage } from './scene';

/** Orders in flight when the key dies; the scene is told of a thousand, which OKURI_SCENE_ORDERS=1000 plays. */
const ORDERS = Number(process.env.OKURI_SCENE_ORDERS ?? 60);
const LATE = 5;
const MINUTE_MS = 60_000;

/** Scene 1: the key expires while many orders are in flight. */
export const keyRenewal = (stage: Stage): void => {
  describe('a key that expires while orders are in flight', () => {
    let scene: Scene;
    let orders: ReturnType<typeof manyOrders>;
    let urgent: string[];
    let others: string[];
    const shop = () => `/v1/shops/${scene.shopId}`;
    const set = (settings: object) => scene.api('PATCH', shop(), { settings });

    beforeAll(async () => {
      scene = await stage.open({
        ...{ automaticOrderIntegration: false, automaticOrderConfirmation: false },
        // Rakuten's own limit: where calls go out at once nothing gathers that could be put in order.
        requestsPerSecond: { order: 1 },
      });
      orders = manyOrders(scene, ORDERS);
      ({ urgent, others } = await orders.waitForConfirmation());
    }, 600_000);

    it(`loses and fails none of ${ORDERS}; all go on within a minute after a new key was pasted, the most urgent first`, async () => {
      await scene.control('POST', `/control/shops/${scene.shopId}/keys/expire`);
      await set({ automaticOrderConfirmation: true });
      await orders.all(ORDERS, ({ parked }) => parked === 'key_refused');
      expect(await scene.api('GET', shop())).toMatchObject({ parked: { cause: 'key_refused' } });
      const late = await orders.buy(LATE, 0);

      // Keys and order numbers begin with the same six digits.
      const licenseKey = `SL${others[0]?.slice(0, 6)}_brandnewlicence1`;
      const path = `${shop()}/credentials/renewals`;
      await scene.control('POST', `/control/shops/${scene.shopId}/keys`, {
        licenseKey,
        activeAfterSeconds: 3,
      });
      const pasted = Date.now();
      const { renewalId } = await scene.api<{ renewalId: string }>('POST', path, { licenseKey });
      await eventually(
        () => scene.api<{ state: string }>('GET', `${path}/${renewalId}`),
        ({ state }) => state === 'live',
      );
      const live = Date.now();
      await orders.areConfirmed([...urgent, ...others]);
      const wentOn = Date.now();
      if (process.env.OKURI_SCENE_ORDERS !== undefined)
        process.stdout.write(
          `${ORDERS} orders: key live after ${live - pasted} ms, all went on after ${wentOn - pasted} ms\n`,
        );

      await orders.expectUrgentFirst(urgent, others);
      const ended = await orders.all(
        ORDERS + LATE,
        ({ parked, rakutenStatus }) => parked === null && rakutenStatus > 100,
      );
      expect(ended.map(({ orderNumber }) => orderNumber).sort()).toEqual(
        [...urgent, ...others, ...late].sort(),
      );
      for (const { orderNumber } of ended)
        expect((await scene.atRakuten(orderNumber)).books.confirmed).toBe(1);
      expect(await scene.api('GET', `${shop()}/credentials`)).toMatchObject({
        items: [
          { licenseKeyLast4: 'nce1', state: 'live', inUse: true, expiresAt: expect.any(String) },
          { state: 'refused', inUse: false },
        ],
      });
      expect(wentOn - pasted).toBeLessThan(MINUTE_MS);
      await recordWorkflowAt(stage, `credential/${scene.shopId}`, 'credential-0.1.0-scene-01-key-renewal');
    }, 600_000);
  });
};
