import { applySuggestions } from '../../src/store/apply-suggestions';
import { beginListingRead } from '../../src/store/listing-reads';
import { saveListingPage } from '../../src/store/listings';
import { findShop } from '../../src/store/shops';
import { putLinks } from '../../src/store/sku-links';
import { putSkus } from '../../src/store/skus';
import { eventually } from '../support/eventually';
import type { TestStore } from './store';
import { startStore } from './store';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.close());

test('a link that a person makes while suggestions are applied stays', async () => {
  const { db, pool } = store;
  await putSkus(
    db,
    ['A', 'B'].map((skuCode) => ({ skuCode, name: skuCode })),
  );
  const outcome = await beginListingRead(db, 'tea', 'test');
  if ('running' in outcome) throw new Error('Another reading runs');
  const pair = { manageNumber: 'item', variantId: 'v' };
  const listing = { ...pair, itemNumber: null, merchantDefinedSkuId: 'A', title: '', optionText: '' };
  await saveListingPage(db, {
    ...{
      readId: outcome.begun.readId,
      shopId: 'tea',
      items: ['item'],
      unread: [],
      malformed: 0,
      expected: 1,
    },
    ...{ rows: [{ ...listing, single: true, hidden: false }], cursorMark: '*', last: true, now: new Date() },
  });
  const shop = await findShop(db, 'tea');
  if (shop === undefined) throw new Error('There is no shop');

  const applied = await db.transaction(async (tx) => {
    await putLinks(tx, 'tea', [{ ...pair, skuCode: 'B' }], 'a person');
    const applying = applySuggestions(db, shop, { atLeast: 'certain', linkedBy: 'x', dryRun: false });
    const waits = `select 1 from pg_locks where not granted and relation = 'sku_links'::regclass`;
    await eventually(
      async () => (await pool.query(waits)).rowCount,
      (count) => count === 1,
    );
    return { applying };
  });
  expect(await applied.applying).toEqual({ count: 0, links: [] });
  const { rows } = await pool.query('select sku_code, linked_by from sku_links');
  expect(rows).toEqual([{ sku_code: 'B', linked_by: 'a person' }]);
});
