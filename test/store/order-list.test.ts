import fc from 'fast-check';
import type { OrderRef, Stage } from '../../src/domain/order';
import { settleHolds } from '../../src/store/holds';
import type { ListedOrder, OrderFilter } from '../../src/store/order-list';
import { listOrders } from '../../src/store/order-list';
import { openOrders, setStage } from '../../src/store/orders';
import { addShipments } from '../../src/store/shipments';
import { createShop } from '../../src/store/shops';
import { basket, line } from '../domain/facts';
import { stockDesk } from './stock-lines';
import type { TestStore } from './store';
import { newShop, startStore } from './store';

let store: TestStore;
let held: OrderRef;
beforeAll(async () => {
  store = await startStore();
  await createShop(store.db, store.vault, newShop('cake'));
  for (let index = 0; index < 7; index += 1) await store.order(`100-${index}`);
  await store.pool.query("update orders set created_at = '2026-07-01T00:00:00.123456Z'");
  held = await store.order('200-1', { baskets: [basket('10', [{ ...line('1'), variantId: 'G9' }])] }, [
    'hash-of-a-name',
  ]);
  await settleHolds(store.db, held, [{ code: 'sku_unlinked', cause: 'tea/G9' }]);
  await addShipments(store.db, held, [
    { basketId: '10', carrier: '1001', trackingNumber: 'T-1', shippedOn: '2026-07-02', source: 'api' },
  ]);
  await setStage(store.db, await store.order('200-2'), 'completed', new Date());
});
afterAll(() => store.close());

const list = (filter: OrderFilter, limit = 50): Promise<ListedOrder[]> =>
  listOrders(store.db, filter, undefined, limit);
const numbers = (rows: readonly { orderNumber: string }[]) => rows.map(({ orderNumber }) => orderNumber);
const q = (text: string, lookup = 'no hash') => list({ q: { text, lookup } }).then(numbers);

test('orders are narrowed by shop, stage and open hold', async () => {
  expect(await list({ shopId: 'cake' })).toEqual([]);
  expect(numbers(await list({ stage: 'completed' }))).toEqual(['200-2']);
  expect(numbers(await list({ hold: 'sku_unlinked' }))).toEqual(['200-1']);
  expect(await list({ hold: 'sku_unlinked', stage: 'completed' })).toEqual([]);
});

test('a hold that was released is none', async () => {
  await settleHolds(store.db, held, []);
  expect(await list({ hold: 'sku_unlinked' })).toEqual([]);
});

test('an order is found by the beginning of its number, by tracking number, by SKU and by hash, exactly', async () => {
  const desk = stockDesk(store);
  await desk.skus('G9');
  await desk.link('G9');
  expect((await q('200-')).sort()).toEqual(['200-1', '200-2']);
  expect(await q('T-1')).toEqual(['200-1']);
  expect(await q('T-')).toEqual([]);
  expect(await q('G9')).toEqual(['200-1']);
  expect(await q('someone', 'hash-of-a-name')).toEqual(['200-1']);
  expect(await q('%')).toEqual([]);
});

test.each([1, 2, 3, 50])(
  'pages of %d show every order once, newest first, though many came at the same moment',
  async (limit) => {
    const seen: ListedOrder[] = [];
    let after: Parameters<typeof listOrders>[2];
    for (let page = 0; page < 20; page += 1) {
      const rows = await listOrders(store.db, {}, after, limit);
      const last = rows.at(-1);
      if (last === undefined) break;
      seen.push(...rows);
      after = { ...last, createdAt: last.createdAt.toISOString() };
    }
    expect(numbers(seen)).toEqual([
      '200-2',
      '200-1',
      ...[6, 5, 4, 3, 2, 1, 0].map((index) => `100-${index}`),
    ]);
  },
);

test('a list holds nothing that is sealed or that only decisions need', async () => {
  const [done, open] = await list({ shopId: 'tea' }, 2);
  expect(done).toMatchObject({ orderNumber: '200-2', readAt: expect.any(Date) });
  expect(open).toMatchObject({ orderNumber: '200-1', rakutenStatus: 100 });
  for (const secret of ['sealedSnapshot', 'facts', 'checked']) expect(open).not.toHaveProperty(secret);
});

test('a walk through the open orders meets each once and no finished one', async () => {
  const seen: OrderRef[] = [];
  for (let page = 0; page < 20; page += 1) {
    const rows = await openOrders(store.db, undefined, seen.at(-1), 3);
    if (rows.length === 0) break;
    seen.push(...rows);
  }
  expect(numbers(seen)).toEqual([...[0, 1, 2, 3, 4, 5, 6].map((index) => `100-${index}`), '200-1']);
});

