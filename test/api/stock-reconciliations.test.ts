import { moveCursor } from '../../src/store/cursors';
import { askForReconciliation } from '../../src/store/outbox';
import { beginReconciliation, endReconciliation } from '../../src/store/reconciliations';
import { changeSettings, createShop } from '../../src/store/shops';
import { putLinks } from '../../src/store/sku-links';
import { putSkus } from '../../src/store/skus';
import { stockDifferences, stockDirty, stockReconciliations } from '../../src/store/stock-schema';
import { WORKFLOW } from '../../src/temporal/ids';
import { reconciliationStartOptions } from '../../src/temporal/start';
import { reconcile } from '../../src/worker/reconcile';
import { newShop } from '../store/store';
import { eventually } from '../support/eventually';
import { type House, openHouse, SHOP, silent, startWorkshop, type Workshop } from '../support/house';
import { deskOf } from '../support/orders';
import type { TestApi } from './support';
import { apiOver } from './support';

const { shopId } = SHOP;
const BASE = `/v1/shops/${shopId}/stock`;
let house: House;
let workshop: Workshop;
let desk: ReturnType<typeof deskOf>;
let api: Omit<TestApi, 'close'>;

beforeAll(async () => {
  house = await openHouse({
    automaticOrderIntegration: true,
    stockSync: 'reservation',
    stockCoalesceSeconds: 0,
    syncIntervalSeconds: 86_400,
  });
  workshop = await startWorkshop(house);
  desk = deskOf(house, workshop);
  api = apiOver({ db: house.database.db, vault: house.vault, temporal: workshop.client });
  for (const name of ['cup', 'tea']) await desk.sell(name, 10);
  await putSkus(api.db, [
    { skuCode: 'BOX', name: 'box', components: [{ skuCode: 'TEA', quantity: 2 }] },
    { skuCode: 'FRESH', name: 'fresh' },
    { skuCode: 'ALONE', name: 'alone' },
  ]);
  const links = [
    { manageNumber: 'box', variantId: 'box', skuCode: 'BOX' },
    { manageNumber: 'fresh', variantId: 'fresh', skuCode: 'FRESH' },
  ];
  await putLinks(api.db, shopId, links);
  await setAtRakuten('fresh', 4);
  await settle();
});
afterAll(async () => {
  await workshop.close();
  await house.close();
});

const setAtRakuten = (name: string, quantity: number) =>
  house.control('PUT', `/control/shops/${shopId}/inventory`, {
    inventories: [{ manageNumber: name, variantId: name, quantity }],
  });
const settle = async (): Promise<void> => {
  await desk.sync();
  await desk.sync();
  await moveCursor(api.db, shopId, 'new', new Date(Date.now() + 600_000));
};
const pathOf = (id: string, more = '') => `${BASE}/reconciliations/${id}${more}`;
const ended = (id: string) =>
  eventually(
    async () => (await api.as('get', pathOf(id)).expect(200)).body,
    ({ state }) => state !== 'running',
  );
const run = async () => {
  const { body } = await api.as('post', `${BASE}/reconciliations`).expect(202);
  expect(body).toEqual({
    reconciliationId: expect.any(String),
    workflowId: `stock/${shopId}`,
    runId: expect.any(String),
  });
  return ended(body.reconciliationId);
};

