import { eq } from 'drizzle-orm';
import { lookupText } from '../../src/domain/lookup';
import { settleHolds } from '../../src/store/holds';
import { findOrder, setStage } from '../../src/store/orders';
import { markMissing, setConfirmRefused } from '../../src/store/readings';
import { orders, outbox, timeline } from '../../src/store/schema';
import { addShipments } from '../../src/store/shipments';
import { orderWorkflowId } from '../../src/temporal/ids';
import type { TestApi } from './support';
import { NEW_SHOP, startTestApi, storeOrder } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await api.as('post', '/v1/shops').send(NEW_SHOP).expect(201);
});
afterAll(() => api.close());

let counter = 0;
/** A new order number; the run's id keeps workflow ids of several runs on one server apart. */
const RUN = Date.now() % 1_000_000;
const newRef = () => {
  counter += 1;
  return { shopId: 'tea', orderNumber: `${RUN}-20260701-${String(counter).padStart(10, '0')}` };
};
const pathOf = ({ shopId, orderNumber }: { shopId: string; orderNumber: string }) =>
  `/v1/orders/${shopId}/${orderNumber}`;
const stored = async (change: Parameters<typeof storeOrder>[2] = {}, lookups: string[] = []) => {
  const ref = newRef();
  await storeOrder(api, ref, change, lookups);
  return ref;
};
const linesOf = (ref: { orderNumber: string }) =>
  api.db.select().from(timeline).where(eq(timeline.orderNumber, ref.orderNumber)).orderBy(timeline.lineId);
const wokenBy = async (act: () => Promise<unknown>) => {
  await api.db.delete(outbox);
  await act();
  return (await api.db.select().from(outbox)).map(({ orderNumber }) => orderNumber);
};

describe('starting an order by its number', () => {
  test('twice at once is one workflow and one order', async () => {
    const ref = newRef();
    const answers = await Promise.all(
      [1, 2, 3].map(() => api.as('post', `${pathOf(ref)}/start`).expect(202)),
    );
    expect(answers.map(({ body }) => body.alreadyRunning).sort()).toEqual([false, true, true]);
    const runs = new Set(answers.map(({ body }) => body.runId));
    expect(runs.size).toBe(1);
    const handle = api.temporal.workflow.getHandle(orderWorkflowId(ref));
    const { type, runId, taskQueue } = await handle.describe();
    expect([type, runs.has(runId), taskQueue]).toEqual(['order', true, 'okuri']);
    expect(await linesOf(ref)).toMatchObject([{ code: 'order.requested', actor: 'administrator' }]);
    const { body } = await api.as('get', pathOf(ref)).expect(200);
    expect(body).toMatchObject({ stage: 'imported', rakutenStatus: 0, workflow: { runId } });
    await handle.terminate();
  });

  test('a finished order is not started again', async () => {
    const ref = await stored();
    await setStage(api.db, ref, 'completed', new Date());
    const { body } = await api.as('post', `${pathOf(ref)}/start`).expect(202);
    expect(body).toEqual({ workflowId: orderWorkflowId(ref), runId: null, alreadyRunning: false });
    await expect(api.temporal.workflow.getHandle(orderWorkflowId(ref)).describe()).rejects.toThrow();
    expect((await findOrder(api.db, ref))?.stage).toBe('completed');
  });

  test('a number that Rakuten did not know is asked for again', async () => {
    const ref = newRef();
    await api.as('post', `${pathOf(ref)}/start`).expect(202);
    await api.temporal.workflow.getHandle(orderWorkflowId(ref)).terminate();
    await markMissing(api.db, ref);
    await setStage(api.db, ref, 'not_found', new Date());
    const { body } = await api.as('post', `${pathOf(ref)}/start`).expect(202);
    expect(body.alreadyRunning).toBe(false);
    expect(await findOrder(api.db, ref)).toMatchObject({
      stage: 'imported',
      missing: false,
      finishedAt: null,
    });
    await api.temporal.workflow.getHandle(orderWorkflowId(ref)).terminate();
  });

  test('an unknown shop is 404, a number that cannot be one is 400, and neither leaves an order behind', async () => {
    await api.as('post', '/v1/orders/none/1-20260701-1/start').expect(404);
    await api.as('post', '/v1/orders/tea/a%2Fb/start').expect(400);
    const rows = await api.db.select().from(orders).where(eq(orders.shopId, 'none'));
    expect(rows).toEqual([]);
  });
});

