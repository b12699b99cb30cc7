import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { sql } from 'drizzle-orm';
import { seedStock } from '../../bench/support/stock-seed';
import type { ActivityContext } from '../../src/activities/context';
import { reconciliationActivities } from '../../src/activities/reconcile-stock';
import { syncActivities } from '../../src/activities/sync';
import { RmsError } from '../../src/rms/errors';
import type { RmsGateway } from '../../src/rms/gateway';
import { moveCursor } from '../../src/store/cursors';
import { listDifferences } from '../../src/store/differences';
import { findImbalances } from '../../src/store/ledger';
import { findOrder } from '../../src/store/orders';
import { listPublications, requestPublication } from '../../src/store/publications';
import {
  beginReconciliation,
  endReconciliation,
  findReconciliation,
  type Reconciliation,
} from '../../src/store/reconciliations';
import { changeSettings } from '../../src/store/shops';
import { putLinks } from '../../src/store/sku-links';
import { putSkus } from '../../src/store/skus';
import { balancesOf, enterMovement, setSafetyStock } from '../../src/store/stock';
import { fixDifferences, requestOpeningBalances } from '../../src/store/stock-fixes';
import { eventually } from '../support/eventually';
import { type House, openHouse, SHOP, startWorkshop, type Workshop } from '../support/house';
import { deskOf } from '../support/orders';

const { shopId } = SHOP;
let house: House;
let workshop: Workshop;
let desk: ReturnType<typeof deskOf>;

beforeEach(async () => {
  house = await openHouse({
    automaticOrderIntegration: true,
    stockSync: 'reservation',
    stockCoalesceSeconds: 0,
    syncIntervalSeconds: 86_400,
  });
  workshop = await startWorkshop(house);
  desk = deskOf(house, workshop);
  await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600 });
});
afterEach(async () => {
  await workshop?.close();
  await house?.close();
});

const begin = async (): Promise<Reconciliation> => {
  const outcome = await beginReconciliation(house.database.db, { shopId, requestedBy: 'test' });
  if ('running' in outcome) throw new Error('Another reconciliation runs');
  return outcome.begun;
};
/** Rakuten's stock through `change`, as another worker's process sees it. */
const through = (change: (gateway: RmsGateway) => Partial<RmsGateway>): ActivityContext => ({
  ...house.context,
  gateway: (id) => {
    const gateway = house.context.gateway(id);
    return { ...gateway, ...change(gateway) };
  },
});
const carryOut = ({ reconciliationId }: Reconciliation, context: ActivityContext = house.context) =>
  new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(
    reconciliationActivities(context).reconcileStock,
    {
      shopId,
      reconciliationId,
    },
  );
const found = async ({ reconciliationId }: Reconciliation) => {
  const rows = await listDifferences(
    house.database.db,
    reconciliationId,
    undefined,
    { manageNumber: '', variantId: '' },
    5_000,
  );
  return Object.fromEntries(
    rows.map(({ manageNumber, theirs, ours, causes }) => [manageNumber, { theirs, ours, causes }]),
  );
};
const reconcile = async () => {
  const row = await begin();
  expect(await carryOut(row)).toEqual({ state: 'done' });
  return { row, differences: await found(row) };
};

const setAtRakuten = (name: string, quantity: number) =>
  house.control('PUT', `/control/shops/${shopId}/inventory`, {
    inventories: [{ manageNumber: name, variantId: name, quantity }],
  });
const atRakuten = async (name: string): Promise<number | undefined> => {
  const { inventories } = await house.control<{
    inventories: { manageNumber: string; quantity: number }[];
  }>('GET', `/control/shops/${shopId}/inventory`);
  return inventories.find((row) => row.manageNumber === name)?.quantity;
};
const move = (name: string, quantity: number) =>
  enterMovement(house.database.db, {
    ...{ skuCode: name.toUpperCase(), location: 'main', kind: 'adjust', quantity },
    ...{ reason: 'test', actor: 'test' },
  });
const link = (name: string, variantId = name, skuCode = name.toUpperCase()) =>
  putLinks(house.database.db, shopId, [{ manageNumber: name, variantId, skuCode }]);
const balance = async (name: string) =>
  (await balancesOf(house.database.db, [name.toUpperCase()], 'main')).get(name.toUpperCase());
