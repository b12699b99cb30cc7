import { MockActivityEnvironment } from '@temporalio/testing';
import { importActivities } from '../../src/activities/import-range';
import { RmsError } from '../../src/rms/errors';
import { beginImport, findImport, type NewImport } from '../../src/store/imports';
import { findOrder } from '../../src/store/orders';
import { WORKFLOW } from '../../src/temporal/ids';
import { importStartOptions } from '../../src/temporal/start';
import { reconcile } from '../../src/worker/reconcile';
import { eventually } from '../support/eventually';
import { type House, openHouse, SHOP, silent, startWorkshop, type Workshop } from '../support/house';
import { deskOf } from '../support/orders';

const DAY = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAY);

let house: House;
let workshop: Workshop;
let desk: ReturnType<typeof deskOf>;

beforeEach(async () => {
  house = await openHouse();
  workshop = await startWorkshop(house);
  desk = deskOf(house, workshop);
  await desk.sell('tea', 1000);
  await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600 });
});
afterEach(async () => {
  await workshop?.close();
  await house?.close();
});

const begin = async (change: Partial<NewImport> = {}): Promise<string> => {
  const outcome = await beginImport(house.database.db, {
    shopId: SHOP.shopId,
    rangeFrom: ago(10),
    rangeTo: new Date(),
    by: 'ordered',
    statuses: [100, 300, 500],
    dryRun: false,
    requestedBy: 'test',
    ...change,
  });
  if ('running' in outcome) throw new Error('Another import runs');
  return outcome.begun.importId;
};
const run = async (change: Partial<NewImport> = {}) => {
  const importId = await begin(change);
  await workshop.client.workflow.execute(
    WORKFLOW.import,
    importStartOptions({ shopId: SHOP.shopId, importId }),
  );
  return findImport(house.database.db, importId);
};
const searches = async (): Promise<number> =>
  (await house.control<{ calls: unknown[] }>('GET', '/control/calls?operation=searchOrder')).calls.length;

/** An order with dates of its own: a copy of one that a buyer placed. */
const moved = async (orderNumber: string, dates: object): Promise<void> => {
  const ref = await desk.buy('tea', 1, { progress: 300 });
  const { order } = await desk.atRakuten(ref);
  await house.control('POST', `/control/shops/${SHOP.shopId}/orders/import`, {
    order: { ...order, orderNumber, ...dates },
  });
};
const wire = (at: Date) => new Date(at.getTime() + 9 * 3_600_000).toISOString().replace(/\.\d+Z$/, '+0900');

it('takes in what is new at any status, one that is closed already too, and reads again what is known and open', async () => {
  const known = await desk.buy('tea');
  await desk.sync();
  await desk.reaches(known, 'awaiting_rakuten');
  await house.control('POST', `/control/orders/${known.orderNumber}/remarks`, { remarks: 'changed' });
  const waiting = await desk.buy('tea', 1, { progress: 300 });
  const closed = await desk.buy('tea', 1, { progress: 300 });
  await house.control('POST', `/control/orders/${closed.orderNumber}/ship-by-hand`, {
    shippingDate: '2026-01-10',
  });
  await house.control('POST', '/control/night', {});

  const done = await run();
  expect(done).toMatchObject({
    state: 'done',
    failure: null,
    progress: { found: { 100: 1, 300: 1, 500: 1 }, known: 1, new: 2 },
  });
  await desk.reaches(closed, 'completed');
  expect(await desk.codes(closed)).toEqual(
    expect.arrayContaining(['order.imported', 'order.imported_late', 'shipment.adopted']),
  );
  expect(await findOrder(house.database.db, waiting)).toMatchObject({ rakutenStatus: 300 });
  expect(await desk.codes(known)).toContain('order.changed_at_rakuten');

  const again = await run();
  expect(again).toMatchObject({ progress: { known: 3, new: 0 } });
});

