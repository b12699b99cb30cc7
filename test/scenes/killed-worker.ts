import { eventually } from '../support/eventually';
import { type Scene, type Stage, workersOf } from './scene';

/** Sent while five or more wait, parcels leave in one asynchronous report. */
const TOGETHER = 8;
const RECEIVED = 5;
/** For so long Rakuten asks to be left alone, in seconds: what is to leave meanwhile leaves together. */
const PAUSE_S = 15;

interface Call {
  readonly outcome: string;
  readonly httpStatus: number;
}

const isLost = ({ outcome, httpStatus }: Call): boolean => outcome === 'lost' && httpStatus < 300;

/** Scene 5: a worker dies between what Rakuten did and our hearing of it. */
export const killedWorker = (stage: Stage): void => {
  describe('a worker that is killed after Rakuten did what it was asked, and before it heard so', () => {
    /** A shop whose next call of a function is done and never answered. */
    interface Victim {
      readonly scene: Scene;
      readonly operation: string;
      readonly orders: readonly string[];
    }
    // At one call a second the orders of a shop wait together.
    const open = () => stage.open({ requestsPerSecond: { order: 1 }, stockSync: 'shipment' });
    const arm = async (scene: Scene, operation: string, orders: readonly string[]): Promise<Victim> => {
      await scene.control('POST', '/control/faults', {
        ...{ operation, kind: 'lost_answer_after_commit', shopCode: scene.shopId, holdMs: 600_000 },
      });
      return { scene, operation, orders };
    };
    const buy = async (scene: Scene, count: number): Promise<string[]> => {
      const orders: string[] = [];
      for (let bought = 0; bought < count; bought += 1) orders.push(await scene.buy('tea'));
      return orders;
    };
    const ship = (scene: Scene, orders: readonly string[]) =>
      Promise.all(
        orders.map((number, at) =>
          scene.post(number, 'shipments', {
            packages: [{ carrier: '1001', trackingNumber: `40000000005${at}`, shippedOn: '2026-11-20' }],
          }),
        ),
      );

    const callsOf = async ({ scene, operation }: Victim): Promise<Call[]> =>
      (
        await scene.control<{ calls: Call[] }>(
          'GET',
          `/control/calls?shop=${scene.shopId}&operation=${operation}`,
        )
      ).calls;
    const pause = async (scene: Scene): Promise<void> => {
      const operation = 'searchOrder';
      await scene.control('POST', '/control/faults', {
        ...{ operation, kind: 'retry_after', shopCode: scene.shopId, retryAfterSeconds: PAUSE_S },
      });
      await scene.sync();
      await eventually(
        () => callsOf({ scene, operation, orders: [] }),
        (calls) => calls.some(({ httpStatus }) => httpStatus === 503),
      );
    };

    const confirming = async (): Promise<Victim> => {
      const scene = await open();
      await scene.sell('tea');
      const victim = await arm(scene, 'confirmOrder', []);
      return { ...victim, orders: await buy(scene, 1) };
    };
    const reporting = async (operation: string, count: number): Promise<Victim> => {
      const scene = await open();
      await scene.sell('tea');
      const orders = await buy(scene, count);
      for (const number of orders) await scene.reaches(number, 'instructed');
      const victim = await arm(scene, operation, orders);
      if (count > 1) await pause(scene);
      await ship(scene, orders);
      return victim;
    };
    const publishing = async (): Promise<Victim> => {
      const scene = await open();
      await scene.sell('tea');
      await eventually(
        () =>
          scene.api<{ items: { state: string }[] }>('GET', `/v1/shops/${scene.shopId}/stock/publications`),
        ({ items }) => items.length === 1,
      );
      const victim = await arm(scene, 'inventories.bulk.upsert', []);
      const skuCode = `${scene.shopId}-TEA`.toUpperCase();
      const receive = { skuCode, kind: 'receive', quantity: RECEIVED, reason: 'delivery' };
      await scene.api('POST', '/v1/stock/movements', receive);
      return victim;
    };

    it('finds what was done: one confirmation, one row per parcel, one decrement, one change of stock', async () => {
      const victims = await Promise.all([
        confirming(),
        reporting('updateOrderShipping', 1),
        reporting('updateOrderShippingAsync', TOGETHER),
        publishing(),
      ]);
      await eventually(
        () => Promise.all(victims.map(async (victim) => [victim.operation, await callsOf(victim)] as const)),
        (seen) => seen.every(([, calls]) => calls.some(isLost)),
        60,
      );
      for (const worker of await workersOf(stage)) process.kill(worker, 'SIGKILL');

      const [confirmed, reported, together, published] = victims;
      for (const { scene, orders } of [reported, together])
        for (const number of orders) {
          await scene.reaches(number, 'shipping_reported');
          const { order, books } = await scene.atRakuten(number);
          expect(order.PackageModelList.map((to) => to.ShippingModelList.length)).toEqual([1]);
          expect(books).toMatchObject({ confirmed: 1, shippingRowsInserted: 1 });
        }
      expect(await reported.scene.stock('tea')).toEqual({ onHand: 9, reserved: 0 });
      expect(await together.scene.stock('tea')).toEqual({ onHand: 10 - TOGETHER, reserved: 0 });
      expect(await together.scene.offered('tea')).toBe(10 - TOGETHER);
      for (const number of confirmed.orders) {
        await confirmed.scene.reaches(number, 'instructed');
        expect((await confirmed.scene.atRakuten(number)).books.confirmed).toBe(1);
      }
      await eventually(
        () =>
          published.scene.api<{ items: { state: string }[] }>(
            'GET',
            `/v1/shops/${published.scene.shopId}/stock/publications`,
          ),
        ({ items }) => items.every(({ state }) => state === 'settled'),
      );
      expect(await published.scene.offered('tea')).toBe(10 + RECEIVED);
      for (const victim of victims) {
        const done = (await callsOf(victim)).filter(({ httpStatus }) => httpStatus < 300);
        expect([victim.operation, done.length]).toEqual([victim.operation, 1]);
      }
    }, 180_000);
  });
};