/** Orders are searched, and so far into the future that nothing of this test moved after it. */
const searched = () => moveCursor(house.database.db, shopId, 'new', new Date(Date.now() + 600_000));
const synced = async (): Promise<void> => {
  await desk.sync();
  await desk.sync();
  await searched();
};
/** A synchronisation in which Rakuten takes no stock. */
const refusedSync = async (): Promise<void> => {
  const error = new RmsError({
    kind: 'refused',
    operation: 'inventories.bulk.upsert',
    codes: [{ code: 'IE0500', message: 'refused' }],
  });
  const context = through(() => ({
    upsertInventory: async (entries) => entries.map(() => ({ kind: 'failed', error })),
  }));
  expect(await syncActivities(context).syncShop({ shopId })).not.toHaveProperty('skipped');
  // A search of the future is not believed and forgotten.
  await searched();
};
const reserved = (name: string, units: number) =>
  eventually(
    () => balance(name),
    (row) => row?.reserved === units,
  );

it('says of every difference why, and nothing of what is equal', async () => {
  for (const name of ['even', 'rms', 'wait', 'refused', 'short', 'flight']) await desk.sell(name, 10);
  await setAtRakuten('fresh', 4);
  await putSkus(house.database.db, [
    { skuCode: 'FRESH', name: 'fresh' },
    { skuCode: 'GHOST', name: 'ghost' },
  ]);
  await link('fresh');
  await link('ghost');
  await move('ghost', 5);
  await link('even-long', 'v'.repeat(40), 'EVEN');
  await synced();

  await move('flight', -8);
  const short = await desk.buy('flight', 5);
  await desk.buy('short', 2);
  await desk.sync();
  await reserved('short', 2);
  await move('short', -9);
  await synced();
  await setAtRakuten('flight', 3);
  await setAtRakuten('short', 3);
  await setAtRakuten('rms', 7);
  await move('refused', 1);
  await refusedSync();
  const [refusal] = await listPublications(
    house.database.db,
    shopId,
    { state: 'refused' },
    { manageNumber: '', variantId: '' },
    2,
  );
  expect(refusal).toMatchObject({ manageNumber: 'refused', code: 'IE0500' });
  await move('wait', 5);

  const { row, differences } = await reconcile();
  expect(differences).toEqual({
    'even-long': { theirs: null, ours: 10, causes: [{ code: 'pair_not_storable' }] },
    rms: { theirs: 7, ours: 10, causes: [{ code: 'unexplained' }] },
    fresh: { theirs: 4, ours: null, causes: [{ code: 'no_opening_balance' }] },
    ghost: { theirs: null, ours: 5, causes: [{ code: 'no_record' }] },
    wait: { theirs: 10, ours: 15, causes: [{ code: 'waiting' }] },
    refused: { theirs: 10, ours: 11, causes: [{ code: 'refused', rakutenCode: 'IE0500' }] },
    short: { theirs: 3, ours: 0, causes: [{ code: 'unexplained' }, { code: 'oversold', units: 1 }] },
    flight: {
      theirs: 3,
      ours: 0,
      causes: [
        { code: 'unexplained' },
        { code: 'orders_in_flight', units: 5, orderNumbers: [short.orderNumber] },
        { code: 'oversold', units: 3 },
      ],
    },
  });
  expect(await findReconciliation(house.database.db, shopId, row.reconciliationId)).toMatchObject({
    ...{ state: 'done', pairs: 9, compared: 9, differing: 8, unbalanced: 0 },
  });

  await changeSettings(house.database.db, shopId, { stockSync: 'off' });
  expect((await reconcile()).differences.rms?.causes).toEqual([{ code: 'sync_off' }]);
}, 60_000);

it('explains what Rakuten sold since orders were last searched, and takes no order in itself', async () => {
  await desk.sell('tea', 10);
  await desk.sync();
  const ref = await desk.buy('tea', 3);
  expect((await reconcile()).differences).toEqual({
    tea: { theirs: 7, ours: 10, causes: [{ code: 'moving' }] },
  });
  expect(await findOrder(house.database.db, ref)).toBeUndefined();
  await desk.sync();
  expect((await reconcile()).differences).toEqual({});
});

it('drops what no longer differs when it is compared once more', async () => {
  for (const name of ['tea', 'cup']) await desk.sell(name, 10);
  await synced();
  await setAtRakuten('cup', 9);
  let looks = 0;
  const context = through((gateway) => ({
    getInventory: async (pairs, options) => {
      looks += 1;
      const records = await gateway.getInventory(pairs, options);
      const tea = records.get('tea/tea');
      return looks === 1 && tea !== undefined
        ? new Map([...records, ['tea/tea', { ...tea, quantity: 12 }]])
        : records;
    },
  }));
  const row = await begin();
  await carryOut(row, context);
  expect(looks).toBe(2);
  expect(Object.keys(await found(row))).toEqual(['cup']);
  expect(await findReconciliation(house.database.db, shopId, row.reconciliationId)).toMatchObject({
    differing: 1,
  });
});

