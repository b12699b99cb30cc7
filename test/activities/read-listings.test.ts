import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityContext } from '../../src/activities/context';
import { listingActivities } from '../../src/activities/read-listings';
import { RmsError } from '../../src/rms/errors';
import { FIRST_PAIR } from '../../src/store/link-suggestions';
import {
  beginListingRead,
  endListingRead,
  findListingRead,
  type ListingRead,
  lastListingRead,
} from '../../src/store/listing-reads';
import { listListings } from '../../src/store/listings-list';
import { askForListings } from '../../src/store/outbox';
import { changeSettings } from '../../src/store/shops';
import { putLinks } from '../../src/store/sku-links';
import { putSkus } from '../../src/store/skus';
import { WORKFLOW } from '../../src/temporal/ids';
import { listingsStartOptions } from '../../src/temporal/start';
import { reconcile } from '../../src/worker/reconcile';
import { eventually } from '../support/eventually';
import { type House, openHouse, SHOP, silent, startWorkshop, type Workshop } from '../support/house';
import { deskOf } from '../support/orders';

const HOUR = 3_600_000;
let house: House;
let workshop: Workshop | undefined;
let clock = 0;
const now = () => new Date(Date.now() + clock);

beforeEach(async () => {
  clock = 0;
  house = await openHouse({}, now);
  await house.control('PUT', '/control/settings', { itemReadsPerSecond: 1e4, itemIndexLagSeconds: 0 });
});
afterEach(async () => {
  await workshop?.close();
  workshop = undefined;
  await house?.close();
});

type Sku = Record<string, unknown>;
const put = (manageNumber: string, skus: Sku[], fields: object = {}) =>
  house.control('PUT', `/control/shops/${SHOP.shopId}/items/${manageNumber}`, { skus, ...fields });
const one = { variantId: 'v', quantity: 1 };
const many = (count: number) =>
  house.control('PUT', `/control/shops/${SHOP.shopId}/inventory`, {
    inventories: Array.from({ length: count }, (_, i) => ({
      manageNumber: `item-${String(i).padStart(3, '0')}`,
      ...one,
    })),
  });
const begin = async (): Promise<ListingRead> => {
  const outcome = await beginListingRead(house.database.db, SHOP.shopId, 'test');
  if ('running' in outcome) throw new Error('Another reading runs');
  return outcome.begun;
};
/** A reading by the activity alone, in this process. */
const attempt = ({ readId }: ListingRead, context: ActivityContext = house.context) =>
  new MockActivityEnvironment().run(() =>
    listingActivities(context).readAllListings({ shopId: SHOP.shopId, readId }),
  );
const read = async (): Promise<ListingRead | undefined> => {
  const begun = await begin();
  await attempt(begun);
  return findListingRead(house.database.db, begun.readId);
};
const work = async (): Promise<Workshop> => {
  workshop = await startWorkshop(house);
  return workshop;
};
const execute = async ({ client }: Workshop): Promise<ListingRead | undefined> => {
  const begun = await begin();
  await client.workflow.execute(WORKFLOW.readListings, listingsStartOptions(begun, true));
  return findListingRead(house.database.db, begun.readId);
};
const listed = async (gone = false) =>
  (await listListings(house.database.db, SHOP.shopId, { gone }, FIRST_PAIR, 1000)).map(
    ({ manageNumber, variantId }) => `${manageNumber}/${variantId}`,
  );
const searches = async (): Promise<number> =>
  (await house.control<{ calls: unknown[] }>('GET', '/control/calls?operation=items.search&limit=1000')).calls
    .length;

/** The same Rakuten, which goes away after so many pages or answers otherwise. */
const withSearch = (
  change: (ask: () => Promise<unknown>, search: { cursorMark?: string }) => Promise<unknown>,
): ActivityContext => {
  const gateway = house.context.gateway(SHOP.shopId);
  const searchItems = ((search, options) =>
    change(
      () => gateway.searchItems(search, options),
      search as { cursorMark?: string },
    )) as typeof gateway.searchItems;
  return { ...house.context, gateway: () => ({ ...gateway, searchItems }) };
};

it('goes on at the page where a killed worker stopped, and each of 250 items is kept and counted once', async () => {
  await many(250);
  const begun = await begin();
  let left = 2;
  const dying = withSearch((ask) => {
    left -= 1;
    return left < 0
      ? Promise.reject(new RmsError({ kind: 'unavailable', operation: 'items.search' }))
      : ask();
  });
  await expect(attempt(begun, dying)).rejects.toThrow();
  expect(await findListingRead(house.database.db, begun.readId)).toMatchObject({
    ...{ state: 'running', pages: 2, items: 200, skus: 200, expected: 250 },
  });
  const sent: unknown[] = [];
  await attempt(
    begun,
    withSearch((ask, { cursorMark }) => {
      sent.push(cursorMark);
      return ask();
    }),
  );
  expect(sent).not.toContain('*');
  expect(sent.length).toBeLessThanOrEqual(2);
  expect(await findListingRead(house.database.db, begun.readId)).toMatchObject({
    ...{ state: 'done', items: 250, skus: 250, failure: null },
  });
  expect(await listed()).toHaveLength(250);
});