test('a reconciliation runs by itself, shows what differs and why in words, and is mended by one call', async () => {
  await setAtRakuten('tea', 7);
  const shown = await run();
  expect(shown).toMatchObject({
    ...{ state: 'done', percent: 100, pairs: 4, compared: 4, differing: 3, unbalanced: 0, failure: null },
    causes: { unexplained: 1, no_record: 1, no_opening_balance: 1 },
    requestedBy: 'administrator',
  });
  const path = pathOf(shown.reconciliationId);
  const first = await api.as('get', `${path}/differences?limit=1`).expect(200);
  const rest = await api.as('get', `${path}/differences?cursor=${first.body.nextCursor}`).expect(200);
  expect([...first.body.items, ...rest.body.items]).toMatchObject([
    { manageNumber: 'box', skuCode: 'BOX', theirs: null, ours: 5, difference: null },
    {
      manageNumber: 'fresh',
      theirs: 4,
      ours: null,
      difference: null,
      causes: [{ code: 'no_opening_balance' }],
    },
    { manageNumber: 'tea', theirs: 7, ours: 10, difference: -3, fix: null },
  ]);
  const unexplained = await api
    .as('get', `${path}/differences?cause=unexplained`)
    .set('Accept-Language', 'en')
    .expect(200);
  expect(unexplained.body.items).toHaveLength(1);
  expect(unexplained.body.items[0].causes).toEqual([
    { code: 'unexplained', text: expect.stringContaining('changed in RMS') },
  ]);
  await api.as('get', `${path}/differences?cause=none`).expect(400);

  const { body } = await api
    .as('post', `${path}/fix`)
    .set('Accept-Language', 'en')
    .send({
      direction: 'publish',
      pairs: [
        { manageNumber: 'TEA', variantId: 'tea' },
        { manageNumber: 'fresh', variantId: 'fresh' },
      ],
    })
    .expect(200);
  expect(body).toEqual({
    asked: 1,
    left: [
      {
        pair: { manageNumber: 'fresh', variantId: 'fresh' },
        code: 'no_opening_balance',
        message: expect.stringContaining('no opening balance'),
      },
    ],
    leftCount: 1,
    when: { code: 'next_cycle', text: expect.any(String) },
  });
  await settle();
  const again = await run();
  expect(again).toMatchObject({ differing: 2 });
  const published = await api.as('get', `${BASE}/publications?state=settled`).expect(200);
  expect(published.body.items).toContainEqual(
    expect.objectContaining({ manageNumber: 'tea', theirs: 10, ours: 10, code: null }),
  );
  const unlisted = await api.as('get', `${BASE}/publications?state=unlisted`).expect(200);
  expect(unlisted.body.items).toMatchObject([{ manageNumber: 'box', theirs: null, ours: 5 }]);

  const list = await api.as('get', `${BASE}/reconciliations?limit=1`).expect(200);
  expect(list.body.items).toMatchObject([{ reconciliationId: again.reconciliationId }]);
  const older = await api.as('get', `${BASE}/reconciliations?cursor=${list.body.nextCursor}`).expect(200);
  expect(older.body.items).toMatchObject([{ reconciliationId: shown.reconciliationId }]);
});

test('one at a time: a second one is refused with the id of the first, a cancelled one makes room at once', async () => {
  const row = await beginReconciliation(api.db, { shopId, requestedBy: 'test' });
  if (!('begun' in row)) throw new Error('Another one runs');
  const { reconciliationId } = row.begun;
  const refused = await api.as('post', `${BASE}/reconciliations`).expect(409);
  expect(refused.body).toMatchObject({
    code: 'reconciliation_running',
    errors: [{ message: reconciliationId }],
  });
  const early = await api
    .as('post', pathOf(reconciliationId, '/fix'))
    .send({ direction: 'adopt' })
    .expect(409);
  expect(early.body.code).toBe('reconciliation_not_done');
  expect((await api.as('delete', pathOf(reconciliationId)).expect(200)).body.state).toBe('cancelled');
  expect((await api.as('delete', pathOf(reconciliationId)).expect(409)).body.code).toBe(
    'reconciliation_finished',
  );
  // The workflow of the cancelled one, which has not heard of it yet.
  await workshop.client.workflow.start(WORKFLOW.reconcileStock, {
    ...reconciliationStartOptions({ shopId, reconciliationId }),
    taskQueue: 'served-by-nobody',
  });
  expect(await run()).toMatchObject({ state: 'done' });
  await api.as('get', pathOf('00000000-0000-4000-8000-000000000000')).expect(404);
});

test('a reconciliation whose workflow was lost is started again', async () => {
  const row = await beginReconciliation(api.db, { shopId, requestedBy: 'test' });
  if (!('begun' in row)) throw new Error('Another one runs');
  await reconcile({ ...house.database, client: workshop.client, log: silent });
  expect(await ended(row.begun.reconciliationId)).toMatchObject({ state: 'done' });
});

