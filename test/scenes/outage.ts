import { setTimeout as sleep } from 'node:timers/promises';
import { manyOrders } from './many-orders';
import { countWorkflows } from './record';
import type { Scene, Stage } from './scene';

/** Orders that wait when Rakuten is back; the scene is told of 5,000, which OKURI_SCENE_ORDERS=5000 plays. */
const ORDERS = Number(process.env.OKURI_SCENE_ORDERS ?? 40);
/** How long Rakuten is down; the scene is told of four hours, which OKURI_SCENE_OUTAGE_SECONDS=14400 plays. */
const OUTAGE_S = Number(process.env.OKURI_SCENE_OUTAGE_SECONDS ?? 12);
const LATE = 5;
/** Probes come 5, 10 and then every 20 seconds after one another. */
const CLOSEST_PROBES_MS = 4_000;

interface Call {
  readonly atMs: number;
  readonly function: string;
  readonly durationMs: number;
  readonly fault: string | null;
}

/** Scene 2: Rakuten answers 503, and orders wait until it is back. */
export const outage = (stage: Stage): void => {
  describe('an outage of Rakuten while orders are to be confirmed', () => {
    let scene: Scene;
    let orders: ReturnType<typeof manyOrders>;
    let urgent: string[];
    let others: string[];
    const shop = () => `/v1/shops/${scene.shopId}`;
    const set = (settings: object) => scene.api('PATCH', shop(), { settings });
    const callsSince = async (since: number): Promise<Call[]> =>
      (
        await scene.control<{ calls: Call[] }>(
          'GET',
          `/control/calls?shop=${scene.shopId}&since=${new Date(since).toISOString()}`,
        )
      ).calls;

    beforeAll(async () => {
      scene = await stage.open({
        ...{ automaticOrderIntegration: false, automaticOrderConfirmation: false },
        // Rakuten's own limit: where calls go out at once nothing gathers that could be put in order.
        requestsPerSecond: { order: 1 },
      });
      orders = manyOrders(scene, ORDERS);
      ({ urgent, others } = await orders.waitForConfirmation());
    }, 3_600_000);

    it(`parks ${ORDERS} and asks with one probe at a time; then all go on, the most urgent first, none twice and none forgotten`, async () => {
      await scene.control('POST', '/control/faults', {
        ...{ operation: '*', kind: 'maintenance', shopCode: scene.shopId },
      });
      await set({ automaticOrderConfirmation: true });
      await orders.all(ORDERS, ({ parked }) => parked === 'rakuten_unavailable');
      expect(await scene.api('GET', shop())).toMatchObject({ parked: { cause: 'rakuten_down' } });
      const parked = Date.now();
      const late = await orders.buy(LATE, 0);
      await sleep(OUTAGE_S * 1_000);

      const probes = (await callsSince(parked)).filter(({ fault }) => fault === 'maintenance');
      const close = probes.slice(1).flatMap((probe, at) => {
        const [before] = probes.slice(at);
        const gap = probe.atMs - (before?.atMs ?? 0);
        return gap < CLOSEST_PROBES_MS ? [`${before?.function}, and after ${gap} ms ${probe.function}`] : [];
      });
      expect(close).toEqual([]);
      await scene.control('DELETE', '/control/faults?kind=maintenance');
      const back = Date.now();
      await orders.areConfirmed([...urgent, ...others]);
      const drained = Date.now();

      await orders.expectUrgentFirst(urgent, others);
      const ended = await orders.all(
        ORDERS + LATE,
        ({ parked: cause, rakutenStatus }) => cause === null && rakutenStatus > 100,
      );
      expect(ended.map(({ orderNumber }) => orderNumber).sort()).toEqual(
        [...urgent, ...others, ...late].sort(),
      );
      for (const { orderNumber } of ended)
        expect((await scene.atRakuten(orderNumber)).books.confirmed).toBe(1);
      expect(
        await countWorkflows(stage, `ExecutionStatus = "Failed" AND OkuriShopId = "${scene.shopId}"`),
      ).toBe(0);
      if (process.env.OKURI_SCENE_ORDERS !== undefined) tell(back, drained, await callsSince(back));
    }, 18_000_000);

    /** The time beside the floor of the rate limit; that of the engine is measured by `npm run bench -- engine`. */
    const tell = (back: number, drained: number, calls: readonly Call[]): void => {
      const seconds = (drained - back) / 1_000;
      const first = calls.find(({ function: name, fault }) => name === 'confirmOrder' && fault === null);
      const begun = ((first?.atMs ?? drained) - back) / 1_000;
      const until = calls.filter(({ atMs }) => atMs <= drained).length;
      process.stdout.write(
        `${ORDERS} orders: begun ${begun} s after Rakuten was back, all confirmed after ${seconds} s ` +
          `(${(ORDERS / (seconds - begun)).toFixed(1)} a second), ${until} calls by then; ` +
          `full batches of read, confirm and search, one call a second: ${Math.ceil(ORDERS / 100) * 2 + Math.ceil(ORDERS / 1_000)} s\n`,
      );
    };
  });
};