it('goes on after the last page when a worker is killed, and stops when it is cancelled', async () => {
  await seedStock(house.database.db, { shopId, skus: 2_300 });
  const asked: number[] = [];
  const diesAfter = (pages: number): ActivityContext =>
    through((gateway) => ({
      getInventory: async (pairs, options) => {
        if (asked.length === pages) throw new RmsError({ kind: 'withdrawn', operation: 'test' });
        asked.push(pairs.length);
        expect(options?.priority).toBe('background');
        return gateway.getInventory(pairs, options);
      },
    }));
  const row = await begin();
  await expect(carryOut(row, diesAfter(2))).rejects.toThrow();
  expect(await findReconciliation(house.database.db, shopId, row.reconciliationId)).toMatchObject({
    ...{ state: 'running', compared: 2_000, differing: 2_000 },
  });
  asked.length = 0;
  await carryOut(row, diesAfter(99));
  expect(asked).toEqual([300, 1_000, 1_000, 300]);
  expect(await findReconciliation(house.database.db, shopId, row.reconciliationId)).toMatchObject({
    ...{ state: 'done', pairs: 2_300, compared: 2_300, differing: 2_300 },
  });

  const cancelled = await begin();
  const cancels = through((gateway) => ({
    getInventory: async (pairs, options) => {
      await endReconciliation(house.database.db, cancelled.reconciliationId, { state: 'cancelled' });
      return gateway.getInventory(pairs, options);
    },
  }));
  expect(await carryOut(cancelled, cancels)).toEqual({ state: 'cancelled' });
  expect(await found(cancelled)).toEqual({});
}, 60_000);

it('counts a balance that is not the sum of its movements, and tells the shop’s webhook of it', async () => {
  await changeSettings(
    house.database.db,
    shopId,
    { alertWebhookUrl: 'https://alerts.example/hook' },
    { vault: house.vault, secret: 'a-secret-of-the-webhook' },
  );
  for (const name of ['tea', 'cup']) await desk.sell(name, 10);
  await synced();
  await setAtRakuten('tea', 4);
  await house.database.pool.query(`update stock_balances set on_hand = 11 where sku_code = 'CUP'`);
  const { row } = await reconcile();
  expect(await findReconciliation(house.database.db, shopId, row.reconciliationId)).toMatchObject({
    unbalanced: 1,
  });
  const { rows } = await house.database.pool.query('select code, params from alerts order by code');
  const { reconciliationId } = row;
  expect(rows).toEqual([
    { code: 'alert.stock_unbalanced', params: { units: 1, reconciliationId } },
    { code: 'alert.stock_unexplained', params: { units: 2, reconciliationId } },
  ]);
});