it('counts in a dry run, and takes nothing in', async () => {
  const ref = await desk.buy('tea');
  expect(await run({ dryRun: true })).toMatchObject({
    state: 'done',
    progress: { found: { 100: 1, 300: 0, 500: 0 }, known: 0, new: 1 },
  });
  expect(await findOrder(house.database.db, ref)).toBeUndefined();
  const { rows } = await house.database.pool.query('select 1 from outbox where order_number = $1', [
    ref.orderNumber,
  ]);
  expect(rows).toEqual([]);
});

it('finds by update what was placed before the range and moved within it, and counts an order with several dates once', async () => {
  const old = wire(ago(100));
  await moved('123456-20260801-0000000001', {
    orderDatetime: old,
    shopOrderCfmDatetime: old,
    orderFixDatetime: wire(ago(2)),
  });
  await moved('123456-20260801-0000000002', {
    orderDatetime: old,
    shopOrderCfmDatetime: old,
    orderFixDatetime: wire(ago(50)),
  });
  const request: Partial<NewImport> = { rangeFrom: ago(10), statuses: [300], dryRun: true };
  expect(await run({ ...request })).toMatchObject({ progress: { found: { 300: 2 } } });
  expect(await run({ ...request, by: 'updated' })).toMatchObject({ progress: { found: { 300: 3 }, new: 3 } });
});

it('goes on where a killed worker stopped, and counts as if it had not been interrupted', async () => {
  for (const days of [1, 80, 150])
    await desk.buy('tea', 1, { progress: 300, orderDatetime: ago(days).toISOString() });
  const importId = await begin({ rangeFrom: ago(180), statuses: [300] });
  const gateway = house.context.gateway(SHOP.shopId);
  let left = 2;
  const dying = {
    ...house.context,
    gateway: () => ({
      ...gateway,
      searchOrder: ((search, options) => {
        left -= 1;
        if (left < 0) throw new RmsError({ kind: 'unavailable', operation: 'searchOrder' });
        return gateway.searchOrder(search, options);
      }) satisfies typeof gateway.searchOrder,
    }),
  };
  const input = { shopId: SHOP.shopId, importId };
  const activity = (context: typeof dying) =>
    new MockActivityEnvironment().run(() => importActivities(context).importRange(input));
  await expect(activity(dying)).rejects.toThrow();
  const half = await findImport(house.database.db, importId);
  expect(half).toMatchObject({ state: 'running', progress: { found: { 300: 2 }, new: 2 } });

  const before = await searches();
  expect(await activity({ ...house.context, gateway: () => gateway })).toEqual({ state: 'done' });
  expect((await searches()) - before).toBe(1);
  expect(await findImport(house.database.db, importId)).toMatchObject({
    state: 'done',
    progress: { found: { 300: 3 }, known: 0, new: 3 },
  });
});

it('waits and says why while Rakuten refuses, and ends when it is cancelled', async () => {
  await house.control('POST', '/control/faults', {
    operation: 'searchOrder',
    kind: 'unauthorised',
    times: 100,
  });
  const importId = await begin();
  const options = importStartOptions({ shopId: SHOP.shopId, importId });
  const handle = await workshop.client.workflow.start(WORKFLOW.import, options);
  await eventually(
    () => findImport(house.database.db, importId),
    (row) => row?.failure === 'function_not_ticked',
  );
  expect(await findImport(house.database.db, importId)).toMatchObject({ state: 'running' });
  await handle.cancel();
  expect(await handle.result()).toEqual({ state: 'cancelled' });
  expect(await findImport(house.database.db, importId)).toMatchObject({ state: 'cancelled' });
});

it('is started again by the reconciliation when Temporal lost it, once', async () => {
  await desk.buy('tea');
  const importId = await begin();
  const wiring = { ...house.database, client: workshop.client, log: silent };
  await Promise.all([reconcile(wiring), reconcile(wiring)]);
  const done = await eventually(
    () => findImport(house.database.db, importId),
    (row) => row?.state === 'done',
  );
  expect(done?.progress.new).toBe(1);
});