it('begins anew where Rakuten does not take the stored cursor any more', async () => {
  await many(120);
  const begun = await begin();
  await house.database.pool.query(
    `update listing_reads set cursor_mark = '!', pages = 7, items = 700, skus = 700, malformed = 3`,
  );
  await attempt(begun);
  expect(await findListingRead(house.database.db, begun.readId)).toMatchObject({
    ...{ state: 'done', items: 120, skus: 120, malformed: 0 },
  });
});

it('keeps what a SKU is called, in the order of its item’s axes', async () => {
  await put(
    'Tabi',
    [
      { variantId: 'S', quantity: 1, skuInfo: 'サイズ:S\nカラー:紺', merchantDefinedSkuId: 'TABI-S' },
      { variantId: 's', quantity: 1, skuInfo: 'サイズ:s\nカラー:紺' },
    ],
    { title: '足袋', itemNumber: 'No1', hideItem: true },
  );
  await put('tea', [one], { title: '煎茶' });
  await read();
  const rows = await listListings(house.database.db, SHOP.shopId, {}, FIRST_PAIR, 10);
  expect(rows).toMatchObject(
    [
      { manageNumber: 'tabi', optionText: 's 紺', single: false, merchantDefinedSkuId: null },
      {
        ...{ manageNumber: 'tabi', variantId: 'S', title: '足袋', optionText: 'S 紺', itemNumber: 'No1' },
        ...{ merchantDefinedSkuId: 'TABI-S', single: false, hidden: true },
      },
      { manageNumber: 'tea', variantId: 'v', title: '煎茶', optionText: '', single: true, hidden: false },
    ].sort(
      (a, b) =>
        rows.findIndex((row) => row.optionText === a.optionText) -
        rows.findIndex((row) => row.optionText === b.optionText),
    ),
  );
});

it('a deleted item that is still listed is gone at once, one that is merely not met only after two days', async () => {
  for (const number of ['deleted', 'absent', 'kept']) await put(number, [one]);
  await read();
  await house.control('PUT', '/control/settings', { itemIndexLagSeconds: 3600 });
  await house.control('PUT', '/control/clock', { offsetSeconds: 4000 });
  await house.control('DELETE', `/control/shops/${SHOP.shopId}/items/deleted`);
  const hide = (number: string) =>
    withSearch(async (ask) => {
      const page = (await ask()) as { results: { item: { manageNumber: string } }[] };
      return { ...page, results: page.results.filter(({ item }) => item.manageNumber !== number) };
    });
  await attempt(await begin(), hide('absent'));
  expect([await listed(), await listed(true)]).toEqual([['absent/v', 'kept/v'], ['deleted/v']]);
  clock = 47 * HOUR;
  await attempt(await begin(), hide('absent'));
  expect(await listed()).toEqual(['absent/v', 'kept/v']);
  clock = 49 * HOUR;
  await attempt(await begin(), hide('absent'));
  expect([await listed(), await listed(true)]).toEqual([['kept/v'], ['absent/v', 'deleted/v']]);
  await read();
  expect(await listed()).toEqual(['absent/v', 'kept/v']);
});

it('what could not be read counts as malformed, and what was known of it stays', async () => {
  await put('fine', [one]);
  await put('odd', [one]);
  await read();
  clock = 100 * HOUR;
  const begun = await begin();
  await attempt(
    begun,
    withSearch(async (ask) => {
      const page = (await ask()) as { results: { item: { manageNumber: string } }[] };
      const [odd] = page.results.filter(({ item }) => item.manageNumber === 'odd');
      return {
        ...page,
        results: page.results.filter((result) => result !== odd),
        malformed: odd === undefined ? [] : [new RmsError({ kind: 'malformed', operation: 'items.search' })],
        malformedNumbers: odd === undefined ? [] : ['odd'],
      };
    }),
  );
  expect(await findListingRead(house.database.db, begun.readId)).toMatchObject({
    state: 'done',
    malformed: 1,
  });
  expect([await listed(), await listed(true)]).toEqual([['fine/v', 'odd/v'], []]);
});

it('a shop from before the SKU project has one variant of each plain item', async () => {
  await house.database.pool.query('update sandbox.shops set sku_migrated = false');
  await put('plain', [one], { itemNumber: 'P-1' });
  await read();
  const rows = await listListings(house.database.db, SHOP.shopId, {}, FIRST_PAIR, 10);
  expect(rows).toMatchObject([{ variantId: 'normal-inventory', itemNumber: 'P-1', single: true }]);
});

it('a key that may not search items ends it at once as failed, with the cause', async () => {
  const running = await work();
  await house.control('POST', '/control/faults', {
    operation: 'items.search',
    kind: 'unauthorised',
    times: 100,
  });
  expect(await execute(running)).toMatchObject({ state: 'failed', failure: 'function_not_ticked' });
});

