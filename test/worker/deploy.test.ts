import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { NativeConnection } from '@temporalio/worker';
import type { OrderRef, Stage } from '../../src/domain/order';
import { putLinks } from '../../src/store/sku-links';
import { listMovements } from '../../src/store/stock';
import { readRouting, routingProblem } from '../../src/temporal/deployment';
import { orderWorkflowId } from '../../src/temporal/ids';
import { buildIdOf } from '../../src/worker/deploy';
import { startOutbox } from '../../src/worker/outbox';
import { runWorkers } from '../../src/worker/workers';
import { eventually } from '../support/eventually';
import { type House, openHouse, SHOP, silent, type Workshop } from '../support/house';
import { buildOnce } from '../support/instance';
import { createTestNamespace } from '../support/namespace';
import { deskOf } from '../support/orders';
import { buildWith, startWorkerProcess, type WorkerProcess } from '../support/worker-process';

/** Orders in each of four stages. */
const OF_EACH = 25;
const DIST = resolve('dist');

/** A step more in every turn of an order: behind `patched` it begins where an order stands, else at its beginning. */
const TURN = /if \(.+\.continueAsNewSuggested\)\s+await continueLong\(/;
const STEP = 'await (0, workflow_1.sleep)(1);';
const before = (step: string) => (bundle: string) => {
  const changed = bundle.replace(TURN, (turn) => `${step} ${turn}`);
  if (changed === bundle) throw new Error('The bundle has no such turn any more: nothing was changed');
  return changed;
};
const guarded = before(`if ((0, workflow_1.patched)('deploy')) ${STEP}`);
const unguarded = before(STEP);

describe('a deploy while a hundred orders are open', () => {
  let house: House;
  let workshop: Workshop;
  let stopUnversioned: () => Promise<void>;
  let desk: ReturnType<typeof deskOf>;
  let dir: string;
  let bundle: string;
  const running: WorkerProcess[] = [];
  const cleaning: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    await buildOnce();
    bundle = await readFile(join(DIST, 'workflow-bundle.js'), 'utf8');
    dir = await mkdtemp(join(tmpdir(), 'okuri-deploy-'));
    house = await openHouse({
      automaticOrderIntegration: true,
      automaticOrderConfirmation: true,
      automaticShippingInstructions: true,
      stockSync: 'shipment',
    });
    workshop = await createTestNamespace();
    const { client, address, namespace } = workshop;
    desk = deskOf(house, workshop);
    await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600, nightEverySeconds: 86_400 });
    // As an installation from before there were versions runs it.
    const connection = await NativeConnection.connect({ address });
    const workflows = { code: bundle, buildId: undefined };
    const workers = await runWorkers({
      context: house.context,
      log: silent,
      connection,
      namespace,
      workflows,
    });
    const outbox = startOutbox({ ...house.database, client, log: silent });
    let closed: Promise<void> | undefined;
    stopUnversioned = () => {
      closed ??= outbox
        .close()
        .then(() => workers.close())
        .then(() => connection.close());
      return closed;
    };
    cleaning.push(stopUnversioned);
  }, 120_000);
  afterAll(async () => {
    await Promise.all(running.map((worker) => worker.stop()));
    for (const clean of cleaning) await clean();
    await workshop?.close();
    await house?.close();
    await rm(dir, { recursive: true, force: true });
  }, 60_000);

  const environment = () => ({
    PATH: process.env.PATH,
    DATABASE_URL: house.databaseUrl,
    OKURI_MASTER_KEY: house.masterKey.toString('base64'),
    OKURI_DATA_DIR: dir,
    TEMPORAL_ADDRESS: workshop.address,
    TEMPORAL_NAMESPACE: workshop.namespace,
  });
  const start = async (build: string, ...options: string[]): Promise<WorkerProcess> => {
    const worker = await startWorkerProcess(join(build, 'cli.js'), environment(), options);
    running.push(worker);
    return worker;
  };
  const says = (worker: WorkerProcess, words: string) =>
    eventually(
      async () => worker.output(),
      (output) => output.includes(words),
    );
  const build = async (changed: (text: string) => string): Promise<string> => {
    const made = await buildWith(changed, bundle);
    cleaning.push(made.remove);
    return made.dist;
  };
  const checkDeploy = (dist: string): Promise<{ code: number; output: string }> =>
    new Promise((done) => {
      const options = { env: environment(), timeout: 60_000 };
      execFile(process.execPath, [join(dist, 'cli.js'), 'check-deploy'], options, (error, stdout, stderr) =>
        done({ code: Number(error?.code ?? 0), output: `${stdout}${stderr}` }),
      );
    });
  const place = () => ({ connection: workshop.client.connection, namespace: workshop.namespace });
  const current = async () => (await readRouting(place())).current;

  const buy = async (name: string): Promise<OrderRef[]> => {
    const { orderNumbers } = await house.control<{ orderNumbers: string[] }>(
      'POST',
      `/control/shops/${SHOP.shopId}/orders`,
      {
        count: OF_EACH,
        overrides: {
          ...{ settlementMethod: 1, destinations: 1, wishedDate: false },
          lines: [{ manageNumber: name, variantId: name, units: 1 }],
        },
      },
    );
    await desk.sync();
    return orderNumbers.map((orderNumber) => ({ shopId: SHOP.shopId, orderNumber }));
  };
  const all = async (refs: readonly OrderRef[], stage: Stage): Promise<void> => {
    for (const ref of refs) await desk.reaches(ref, stage);
  };
  /** Rakuten moves them on to 300, and we hear of it. */
  const fix = async (refs: readonly OrderRef[]): Promise<void> => {
    await house.control('PUT', '/control/settings', { fixDelaySeconds: 0 });
    await house.control('POST', '/control/tick');
    for (const ref of refs)
      await eventually(
        () => desk.atRakuten(ref),
        ({ order }) => order.orderProgress === 300,
      );
    await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600 });
    await desk.sync();
  };
  const ship = async (refs: readonly OrderRef[]): Promise<void> => {
    for (const [at, ref] of refs.entries()) await desk.ship(ref, `4000${ref.orderNumber.slice(-6)}${at}`);
  };

  /** Who completed the workflow tasks of an order, oldest first, and how many failed. */
  const tasksOf = async (ref: OrderRef) => {
    const { events } = await workshop.client.workflow.getHandle(orderWorkflowId(ref)).fetchHistory();
    return {
      builds: (events ?? []).flatMap(({ workflowTaskCompletedEventAttributes: task }) =>
        task ? [task.deploymentVersion?.buildId ?? ''] : [],
      ),
      failed: (events ?? []).filter((event) => event.workflowTaskFailedEventAttributes).length,
      open: (events ?? []).every(({ workflowExecutionCompletedEventAttributes: end }) => !end),
    };
  };

  it('carries each of them on with the new version, none twice; what would not replay is refused', async () => {
    await desk.sell('tea', 200);
    await desk.sell('cup', 200, false);
    const shipped = await buy('tea');
    const instructed = await buy('tea');
    await all([...shipped, ...instructed], 'awaiting_rakuten');
    await fix([...shipped, ...instructed]);
    await all([...shipped, ...instructed], 'instructed');
    const held = await buy('cup');

    // An installation from before there were versions is brought to one.
    const first = buildIdOf(bundle);
    const old = await start(DIST);
    expect([old.failed, await current()]).toEqual([undefined, first]);
    await stopUnversioned();
    const waiting = await buy('tea');
    await ship(shipped);
    await all(shipped, 'shipping_reported');
    await all(waiting, 'awaiting_rakuten');
    const orders = [...shipped, ...instructed, ...held, ...waiting];

    const wrong = await build(unguarded);
    const looked = await checkDeploy(wrong);
    expect(looked).toEqual({
      code: 1,
      output: expect.stringMatching(/10\d of 1\d\d open workflows.*would stand still with it: order\//),
    });
    const [refused, stays] = await Promise.all([start(wrong, '--make-current'), start(wrong)]);
    expect(refused.failed).toMatch(/not made current[\s\S]*Go back to version 0\.1\.0-/);
    expect(stays.failed).toBeUndefined();
    await says(stays, 'not made current');
    expect(await current()).toBe(first);
    await stays.stop();

    // In the midst of what they have to do, the new version comes and the old one goes.
    const right = await build(guarded);
    expect((await checkDeploy(right)).code).toBe(0);
    await putLinks(house.database.db, SHOP.shopId, [
      { manageNumber: 'cup', variantId: 'cup', skuCode: 'CUP' },
    ]);
    await ship(instructed);
    const second = buildIdOf(guarded(bundle));
    const fresh = await start(right);
    expect([fresh.failed, await current()]).toEqual([undefined, second]);
    expect(await old.stop()).toBe(0);
    await fix([...held, ...waiting]);
    await all([...held, ...waiting], 'instructed');

    // A worker of the old version that comes back changes nothing.
    const back = await start(DIST);
    expect([back.failed, await current()]).toEqual([undefined, second]);
    await says(back, 'was replaced by another one');
    await back.stop();
    expect(await routingProblem(place())).toBeUndefined();

    await ship([...held, ...waiting]);
    await all([...instructed, ...held, ...waiting], 'shipping_reported');
    await house.control('POST', '/control/night');
    await desk.sync();
    await all(orders, 'completed');
    for (const ref of orders) {
      const { order, books } = await desk.atRakuten(ref);
      const movements = await listMovements(house.database.db, { orderNumber: ref.orderNumber }, 0, 100);
      const { builds, failed, open } = await eventually(
        () => tasksOf(ref),
        (seen) => !seen.open,
      );
      expect({
        confirmed: books.confirmed,
        rows: order.PackageModelList.map((to) => to.ShippingModelList.length),
        movements: movements.map(({ kind }) => kind),
        ...{ failed, open, last: builds.at(-1) },
      }).toEqual({
        ...{ confirmed: 1, rows: [1], movements: ['reserve', 'consume'] },
        ...{ failed: 0, open: false, last: second },
      });
    }
    const begun = await Promise.all([shipped, instructed, held, waiting].map(([ref]) => ref && tasksOf(ref)));
    expect(begun.map((seen) => seen?.builds[0])).toEqual(['', '', '', first]);
  }, 480_000);
});