test('what a shop cannot do is refused with what to do about it', async () => {
  const [done] = await api.db.select().from(stockReconciliations).limit(1);
  await changeSettings(api.db, shopId, { stockSync: 'off' });
  for (const path of [pathOf(done?.reconciliationId ?? '', '/fix'), `${BASE}/adopt`]) {
    const body = path.endsWith('fix') ? { direction: 'publish' } : {};
    expect((await api.as('post', path).send(body).expect(409)).body.code).toBe('stock_sync_off');
  }
  expect(await run()).toMatchObject({ state: 'done' });
  await changeSettings(api.db, shopId, { stockSync: 'reservation', skuProjectMigrated: false });
  for (const path of [`${BASE}/reconciliations`, `${BASE}/adopt`])
    expect((await api.as('post', path).expect(409)).body.code).toBe('sku_project_not_migrated');
  await changeSettings(api.db, shopId, { skuProjectMigrated: true, automaticOrderIntegration: false });
  const { body } = await api
    .as('post', `${BASE}/adopt`)
    .send({ skuCodes: ['TEA'] })
    .expect(200);
  expect(body.when.code).toBe('next_sync');
  await changeSettings(api.db, shopId, { automaticOrderIntegration: true });
  await settle();
});

test('opening balances are taken over for all that have none, or for those that are named', async () => {
  await api.db.delete(stockDirty);
  const named = await api
    .as('post', `${BASE}/adopt`)
    .send({ skuCodes: ['CUP', 'BOX', 'ALONE'] })
    .expect(200);
  expect(named.body).toMatchObject({
    asked: 1,
    left: [
      { skuCode: 'BOX', code: 'set' },
      { skuCode: 'ALONE', code: 'not_linked' },
    ],
  });
  const unknown = await api
    .as('post', `${BASE}/adopt`)
    .send({ skuCodes: ['CUP', 'NONE'] })
    .expect(422);
  expect(unknown.body).toMatchObject({ code: 'sku_unknown', errors: [{ path: 'skuCodes.1' }] });
  const all = await api.as('post', `${BASE}/adopt`).expect(200);
  expect(all.body).toMatchObject({ asked: 1, left: [] });
  expect(await api.db.select().from(stockDirty).orderBy(stockDirty.skuCode)).toMatchObject([
    { skuCode: 'CUP', adoptFor: 'administrator' },
    { skuCode: 'FRESH', adoptFor: 'administrator' },
  ]);
  await settle();
  const { body } = await api.as('get', '/v1/stock?skuCode=FRESH').expect(200);
  expect(body.items).toMatchObject([{ onHand: 4, opened: true }]);
});

describe('every day', () => {
  const all = () => api.db.select().from(stockReconciliations);
  const drained = () =>
    eventually(
      async () =>
        (await house.database.pool.query(`select 1 from outbox where kind = 'stock.reconcile'`)).rows,
      (rows) => rows.length === 0,
    );

  test('a reconciliation is begun unless one was done lately, and what is old is forgotten but the last', async () => {
    await api.db.delete(stockReconciliations);
    const values = { shopId, requestedBy: 'test', state: 'done' } as const;
    const old = await api.db
      .insert(stockReconciliations)
      .values(
        [40, 35].map((days) => ({
          ...values,
          createdAt: new Date(Date.now() - days * 86_400_000),
          finishedAt: new Date(Date.now() - days * 86_400_000),
        })),
      )
      .returning();
    await askForReconciliation(api.db, shopId);
    await askForReconciliation(api.db, shopId);
    await drained();
    const rows = await eventually(all, (now) => now.every(({ state }) => state === 'done'));
    expect(rows.map(({ requestedBy }) => requestedBy).sort()).toEqual(['system', 'test']);
    expect(rows.map(({ reconciliationId }) => reconciliationId)).toContain(old[1]?.reconciliationId);

    await askForReconciliation(api.db, shopId);
    await drained();
    expect((await all()).map(({ requestedBy }) => requestedBy).sort()).toEqual(['system', 'test']);
    expect(await api.db.select().from(stockDifferences)).not.toEqual([]);
  });

  test('a shop that is gone, or whose reconciliation runs, is passed over', async () => {
    await createShop(api.db, api.vault, newShop('other'));
    const running = await beginReconciliation(api.db, { shopId: 'other', requestedBy: 'test' });
    await askForReconciliation(api.db, 'other');
    await askForReconciliation(api.db, 'nobody');
    await drained();
    expect((await all()).filter((row) => row.shopId === 'other')).toHaveLength(1);
    if ('begun' in running)
      await endReconciliation(api.db, running.begun.reconciliationId, { state: 'cancelled' });
  });
});
