import type { ActivityContext } from '../../src/activities/context';
import { syncActivities } from '../../src/activities/sync';
import { RmsError } from '../../src/rms/errors';
import type { RmsGateway } from '../../src/rms/gateway';
import { moveCursor } from '../../src/store/cursors';
import { findOrder } from '../../src/store/orders';
import { outboxDepth } from '../../src/store/outbox';
import { type House, openHouse, SHOP, startWorkshop, type Workshop } from '../support/house';
import { deskOf } from '../support/orders';

interface Journal {
  calls: { operation: string; httpStatus: number }[];
}

describe('the synchronisation of a shop', () => {
  let house: House;
  let workshop: Workshop;
  let desk: ReturnType<typeof deskOf>;

  beforeAll(async () => {
    house = await openHouse({ automaticOrderIntegration: true });
    workshop = await startWorkshop(house, { outbox: false });
    desk = deskOf(house, workshop);
    await desk.sell('tea', 5000);
    await house.control('PUT', '/control/settings', { fixDelaySeconds: 3600 });
  });
  afterAll(async () => {
    await workshop?.close();
    await house?.close();
  });

  const callsOf = async (): Promise<string[]> =>
    (await house.control<Journal>('GET', '/control/journal?limit=100000')).calls.map(
      (call) => call.operation,
    );
  it('takes in 1,100 orders in pages and batches, each once, and wakes none of them again when nothing moved', async () => {
    await house.control('POST', `/control/shops/${SHOP.shopId}/orders`, {
      count: 1100,
      overrides: {
        settlementMethod: 1,
        destinations: 1,
        lines: [{ manageNumber: 'tea', variantId: 'tea', units: 1 }],
      },
    });
    const first = await desk.sync();
    expect(first).toMatchObject({ imported: 1100 });
    const calls = await callsOf();
    expect(calls.filter((call) => call === 'getOrder')).toHaveLength(11);
    expect(calls.filter((call) => call === 'searchOrder').length).toBeLessThanOrEqual(12);

    await desk.sync();
    const before = (await callsOf()).length;
    const waiting = await outboxDepth(house.database.db);
    expect(waiting).toBeGreaterThanOrEqual(1100);
    expect(await desk.sync()).toMatchObject({ read: 0, imported: 0, moved: 0 });
    expect(await outboxDepth(house.database.db)).toBe(waiting);
    expect((await callsOf()).length - before).toBeLessThanOrEqual(5);
  }, 120_000);

  it('keeps an order that cannot be read and wakes it once: its own workflow tries again at its own pace', async () => {
    const ref = await desk.buy('tea');
    const unreadable = new RmsError({ kind: 'malformed', operation: 'getOrder' });
    const gateway: ActivityContext['gateway'] = (shopId) => ({
      ...house.context.gateway(shopId),
      getOrders: async (numbers) =>
        new Map(numbers.map((number) => [number, { kind: 'malformed', error: unreadable }])),
    });
    const { syncShop } = syncActivities({ ...house.context, gateway });
    const before = await outboxDepth(house.database.db);
    await syncShop({ shopId: SHOP.shopId });
    expect(await findOrder(house.database.db, ref)).toMatchObject({ stage: 'imported' });
    expect(await outboxDepth(house.database.db)).toBe(before + 1);
    await syncShop({ shopId: SHOP.shopId });
    expect(await outboxDepth(house.database.db)).toBe(before + 1);
  });

  it('ends and says why when a function is refused, and the next one finds what it missed', async () => {
    const ref = await desk.buy('tea');
    await house.control('POST', '/control/faults', {
      operation: 'searchOrder',
      kind: 'unauthorised',
      times: 1,
    });
    expect(await desk.sync()).toMatchObject({ skipped: 'function_not_ticked' });
    await desk.sync();
    expect(await findOrder(house.database.db, ref)).toMatchObject({ rakutenStatus: 100 });
  });

  it('finds what comes in after a worker searched whose clock was an hour ahead', async () => {
    const ahead = { ...house.context, now: () => new Date(Date.now() + 3_600_000) };
    await syncActivities(ahead).syncShop({ shopId: SHOP.shopId });
    const ref = await desk.buy('tea');
    await desk.sync();
    expect(await findOrder(house.database.db, ref)).toMatchObject({ rakutenStatus: 100 });
  });
});

describe('a shop that was not synchronised for half a year', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse({ automaticOrderIntegration: true });
  });
  afterAll(() => house?.close());

  it('finds with its next synchronisation all that came meanwhile, and goes on from there', async () => {
    const ago = (days: number) => new Date(Date.now() - days * 86_400_000);
    for (const search of ['new', 'fixed']) await moveCursor(house.database.db, SHOP.shopId, search, ago(200));
    for (const days of [190, 120, 30, 0])
      await house.control('POST', `/control/shops/${SHOP.shopId}/orders`, {
        overrides: {
          settlementMethod: 1,
          progress: 300,
          orderDatetime: ago(days).toISOString(),
          lines: [{ manageNumber: 'tea', variantId: 'tea', units: 1 }],
        },
      });
    const { syncShop } = syncActivities(house.context);
    expect(await syncShop({ shopId: SHOP.shopId })).toMatchObject({ imported: 4 });
    const { calls } = await house.control<Journal>('GET', '/control/journal?limit=1000');
    const before = calls.length;
    expect(await syncShop({ shopId: SHOP.shopId })).toMatchObject({ imported: 0 });
    const after = (await house.control<Journal>('GET', '/control/journal?limit=1000')).calls.length;
    expect(after - before).toBeLessThanOrEqual(5);
  });
});

describe('pages that shift while they are read', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse({ automaticOrderIntegration: true });
  });
  afterAll(() => house?.close());

  /** Rakuten with two orders to a page, whose second page is one order short the first time each search reads it. */
  const shifting = (gateway: RmsGateway): RmsGateway => {
    const shifted = new Set<string>();
    return {
      ...gateway,
      searchOrder: async (search, options) => {
        const all = await gateway.searchOrder({ ...search, page: 1 }, options);
        const totalPages = Math.ceil(all.totalRecords / 2);
        const orderNumbers = all.orderNumbers.slice((search.page - 1) * 2, search.page * 2);
        const kind = `${search.dateType} ${search.orderProgressList} ${search.start.toISOString()}`;
        if (search.page < 2 || shifted.has(kind))
          return { ...all, orderNumbers, totalPages, page: search.page };
        shifted.add(kind);
        return { ...all, orderNumbers: orderNumbers.slice(1), totalPages, page: search.page };
      },
    };
  };

  it('lose no order', async () => {
    await house.control('POST', `/control/shops/${SHOP.shopId}/orders`, {
      count: 4,
      overrides: {
        settlementMethod: 1,
        destinations: 1,
        lines: [{ manageNumber: 'tea', variantId: 'tea', units: 1 }],
      },
    });
    const gateway = shifting(house.context.gateway(SHOP.shopId));
    const { syncShop } = syncActivities({ ...house.context, gateway: () => gateway });
    expect(await syncShop({ shopId: SHOP.shopId })).toMatchObject({ imported: 4 });
  });
});