it('waits and says why while Rakuten is away, and ends when it is cancelled', async () => {
  const { client } = await work();
  await house.control('POST', '/control/faults', {
    operation: 'items.search',
    kind: 'http_503_html',
    times: 100,
  });
  const begun = await begin();
  const handle = await client.workflow.start(WORKFLOW.readListings, listingsStartOptions(begun, true));
  await eventually(
    () => findListingRead(house.database.db, begun.readId),
    (row) => row?.failure === 'rakuten_unavailable',
    60,
  );
  await handle.cancel();
  expect(await handle.result()).toEqual({ state: 'cancelled' });
  expect(await findListingRead(house.database.db, begun.readId)).toMatchObject({ state: 'cancelled' });
}, 120_000);

it('a cancelled reading stores no further page', async () => {
  await many(250);
  const begun = await begin();
  const context = withSearch(async (ask) => {
    const page = await ask();
    await endListingRead(house.database.db, begun.readId, 'cancelled');
    return page;
  });
  expect(await attempt(begun, context)).toEqual({ state: 'cancelled' });
  expect(await listed()).toEqual([]);
});

it('is started again by the reconciliation when Temporal lost it', async () => {
  await put('tea', [one]);
  const { client } = await work();
  const begun = await begin();
  const wiring = { ...house.database, client, log: silent };
  await Promise.all([reconcile(wiring), reconcile(wiring)]);
  await eventually(
    () => findListingRead(house.database.db, begun.readId),
    (row) => row?.state === 'done',
  );
});

describe('links that a reading makes by itself', () => {
  const links = async () =>
    (await house.database.pool.query('select manage_number, sku_code, linked_by from sku_links order by 1'))
      .rows;
  let running: Workshop;
  beforeEach(async () => {
    const { db } = house.database;
    running = await work();
    await putSkus(
      db,
      ['A', 'B', 'C', 'named'].map((skuCode) => ({ skuCode, name: skuCode === 'named' ? '煎茶' : skuCode })),
    );
    await put('sure', [{ ...one, merchantDefinedSkuId: 'A' }]);
    await put('taken', [{ ...one, merchantDefinedSkuId: 'B' }]);
    for (const number of ['twin-1', 'twin-2']) await put(number, [{ ...one, merchantDefinedSkuId: 'C' }]);
    await put('likely', [one], { title: '煎茶' });
    await putLinks(db, SHOP.shopId, [{ manageNumber: 'taken', variantId: 'v', skuCode: 'C' }], 'a person');
  });
  const theirs = { manage_number: 'taken', sku_code: 'C', linked_by: 'a person' };

  it('are none while the setting is off', async () => {
    expect(await execute(running)).toMatchObject({ state: 'done' });
    expect(await links()).toEqual([theirs]);
  });

  it('are those that are certain when it is on; a person’s link stays', async () => {
    await changeSettings(house.database.db, SHOP.shopId, { automaticSkuLinks: true });
    await execute(running);
    expect(await links()).toEqual([{ manage_number: 'sure', sku_code: 'A', linked_by: 'automatic' }, theirs]);
  });
});

describe('the daily reading', () => {
  let running: Workshop;
  beforeEach(async () => {
    running = await work();
    await put('tea', [one]);
  });
  const query = (text: string) => house.database.pool.query(text);
  /** Synchronises until background work has come to the reading; what it costs is not waited for. */
  const day = async (integration = true): Promise<void> => {
    await changeSettings(house.database.db, SHOP.shopId, { automaticOrderIntegration: integration });
    await query(`delete from sync_cursors where search = 'listings'`);
    await eventually(
      async () => {
        await query(`delete from sync_cursors where search = 'background'`);
        await deskOf(house, running).sync();
        return (await query(`select 1 from sync_cursors where search = 'listings'`)).rowCount;
      },
      (done) => done === 1,
    );
    await eventually(
      async () => (await query(`select 1 from outbox where kind = 'listings.read'`)).rowCount,
      (waiting) => waiting === 0,
    );
  };
  const last = () => lastListingRead(house.database.db, SHOP.shopId);

  it('comes by the synchronisation once there is a SKU, and not again within twenty hours', async () => {
    await day();
    expect(await last()).toBeUndefined();
    await putSkus(house.database.db, [{ skuCode: 'A', name: 'A' }]);
    await day();
    const done = await eventually(last, (row) => row?.state === 'done');
    expect(done).toMatchObject({ requestedBy: 'schedule', items: 1 });
    await day();
    await askForListings(house.database.db, SHOP.shopId);
    await day();
    expect([(await last())?.readId, await searches()]).toEqual([done?.readId, 2]);
    await query(`update listing_reads set finished_at = now() - interval '21 hours'`);
    await day();
    await eventually(last, (row) => row?.state === 'done' && row.readId !== done?.readId);
  });

  it('does not come to a shop whose orders do not come in by themselves', async () => {
    await putSkus(house.database.db, [{ skuCode: 'A', name: 'A' }]);
    await day(false);
    expect(await last()).toBeUndefined();
  });
});
