import { orderAfterWorkflowId } from '../../src/temporal/ids';
import { eventually } from '../support/eventually';
import { recordHistoryAt } from './record';
import type { Scene, Stage } from './scene';

/** Scene 4: a cancellation arrives in each stage, at Rakuten or asked for here. */
export const cancellations = (stage: Stage): void => {
  describe('a cancellation', () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await stage.open({ stockSync: 'shipment' });
      await scene.sell('cup');
    }, 60_000);

    const atRakuten = async (number: string) => {
      await scene.control('POST', `/control/orders/${number}/cancel`, {});
      await scene.sync();
    };
    const here = (number: string) => scene.post(number, 'cancel', { reason: 1, restoreInventory: true });
    const asItWas = async () => {
      expect(await scene.stock('cup')).toEqual({ onHand: 10, reserved: 0 });
      await eventually(
        () => scene.offered('cup'),
        (pieces) => pieces === 10,
      );
    };
    const hold = (blocks: string) => ({ code: 'wait', text: 'waits', blocks });
    const ship = (number: string, trackingNumber: string) =>
      scene.post(number, 'shipments', {
        packages: [{ carrier: '1001', trackingNumber, shippedOn: '2026-11-20' }],
      });

    /** Stages in which nothing has left, and how an order gets there. */
    const STAGES: readonly (readonly [string, () => Promise<string>])[] = [
      [
        'held before it is confirmed',
        async () => {
          const number = await scene.buy('cup', { amountsUnfixed: true });
          await scene.reaches(number, 'held');
          return number;
        },
      ],
      [
        'waiting for Rakuten',
        async () => {
          const number = await scene.buy('cup', { settlementMethod: 9 });
          await scene.reaches(number, 'awaiting_rakuten');
          return number;
        },
      ],
      [
        'held before it ships',
        async () => {
          const number = await scene.buy('cup', { settlementMethod: 9 });
          await scene.reaches(number, 'awaiting_rakuten');
          await scene.post(number, 'holds', hold('ship'));
          await scene.control('POST', `/control/orders/${number}/pay`, {});
          await scene.reaches(number, 'held');
          return number;
        },
      ],
      [
        'with the warehouse',
        async () => {
          const number = await scene.buy('cup');
          await scene.reaches(number, 'instructed');
          return number;
        },
      ],
    ];

    it.each(STAGES)(
      'at Rakuten, of an order %s: ends it, with everything back where it was',
      async (name, reach) => {
        const number = await reach();
        expect((await scene.stock('cup')).reserved).toBe(1);
        await atRakuten(number);
        await scene.reaches(number, 'cancelled');
        await asItWas();
        expect(await scene.atWarehouse(number)).toEqual(name === 'with the warehouse' ? ['recalled'] : []);
        if (name === 'with the warehouse') await recordHistoryAt(stage, scene, number, 'scene-04-cancelled');
      },
      90_000,
    );

    it.each(STAGES)(
      'asked for here, of an order %s: cancelled at Rakuten once, with everything back',
      async (name, reach) => {
        const number = await reach();
        const cancelled = await here(number);
        expect(cancelled).toMatchObject({ stage: 'cancelled', cancellation: { state: 'done' } });
        expect((await scene.atRakuten(number)).order.orderProgress).toBe(900);
        await asItWas();
        expect(await scene.atWarehouse(number)).toEqual(name === 'with the warehouse' ? ['recalled'] : []);
        await expect(here(number)).rejects.toThrow(/409.*order_cancelled/);
        if (name === 'with the warehouse')
          await recordHistoryAt(stage, scene, number, 'scene-04-cancelled-here');
      },
      90_000,
    );

    it('of an order whose parcel has left is refused here, and one at Rakuten asks a person until they answer', async () => {
      const number = await scene.buy('cup');
      await scene.reaches(number, 'instructed');
      await ship(number, '400000000041');
      await scene.reaches(number, 'shipping_reported');
      await expect(here(number)).rejects.toThrow(/409.*parcel_has_left.*400000000041/);
      await atRakuten(number);
      const asked = await scene.reaches(number, 'held');
      expect(asked.holds).toMatchObject([{ code: 'parcel_left', releasableBy: 'operator' }]);
      expect(asked.deadlines).toMatchObject([{ code: 'answer_by' }]);
      expect(await scene.stock('cup')).toEqual({ onHand: 9, reserved: 0 });
      expect((await scene.release(number, 'parcel_left')).stage).toBe('cancelled');
      await scene.api('POST', '/v1/stock/movements', {
        skuCode: `${scene.shopId}-CUP`.toUpperCase(),
        kind: 'return',
        quantity: 1,
        reason: 'came back',
      });
      await asItWas();
      await recordHistoryAt(stage, scene, number, 'scene-04-too-late');
    }, 90_000);

    it('after completion is made by its own call, and what comes back is in stock again', async () => {
      const number = await scene.buy('cup');
      await scene.reaches(number, 'instructed');
      await ship(number, '400000000042');
      await scene.reaches(number, 'shipping_reported');
      await scene.control('POST', '/control/night', {});
      await scene.reaches(number, 'completed');
      expect(await scene.stock('cup')).toEqual({ onHand: 9, reserved: 0 });
      const cancelled = await scene.post(number, 'cancel', { reason: 2, restoreInventory: true });
      expect(cancelled).toMatchObject({ stage: 'cancelled', cancellation: { state: 'done' } });
      expect(await scene.codes(number)).toContain('order.returned');
      expect((await scene.atRakuten(number)).order.orderProgress).toBe(900);
      await asItWas();
      await recordHistoryAt(stage, scene, number, 'scene-04-after-completion', orderAfterWorkflowId);
    }, 90_000);

    it('that Rakuten refuses is held with its code, can be taken back, and the order goes on', async () => {
      const number = await scene.buy('cup');
      await scene.reaches(number, 'instructed');
      await scene.control('POST', '/control/faults', {
        operation: 'cancelOrder',
        kind: 'refused',
        times: 1,
        orderNumber: number,
      });
      await expect(here(number)).rejects.toThrow(/409.*cancel_refused/);
      expect((await scene.order(number)).holds).toMatchObject([{ code: 'cancel_refused' }]);
      const back = await scene.api('DELETE', `/v1/orders/${scene.shopId}/${number}/cancel`);
      expect(back).toMatchObject({ cancellation: { state: 'withdrawn' } });
      await scene.reaches(number, 'instructed');
      expect(await scene.atWarehouse(number)).toEqual(['recalled', 'accepted']);
      await here(number);
      await asItWas();
    }, 90_000);
  });
};