describe('mending', () => {
  const mend = async (direction: 'publish' | 'adopt', names?: readonly string[]) => {
    const { row, differences } = await reconcile();
    const pairs = names?.map((name) => ({ manageNumber: name, variantId: name }));
    const result = await fixDifferences(house.database.db, row, { direction, actor: 'tanaka', pairs });
    return { row, differences, result };
  };

  it('makes ours Rakuten’s number, also where Rakuten had refused it, and the ledger stays as it is', async () => {
    for (const name of ['tea', 'cup']) await desk.sell(name, 10);
    await synced();
    await move('cup', 1);
    await refusedSync();
    await setAtRakuten('tea', 3);
    const { result, row } = await mend('publish');
    expect(result).toEqual({ asked: 2, left: [], leftCount: 0 });
    await synced();
    expect([await atRakuten('tea'), await atRakuten('cup')]).toEqual([10, 11]);
    expect(await balance('tea')).toMatchObject({ onHand: 10 });
    expect(await findImbalances(house.database.db)).toEqual([]);
    const { rows } = await house.database.pool.query(
      'select distinct fix, fixed_by from stock_differences where reconciliation_id = $1',
      [row.reconciliationId],
    );
    expect(rows).toEqual([{ fix: 'publish', fixed_by: 'tanaka' }]);
    expect((await reconcile()).differences).toEqual({});
  }, 60_000);

  it('makes Rakuten’s number ours, of the pairs that are named, and says what it left and why', async () => {
    for (const name of ['tea', 'cup', 'pair']) await desk.sell(name, 10, name !== 'pair');
    await putSkus(house.database.db, [
      { skuCode: 'BOX', name: 'box', components: [{ skuCode: 'TEA', quantity: 2 }] },
      { skuCode: 'GHOST', name: 'ghost' },
    ]);
    await move('ghost', 5);
    await link('ghost');
    await setAtRakuten('box', 5);
    await link('box');
    await synced();
    for (const [name, quantity] of [
      ['tea', 4],
      ['cup', 3],
      ['box', 1],
    ] as const)
      await setAtRakuten(name, quantity);
    const { result } = await mend('adopt', ['tea', 'box', 'ghost', 'even']);
    expect(result).toEqual({
      asked: 1,
      left: [
        { manageNumber: 'even', variantId: 'even', code: 'no_difference' },
        { manageNumber: 'box', variantId: 'box', code: 'set' },
        { manageNumber: 'ghost', variantId: 'ghost', code: 'no_record' },
      ],
      leftCount: 3,
    });
    await synced();
    expect(await balance('tea')).toMatchObject({ onHand: 4 });
    expect(await balance('cup')).toMatchObject({ onHand: 10 });
    expect([await atRakuten('tea'), await atRakuten('cup'), await atRakuten('box')]).toEqual([4, 3, 2]);
    expect(await findImbalances(house.database.db)).toEqual([]);
  }, 60_000);

  it('takes Rakuten’s number over while an order comes in, which is counted once', async () => {
    await desk.sell('tea', 10);
    await synced();
    await setAtRakuten('tea', 6);
    const { result } = await mend('adopt');
    expect(result.asked).toBe(1);
    await desk.buy('tea', 2);
    await synced();
    await reserved('tea', 2);
    await synced();
    expect(await balance('tea')).toMatchObject({ onHand: 6, reserved: 2 });
    expect(await atRakuten('tea')).toBe(4);
    expect((await reconcile()).differences).toEqual({});
    expect(await findImbalances(house.database.db)).toEqual([]);
  }, 60_000);

  it('leaves a pair alone whose link changed after it was compared', async () => {
    for (const name of ['tea', 'cup']) await desk.sell(name, 10);
    await synced();
    await setAtRakuten('tea', 3);
    const { row } = await reconcile();
    await link('tea', 'tea', 'CUP');
    expect(
      await fixDifferences(house.database.db, row, { direction: 'publish', actor: 'tanaka' }),
    ).toMatchObject({ asked: 0, left: [{ manageNumber: 'tea', code: 'link_gone' }] });
  });
});

it('gives a new shop its opening balances from Rakuten, of plain SKUs without one', async () => {
  await desk.sell('known', 10);
  await setAtRakuten('known', 8);
  await setAtRakuten('fresh', 4);
  await setAtRakuten('box', 2);
  await putSkus(house.database.db, [{ skuCode: 'FRESH', name: 'fresh' }]);
  await putSkus(house.database.db, [
    { skuCode: 'BOX', name: 'box', components: [{ skuCode: 'FRESH', quantity: 1 }] },
  ]);
  await link('fresh');
  await link('box');
  await house.database.db.execute(sql`delete from stock_dirty`);
  const asked = await requestOpeningBalances(house.database.db, {
    ...{ shopId, location: 'main', actor: 'tanaka' },
  });
  expect(asked).toBe(1);
  await synced();
  expect(await balance('fresh')).toMatchObject({ onHand: 4, opened: true });
  expect(await balance('known')).toMatchObject({ onHand: 10 });
});

it('publishes a SKU that Rakuten does not know nowhere, and says so', async () => {
  await desk.sell('ghost', 10);
  const lost = { manageNumber: 'lost', variantId: 'lost', skuCode: 'GHOST' };
  await putLinks(house.database.db, shopId, [lost]);
  await synced();
  const { row } = await reconcile();
  await fixDifferences(house.database.db, row, { direction: 'publish', actor: 'tanaka' });
  await synced();
  expect(await atRakuten('lost')).toBeUndefined();
  expect(
    await listPublications(
      house.database.db,
      shopId,
      { state: 'unlisted' },
      { manageNumber: '', variantId: '' },
      5,
    ),
  ).toMatchObject([{ manageNumber: 'lost', theirs: null, ours: 10 }]);
});

it('keeps safety stock back from sale, and lets an order that Rakuten sold reserve it', async () => {
  await desk.sell('tea', 3);
  await setSafetyStock(house.database.db, [{ skuCode: 'TEA', location: 'main', safety: 2 }]);
  await synced();
  expect(await atRakuten('tea')).toBe(1);
  await setAtRakuten('tea', 3);
  const ref = await desk.buy('tea', 3);
  await desk.sync();
  await desk.reaches(ref, 'awaiting_rakuten');
  expect(await balance('tea')).toMatchObject({ onHand: 3, reserved: 3, safety: 2 });
  await searched();
  await house.database.db.transaction((tx) => requestPublication(tx, shopId, ['TEA'], {}));
  await synced();
  expect(await atRakuten('tea')).toBe(0);
});