describe('retry', () => {
  test('an order that no workflow carries is 409, an unknown one 404', async () => {
    const ref = await stored();
    expect((await api.as('post', `${pathOf(ref)}/retry`).expect(409)).body.code).toBe('order_not_running');
    await api.as('post', `${pathOf(newRef())}/retry`).expect(404);
  });
});

describe('holds by hand', () => {
  const hold = { code: 'call_buyer', text: '電話で確認中', blocks: 'ship' };

  test('opening and releasing one shows it, writes who did it, and wakes the order', async () => {
    const ref = await stored();
    const woken = await wokenBy(async () => {
      const opened = await api
        .as('post', `${pathOf(ref)}/holds`)
        .send(hold)
        .expect(201);
      expect(opened.body.holds).toMatchObject([{ ...hold, releasableBy: 'operator' }]);
      const [{ id }] = opened.body.holds;
      const released = await api.as('delete', `${pathOf(ref)}/holds/${id}`).expect(200);
      expect(released.body.holds).toEqual([]);
      await api.as('delete', `${pathOf(ref)}/holds/${id}`).expect(404);
    });
    expect(woken).toEqual([ref.orderNumber, ref.orderNumber]);
    expect(await linesOf(ref)).toMatchObject([
      { code: 'hold.opened', actor: 'administrator' },
      { code: 'hold.released', actor: 'administrator' },
    ]);
  });

  test('codes of automatic holds are refused', async () => {
    const ref = await stored();
    const { body } = await api
      .as('post', `${pathOf(ref)}/holds`)
      .send({ ...hold, code: 'stock_short' })
      .expect(422);
    expect(body).toMatchObject({ code: 'automatic_hold_code', errors: [{ path: 'code' }] });
    await api
      .as('post', `${pathOf(ref)}/holds`)
      .send({ ...hold, code: 'No!' })
      .expect(400);
  });

  test('a finished order cannot be held', async () => {
    const ref = await stored();
    await setStage(api.db, ref, 'completed', new Date());
    expect(
      (
        await api
          .as('post', `${pathOf(ref)}/holds`)
          .send(hold)
          .expect(409)
      ).body.code,
    ).toBe('order_finished');
    expect(await linesOf(ref)).toEqual([]);
  });

  test('a hold that goes when its cause is gone is not released by hand, and the answer says what must happen', async () => {
    const ref = await stored();
    await settleHolds(api.db, ref, [{ code: 'sku_unlinked', cause: 'tea/G100' }]);
    const { body } = await api.as('get', pathOf(ref)).set('Accept-Language', 'en').expect(200);
    expect(body.holds).toMatchObject([
      {
        code: 'sku_unlinked',
        releasableBy: 'system',
        text: expect.stringMatching(/not linked.*\(tea\/G100\)/),
      },
    ]);
    const refused = await api.as('delete', `${pathOf(ref)}/holds/${body.holds[0].id}`).expect(409);
    expect(refused.body).toMatchObject({
      code: 'hold_not_releasable',
      detail: expect.stringMatching(/link it/),
    });
  });

  test('releasing a refused confirmation lets it be tried again', async () => {
    const ref = await stored();
    await setConfirmRefused(api.db, ref, 'ERROR_105');
    await settleHolds(api.db, ref, [{ code: 'confirm_refused', cause: 'ERROR_105' }]);
    const { body } = await api.as('get', pathOf(ref)).expect(200);
    await api.as('delete', `${pathOf(ref)}/holds/${body.holds[0].id}`).expect(200);
    expect((await findOrder(api.db, ref))?.confirmRefused).toBeNull();
  });
});