describe('whatever is looked for, and however many match', () => {
  interface Known extends OrderRef {
    readonly createdAt: string;
    readonly stage: Stage;
    readonly holds: readonly string[];
    readonly tracking: string | undefined;
    readonly hash: string;
    readonly skus: readonly string[];
  }
  const SHOPS = ['mug', 'pan'];
  const HOLDS = ['manual', 'stock_short', 'sku_unlinked', 'never'];
  const SKUS = ['K-all', 'K-half', 'K-old', '300-1', 'K-never'];
  const STAGES = ['held', 'ready', 'completed', 'confirming'] as const;
  /** Every way to a page: few, among the newest, and everything compared. */
  const BOUNDS = [
    { few: 5_000, newest: 1_000 },
    { few: 10, newest: 40 },
    { few: 0, newest: 1 },
  ];

  const random = (index: number, salt: number) => ((index * 7_919 + salt * 104_729) % 1_009) / 1_009;
  const known: Known[] = Array.from({ length: 160 }, (_, index) => ({
    shopId: random(index, 1) < 0.1 ? 'mug' : 'pan',
    orderNumber: `${random(index, 2) < 0.3 ? '300-1' : '400-2'}${String(index % 80).padStart(3, '0')}`,
    createdAt: new Date(Date.UTC(2026, 0, 1) + Math.floor(index / 10) * 60_000).toISOString(),
    stage: index === 33 ? 'confirming' : (STAGES[Math.floor(random(index, 3) * 3)] ?? 'held'),
    holds: HOLDS.filter((_code, at) => at < 3 && random(index, 4 + at) < 0.4 / (at + 1)),
    tracking: random(index, 8) < 0.5 ? `T-${index % 20}` : undefined,
    hash: `hash-${index % 7}`,
    skus: ['K-all', ...(index % 2 ? ['K-half'] : []), ...(index < 30 ? ['K-old', '300-1'] : [])],
  })).filter((one, index, all) => all.findIndex((other) => nameOf(other) === nameOf(one)) === index);

  function nameOf({ shopId, orderNumber }: OrderRef): string {
    return `${shopId}/${orderNumber}`;
  }
  const naive = ({ shopId, stage, hold, q: sought }: OrderFilter): string[] =>
    known
      .filter(
        (one) =>
          (shopId === undefined || one.shopId === shopId) &&
          (stage === undefined || one.stage === stage) &&
          (hold === undefined || one.holds.includes(hold)) &&
          (sought === undefined ||
            one.orderNumber.startsWith(sought.text) ||
            one.tracking === sought.text ||
            one.hash === sought.lookup ||
            one.skus.includes(sought.text)),
      )
      .map((one) => ({ sort: [one.createdAt, one.shopId, one.orderNumber].join(' '), name: nameOf(one) }))
      .sort((a, b) => (a.sort < b.sort ? 1 : -1))
      .map(({ name }) => name);

  beforeAll(async () => {
    for (const shopId of SHOPS) await createShop(store.db, store.vault, newShop(shopId));
    await stockDesk(store).skus(...SKUS);
    const json = JSON.stringify(known);
    for (const statement of [
      `insert into sku_links (shop_id, manage_number, variant_id, sku_code)
       select shop_id, sku_code, 'v', sku_code from shops, unnest('{${SKUS.join(',')}}'::text[]) sku_code where shop_id in ('mug', 'pan')`,
      `insert into orders (shop_id, order_number, stage, created_at)
       select "shopId", "orderNumber", stage, "createdAt" from known`,
      `insert into order_lines (shop_id, order_number, basket_id, item_detail_id, manage_number, variant_id, name, units)
       select "shopId", "orderNumber", '1', sku, sku, 'v', sku, 1 from known, jsonb_array_elements_text(skus) sku
       union all select "shopId", "orderNumber", '2', sku, sku, 'v', sku, 1 from known, jsonb_array_elements_text(skus) sku`,
      `insert into holds (shop_id, order_number, code, cause, blocks, manual, opened_by)
       select "shopId", "orderNumber", hold, '', 'ship', true, 'test' from known, jsonb_array_elements_text(holds) hold`,
      `insert into order_lookups (shop_id, order_number, hash) select "shopId", "orderNumber", hash from known`,
      `insert into shipments (shop_id, order_number, basket_id, carrier, tracking_number, shipped_on, source)
       select "shopId", "orderNumber", '1', '1001', tracking, '2026-01-01', 'api' from known where tracking is not null`,
    ])
      await store.pool.query(
        statement.replaceAll(
          'from known',
          `from jsonb_to_recordset($1) known ("shopId" text, "orderNumber" text, "createdAt" timestamptz, stage text,
             holds jsonb, tracking text, hash text, skus jsonb)`,
        ),
        statement.includes('from known') ? [json] : [],
      );
  });

  const maybe = <T>(...values: readonly T[]) => fc.constantFrom(undefined, ...values);
  const filters = fc.record({
    shopId: fc.constantFrom(...SHOPS, undefined),
    stage: maybe(...STAGES),
    hold: maybe(...HOLDS),
    q: fc.option(
      fc.record({
        text: fc.constantFrom(...SKUS, '300-', '400-2', '400-2011', '4', 'T-3', 'T-', '%', '_'),
        lookup: fc.constantFrom('hash-1', 'hash-6', 'no hash', 'no hash'),
      }),
      { nil: undefined },
    ),
  });

  test('pages show exactly the orders that match, each once, newest import first', async () => {
    const property = fc.asyncProperty(
      filters,
      fc.constantFrom(1, 7, 60),
      fc.constantFrom(...BOUNDS),
      async (filter, limit, bounds) => {
        const seen: ListedOrder[] = [];
        let after: Parameters<typeof listOrders>[2];
        for (;;) {
          const rows = await listOrders(store.db, filter, after, limit, bounds);
          seen.push(...rows);
          const last = rows.at(-1);
          if (last === undefined || rows.length < limit) break;
          after = { ...last, createdAt: last.createdAt.toISOString() };
        }
        // The other orders of this file are of another shop.
        const own = seen.filter(({ shopId }) => SHOPS.includes(shopId));
        expect(own.map(nameOf)).toEqual(naive(filter));
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });
});
