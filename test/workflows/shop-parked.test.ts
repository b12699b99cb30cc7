import type { OrderRef } from '../../src/domain/order';
import { findCircuit } from '../../src/store/circuits';
import { findOrder } from '../../src/store/orders';
import { changeSettings } from '../../src/store/shops';
import { orderWorkflowId } from '../../src/temporal/ids';
import { probeParkedShops } from '../../src/worker/prober';
import { repeat } from '../../src/worker/repeat';
import { retryOrder } from '../../src/workflows/messages';
import { eventually } from '../support/eventually';
import { recordHistory } from '../support/histories';
import { type House, openHouse, SHOP, silent, startWorkshop, type Workshop } from '../support/house';
import { deskOf } from '../support/orders';

const ORDERS = 25;

describe('a shop whose key dies, or whose Rakuten is away, while its orders are under way', () => {
  let house: House;
  let workshop: Workshop;
  let desk: ReturnType<typeof deskOf>;

  beforeAll(async () => {
    house = await openHouse({ automaticOrderIntegration: true, syncIntervalSeconds: 86_400 });
    workshop = await startWorkshop(house);
    desk = deskOf(house, workshop);
    await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600 });
    await desk.sell('tea', 1000);
  });
  afterAll(async () => {
    await workshop?.close();
    await house?.close();
  });

  const circuit = () => findCircuit(house.database.db, SHOP.shopId);
  const parkedOf = (refs: readonly OrderRef[]) =>
    Promise.all(refs.map(async (ref) => (await findOrder(house.database.db, ref))?.parked));
  const callsOf = async (): Promise<number> =>
    (await house.control<{ calls: unknown[] }>('GET', '/control/journal?limit=100000')).calls.length;
  const confirming = (automaticOrderConfirmation: boolean) =>
    changeSettings(house.database.db, SHOP.shopId, { automaticOrderConfirmation });
  const failing = (kind: string) =>
    house.control('POST', '/control/faults', { operation: '*', kind, times: 100_000 });

  it.each([
    ['unauthorised', 'key_refused', 'key_refused'],
    ['http_503_html', 'rakuten_down', 'rakuten_unavailable'],
  ])(
    '%s: every order waits, nobody asks Rakuten but one probe at a time, and all go on when it is over',
    async (kind, cause, parked) => {
      await confirming(false);
      const refs = await Promise.all(Array.from({ length: ORDERS }, () => desk.buy('tea')));
      await desk.sync();
      for (const ref of refs) await desk.reaches(ref, 'awaiting_rakuten');
      await failing(kind);
      await confirming(true);
      await eventually(circuit, (open) => open?.cause === cause);
      await eventually(
        () => parkedOf(refs),
        (all) => all.every((own) => own === parked),
      );

      const before = await callsOf();
      expect(await desk.sync()).toMatchObject({ skipped: parked });
      for (const ref of refs)
        await workshop.client.workflow.getHandle(orderWorkflowId(ref)).executeUpdate(retryOrder);
      expect(await parkedOf(refs)).toEqual(refs.map(() => parked));
      expect((await callsOf()) - before).toBe(0);

      const probing = repeat(
        async () => {
          await house.database.pool.query('update circuits set probe_at = now()');
          await probeParkedShops({ db: house.database.db, gateway: house.context.gateway, log: silent });
        },
        200,
        (error) => {
          throw error;
        },
      );
      await eventually(callsOf, (calls) => calls > before + 2);
      expect(await circuit()).toMatchObject({ cause });
      await house.control('DELETE', '/control/faults');
      await eventually(circuit, (open) => open === undefined);
      for (const ref of refs)
        await eventually(
          () => findOrder(house.database.db, ref),
          (row) => row?.rakutenStatus === 200 && row.parked === null,
        );
      await probing.close();
      expect(await parkedOf(refs)).toEqual(refs.map(() => null));
      for (const ref of refs) expect((await desk.atRakuten(ref)).books.confirmed).toBe(1);
      const handle = workshop.client.workflow.getHandle(
        orderWorkflowId(refs[0] ?? { shopId: '', orderNumber: '' }),
      );
      await recordHistory(`order-0.1.0-shop-parked-${cause}`, handle);
    },
    120_000,
  );
});