describe('an order as people see it', () => {
  test('deadlines end with their day in Japan and count only while they matter', async () => {
    const due = { cancelDueDate: '2026-07-14', paymentDueDate: '2026-07-10' };
    const view = async (rakutenStatus: number) =>
      (await api.as('get', pathOf(await stored({ ...due, rakutenStatus }))).expect(200)).body.deadlines;
    const [shipBy, payBy, confirmBy] = [
      { code: 'ship_by', at: '2026-07-02T14:59:59.999Z' },
      { code: 'pay_by', at: '2026-07-10T14:59:59.999Z' },
      { code: 'confirm_by', at: '2026-07-14T14:59:59.999Z' },
    ];
    expect(await view(100)).toEqual([shipBy, payBy, confirmBy]);
    expect(await view(200)).toEqual([shipBy, payBy]);
    expect(await view(300)).toEqual([shipBy]);
    expect(await view(500)).toEqual([]);
  });

  test('texts come in Japanese, or in English when that is asked for first; the workflow is linked', async () => {
    const ref = await stored();
    await settleHolds(api.db, ref, [{ code: 'stock_short', cause: 'TEA' }]);
    const text = async (language: string) =>
      (await api.as('get', pathOf(ref)).set('Accept-Language', language)).body.holds[0].text;
    expect(await text('')).toMatch(/在庫が足りません.*(TEA)/);
    expect(await text('ja,en;q=0.8')).toMatch(/在庫/);
    expect(await text('en-US,en;q=0.9,ja;q=0.1')).toMatch(/Not enough stock.*\(TEA\)/);
    const { body } = await api.as('get', pathOf(ref));
    expect(body.workflow.url).toBe(
      `http://ui.example:8233/namespaces/default/workflows/${encodeURIComponent(orderWorkflowId(ref))}`,
    );
    expect(body.lines).toMatchObject([{ manageNumber: 'tea', variantId: 'G100', skuCode: null }]);
  });
});

describe('finding orders', () => {
  const found = async (query: string): Promise<string[]> =>
    (await api.as('get', `/v1/orders?${query}`).expect(200)).body.items.map(
      ({ orderNumber }: { orderNumber: string }) => orderNumber,
    );

  test('by number, tracking number, SKU, and exactly by name without the name being stored', async () => {
    const name = api.vault.fingerprint(lookupText('楽天太郎'));
    const ref = await stored({}, [name]);
    await addShipments(api.db, ref, [
      { basketId: '10', carrier: '1001', trackingNumber: 'FIND-ME', shippedOn: '2026-07-02', source: 'api' },
    ]);
    expect(await found(`q=${ref.orderNumber}`)).toEqual([ref.orderNumber]);
    expect(await found('q=FIND-ME')).toEqual([ref.orderNumber]);
    expect(await found(`q=${encodeURIComponent('楽天 太郎')}`)).toEqual([ref.orderNumber]);
    expect(await found(`q=${encodeURIComponent('楽天')}`)).toEqual([]);
    expect(await found('q=LINKED-SKU')).toEqual([]);
    await api
      .as('put', '/v1/skus')
      .send({ skus: [{ skuCode: 'LINKED-SKU', name: 'x' }] })
      .expect(200);
    const link = { manageNumber: 'TEA', variantId: 'G100', skuCode: 'LINKED-SKU' };
    const woken = await wokenBy(() =>
      api
        .as('put', '/v1/sku-links')
        .send({ shopId: 'tea', links: [link] })
        .expect(200),
    );
    expect(woken).toContain(ref.orderNumber);
    expect(await found('q=LINKED-SKU')).toContain(ref.orderNumber);
  });

  test('by stage and by open hold, every order once over all pages', async () => {
    const refs = [await stored(), await stored(), await stored()];
    for (const ref of refs) await settleHolds(api.db, ref, [{ code: 'cancel_pending', cause: '800' }]);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await api
        .as('get', `/v1/orders?hold=cancel_pending&stage=ready&limit=1${cursor}`)
        .expect(200);
      seen.push(...body.items.map(({ orderNumber }: { orderNumber: string }) => orderNumber));
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
    } while (cursor !== '' && seen.length < 10);
    expect(seen.sort()).toEqual(refs.map((ref) => ref.orderNumber).sort());
    expect(await found('hold=cancel_pending&stage=completed')).toEqual([]);
    await api.as('get', '/v1/orders?stage=sleeping').expect(400);
  });
});
