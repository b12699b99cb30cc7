import { eventually } from '../support/eventually';
import { recordWorkflowAt } from './record';
import type { Scene, Stage } from './scene';

/** Orders in flight when the key dies; the scene is told of a thousand, which OKURI_SCENE_ORDERS=1000 plays. */
const ORDERS = Number(process.env.OKURI_SCENE_ORDERS ?? 60);
const LATE = 5;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A thousand orders take their time until they are all in flight. */
const PATIENCE_S = 60 + ORDERS / 5;

interface Listed {
  readonly orderNumber: string;
  readonly stage: string;
  readonly parked: string | null;
  readonly rakutenStatus: number;
}

/** Scene 1: the key expires while many orders are in flight. */
export const keyRenewal = (stage: Stage): void => {
  describe('a key that expires while orders are in flight', () => {
    let scene: Scene;
    let urgent: string[];
    let others: string[];
    const shop = () => `/v1/shops/${scene.shopId}`;
    const set = (settings: object) => scene.api('PATCH', shop(), { settings });

    const buy = async (count: number, daysAgo: number): Promise<string[]> => {
      const overrides = {
        ...{ settlementMethod: 1, destinations: 1, wishedDate: false },
        lines: [{ manageNumber: 'tea', variantId: 'tea', units: 1 }],
        orderDatetime: new Date(Date.now() - daysAgo * DAY_MS).toISOString(),
      };
      const path = `/control/shops/${scene.shopId}/orders`;
      return (await scene.control<{ orderNumbers: string[] }>('POST', path, { count, overrides }))
        .orderNumbers;
    };
    /** All orders of the shop, as the API lists them. */
    const listed = async (): Promise<Listed[]> => {
      const all: Listed[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const next: string = cursor === '' ? '' : `&cursor=${cursor}`;
        const page: { items: Listed[]; nextCursor: string | null } = await scene.api(
          'GET',
          `/v1/orders?shopId=${scene.shopId}&limit=200${next}`,
        );
        all.push(...page.items);
        cursor = page.nextCursor;
      }
      return all;
    };
    const all = (count: number, looks: (order: Listed) => boolean): Promise<Listed[]> =>
      eventually(listed, (orders) => orders.length === count && orders.every(looks), PATIENCE_S);
    /** Order numbers in the order in which Rakuten was asked to confirm them and did. */
    const confirmed = async (): Promise<string[]> => {
      const path = `/control/calls?shop=${scene.shopId}&operation=confirmOrder&orders=true`;
      const { calls } = await scene.control<{ calls: { httpStatus: number; orderNumbers: string[] }[] }>(
        'GET',
        path,
      );
      return calls.filter(({ httpStatus }) => httpStatus === 200).flatMap(({ orderNumbers }) => orderNumbers);
    };

    beforeAll(async () => {
      scene = await stage.open({ automaticOrderIntegration: false, automaticOrderConfirmation: false });
      const quantity = 5_000;
      const skuCode = `${scene.shopId}-TEA`.toUpperCase();
      const pair = { manageNumber: 'tea', variantId: 'tea' };
      const inventories = [{ ...pair, quantity }];
      await scene.control('PUT', `/control/shops/${scene.shopId}/inventory`, { inventories });
      await scene.api('PUT', '/v1/skus', { skus: [{ skuCode, name: 'tea' }] });
      await scene.api('POST', '/v1/stock/movements', {
        skuCode,
        kind: 'receive',
        quantity,
        reason: 'opening',
      });
      await scene.api('PUT', '/v1/sku-links', { shopId: scene.shopId, links: [{ ...pair, skuCode }] });
      others = await buy(ORDERS / 2, 0);
      urgent = await buy(ORDERS / 2, 3);
      await set({ automaticOrderIntegration: true, automaticShippingInstructions: false });
      await all(ORDERS, ({ rakutenStatus, stage: at }) => rakutenStatus === 100 && at === 'awaiting_rakuten');
    }, 600_000);

    it(`loses and fails none of ${ORDERS}; all go on within a minute after a new key was pasted, the most urgent first`, async () => {
      await scene.control('POST', `/control/shops/${scene.shopId}/keys/expire`);
      await set({ automaticOrderConfirmation: true });
      await all(ORDERS, ({ parked }) => parked === 'key_refused');
      expect(await scene.api('GET', shop())).toMatchObject({ parked: { cause: 'key_refused' } });
      const late = await buy(LATE, 0);

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
      const told = async () => new Set(await confirmed());
      await eventually(
        told,
        (numbers) => [...urgent, ...others].every((number) => numbers.has(number)),
        PATIENCE_S,
      );
      const wentOn = Date.now();
      if (process.env.OKURI_SCENE_ORDERS !== undefined)
        process.stdout.write(
          `${ORDERS} orders: key live after ${live - pasted} ms, all went on after ${wentOn - pasted} ms\n`,
        );

      const sequence = await confirmed();
      expect(new Set(sequence).size).toBe(sequence.length);
      const meanRank = (numbers: readonly string[]) =>
        numbers.reduce((sum, number) => sum + sequence.indexOf(number), 0) / numbers.length;
      expect(meanRank(urgent)).toBeLessThan(meanRank(others));

      const ended = await all(
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
