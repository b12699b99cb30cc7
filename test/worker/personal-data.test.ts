import { eq, sql } from 'drizzle-orm';
import { auditLog } from '../../src/store/access-schema';
import { addManualHold } from '../../src/store/holds';
import { findOrder, reopenMissing, setStage } from '../../src/store/orders';
import { askToErase, eraseOrder } from '../../src/store/personal-data';
import { readSnapshot } from '../../src/store/readings';
import { holds, orderChanges, orderLines, orderLookups, orders } from '../../src/store/schema';
import { createShop } from '../../src/store/shops';
import { addLines, linesOfOrder } from '../../src/store/timeline';
import { createVault } from '../../src/store/vault';
import { eraseDuePersonalData } from '../../src/worker/personal-data';
import type { TestStore } from '../store/store';
import { newShop, startStore } from '../store/store';
import { silent } from '../support/house';
import {
  ACCOUNTS,
  BUYER,
  finish,
  foundOf,
  PLANTED,
  plantedOrder,
  quietContext,
  readPlanted,
} from '../support/people';

const DAY = 86_400_000;
const DAYS = 30;
const now = new Date('2026-11-20T00:00:00Z');
const ago = (days: number): Date => new Date(now.getTime() - days * DAY);

let store: TestStore;
let context: ReturnType<typeof quietContext>;
beforeEach(async () => {
  store = await startStore();
  context = quietContext(store, store.vault, () => now);
  await createShop(store.db, store.vault, newShop('short', { personalDataRetentionDays: DAYS }));
  await createShop(store.db, store.vault, newShop('forever', { personalDataRetentionDays: null }));
});
afterEach(() => store.close());

const erase = (vault = store.vault) =>
  eraseDuePersonalData({ db: store.db, pool: store.pool, vault, now: () => now, log: silent });
let serial = 0;
/** An order whose address was changed once, and that a person held with a text that names the buyer. */
const planted = async (shopId: string, finishedAt: Date | null) => {
  serial += 1;
  const ref = { shopId, orderNumber: `1-20261101-${serial}` };
  await readPlanted(context, ref, { OrdererModel: BUYER, remarks: `${BUYER.familyName}の前の備考` });
  await readPlanted(context, ref);
  await store.db.transaction(async (tx) => {
    const text = `${BUYER.familyName}様に電話`;
    await addManualHold(tx, ref, { code: 'call', text, blocks: 'ship', actor: 'desk' });
    await addLines(tx, ref, [{ code: 'hold.opened', params: { hold: 'call', cause: text }, actor: 'desk' }]);
    await addLines(tx, ref, [{ code: 'hold.opened', params: { hold: 'stock_short', cause: 'TEA' } }]);
  });
  if (finishedAt !== null) await finish(context, ref, finishedAt);
  return ref;
};
const rowsOf = (
  table: typeof orderLookups | typeof orderChanges | typeof orderLines | typeof holds,
  number: string,
) => store.db.select().from(table).where(eq(table.orderNumber, number));
const codes = async (ref: { shopId: string; orderNumber: string }) =>
  (await linesOfOrder(store.db, ref)).map(({ code }) => code);

test('people are found before, and nowhere in the database after their shop’s days; the accounting stays', async () => {
  const ref = await planted('short', ago(DAYS + 1));
  expect((await foundOf(store.pool, store.vault)).sort()).toEqual(
    expect.arrayContaining([...PLANTED].sort()),
  );
  expect(await erase()).toBe(1);
  expect(await foundOf(store.pool, store.vault)).toEqual([]);

  expect(JSON.parse((await readSnapshot(store.db, store.vault, ref)) ?? '')).toMatchObject({
    ...ACCOUNTS,
    orderNumber: ref.orderNumber,
    orderProgress: 300,
    orderDatetime: plantedOrder('').orderDatetime,
    PackageModelList: [
      {
        basketId: 10,
        ItemModelList: [{ itemDetailId: 101, itemName: 'Green tea', price: 1500, units: 2 }],
        ShippingModelList: [{ shippingNumber: '4000', deliveryCompany: '1001', shippingDate: '2026-11-03' }],
      },
    ],
  });
  const row = await findOrder(store.db, ref);
  expect(row).toMatchObject({
    erasedAt: now,
    checked: null,
    facts: { rakutenStatus: 300, fingerprints: {} },
  });
  expect(await rowsOf(orderLines, ref.orderNumber)).toMatchObject([{ name: 'Green tea', units: 2 }]);
  // That something changed stays known, and what does not.
  expect(await rowsOf(orderChanges, ref.orderNumber)).toMatchObject([
    { field: 'remarks', sealedBefore: null, sealedAfter: null },
  ]);
  const causes = (await linesOfOrder(store.db, ref)).flatMap(({ params }) => params.cause ?? []);
  expect(causes).toEqual(['–', 'TEA']);
  expect((await codes(ref)).at(-1)).toBe('personal_data.erased');
});

test('what was erased is counted in the audit log, and nobody is named there', async () => {
  await planted('short', ago(DAYS + 1));
  await planted('short', ago(DAYS + 2));
  await erase();
  const lines = await store.db.select().from(auditLog).where(eq(auditLog.action, 'personal_data.erased'));
  expect(lines).toMatchObject([
    {
      actor: 'system',
      shopId: 'short',
      target: { orders: 2, lookups: 10, changes: 2 },
      request: { why: 'outlived', retentionDays: DAYS },
    },
  ]);
});

test('an order keeps its people while it is open, while its days last, and where its shop keeps them for good', async () => {
  const kept = [
    await planted('short', null),
    await planted('short', ago(DAYS - 1)),
    await planted('forever', ago(3_000)),
  ];
  expect(await erase()).toBe(0);
  for (const ref of kept) expect((await findOrder(store.db, ref))?.erasedAt).toBeNull();
});

test('erasing again changes nothing, and of two processes one erases', async () => {
  const ref = await planted('short', ago(DAYS + 1));
  const [first, second] = await Promise.all([erase(), erase()]);
  expect(first + second).toBe(1);
  const before = await findOrder(store.db, ref);
  expect(await erase()).toBe(0);
  expect(await findOrder(store.db, ref)).toEqual(before);
  expect((await codes(ref)).filter((code) => code === 'personal_data.erased')).toHaveLength(1);
});

test('an order that is read again after its erasure is stored without its people, and is found by nothing', async () => {
  const ref = await planted('short', ago(DAYS + 1));
  await erase();
  const lines = await codes(ref);
  await readPlanted(context, ref, { orderProgress: 900, remarks: `${BUYER.familyName}の後の備考` });
  expect(await foundOf(store.pool, store.vault)).toEqual([]);
  expect(await rowsOf(orderLookups, ref.orderNumber)).toEqual([]);
  expect(await rowsOf(orderChanges, ref.orderNumber)).toHaveLength(1);
  expect(await findOrder(store.db, ref)).toMatchObject({
    rakutenStatus: 900,
    erasedAt: now,
    facts: { fingerprints: {} },
  });
  expect(await codes(ref)).toEqual([...lines, 'order.status_changed']);
});

test('a death in the middle of an erasure leaves the order as it was, and the next turn erases it', async () => {
  const ref = await planted('short', ago(DAYS + 1));
  const dump = () => store.db.select().from(orders).where(eq(orders.orderNumber, ref.orderNumber));
  const before = [
    await dump(),
    await rowsOf(orderLookups, ref.orderNumber),
    await rowsOf(holds, ref.orderNumber),
  ];
  const dying = store.another();
  const death = dying.db.transaction(async (tx) => {
    await eraseOrder(tx, store.vault, ref, { at: now, actor: 'system' });
    const { rows } = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
    await store.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await tx.execute(sql`select 1`);
  });
  await expect(death).rejects.toThrow();
  expect([
    await dump(),
    await rowsOf(orderLookups, ref.orderNumber),
    await rowsOf(holds, ref.orderNumber),
  ]).toEqual(before);
  expect(await erase()).toBe(1);
  expect(await foundOf(store.pool, store.vault)).toEqual([]);
});

test('an order that cannot be erased is left whole and does not keep the others from it', async () => {
  const broken = await planted('short', ago(DAYS + 9));
  const fine = await planted('short', ago(DAYS + 1));
  const other = createVault(Buffer.alloc(32, 7));
  await store.db
    .update(orders)
    .set({ sealedSnapshot: other.seal('elsewhere', '{}') })
    .where(eq(orders.orderNumber, broken.orderNumber));
  expect(await erase()).toBe(1);
  expect((await findOrder(store.db, fine))?.erasedAt).toEqual(now);
  expect((await findOrder(store.db, broken))?.erasedAt).toBeNull();
  expect(await rowsOf(orderLookups, broken.orderNumber)).toHaveLength(5);
});

test('an open order whose buyer asked to be erased is erased when it is finished, whatever its shop keeps', async () => {
  const ref = await planted('forever', null);
  await store.db.transaction((tx) => askToErase(tx, ref, 'desk'));
  await store.db.transaction((tx) => askToErase(tx, ref, 'desk'));
  expect((await codes(ref)).filter((code) => code === 'personal_data.erasure_asked')).toHaveLength(1);
  expect(await erase()).toBe(0);
  await finish(context, ref, ago(0));
  expect(await erase()).toBe(1);
  expect(await foundOf(store.pool, store.vault)).toEqual([]);
});

test('more orders than one batch are erased in one turn', async () => {
  await planted('short', ago(DAYS + 1));
  await store.pool.query(
    `insert into orders (shop_id, order_number, stage, finished_at, facts)
     select 'short', 'copy-' || n, 'completed', finished_at - n % 3 * interval '1 day', facts
     from orders, generate_series(1, 120) n where shop_id = 'short'`,
  );
  expect(await erase()).toBe(121);
  expect(await erase()).toBe(0);
});

test('an order that Rakuten did not know and that is asked for once more is stored with its people', async () => {
  const ref = await planted('short', null);
  await setStage(store.db, ref, 'not_found', ago(DAYS + 1));
  expect(await erase()).toBe(1);
  expect(await reopenMissing(store.db, ref)).toBe(true);
  await readPlanted(context, ref);
  expect(await readSnapshot(store.db, store.vault, ref)).toContain(BUYER.familyName);
});

test('a reservation that was erased and becomes an order after all is stored with its people', async () => {
  const reserved = await planted('short', null);
  await setStage(store.db, reserved, 'not_found', ago(DAYS + 1));
  expect(await erase()).toBe(1);
  const ref = { shopId: 'short', orderNumber: '1-20261102-1' };
  await readPlanted(context, ref, { reserveNumber: reserved.orderNumber });
  expect(await findOrder(store.db, ref)).toMatchObject({ erasedAt: null, finishedAt: null });
  expect(await readSnapshot(store.db, store.vault, ref)).toContain(BUYER.familyName);
});
