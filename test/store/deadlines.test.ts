import type { DeadlineCode } from '../../src/domain/deadlines';
import type { OrderRef } from '../../src/domain/order';
import type { DeadlineFilter, DeadlineRow } from '../../src/store/deadlines';
import { countDeadlines, listDeadlines, noteDeadline } from '../../src/store/deadlines';
import { saveStanding, setStage } from '../../src/store/orders';
import { createShop } from '../../src/store/shops';
import type { TestStore } from './store';
import { newShop, startStore } from './store';

const HOUR_MS = 3_600_000;
/** So many hours from now; to the millisecond, as it is stored. */
const inHours = (hours: number): Date => new Date(Date.now() + hours * HOUR_MS);

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
  await createShop(store.db, store.vault, newShop('cake'));
});
afterAll(() => store.close());
beforeEach(async () => {
  await store.pool.query('update orders set deadline_at = null, deadline_code = null, finished_at = null');
  await store.pool.query('truncate deadline_notices');
});

const due = async (orderNumber: string, hours: number, code: DeadlineCode = 'ship_by') => {
  const ref = await store.order(orderNumber);
  const at = inHours(hours);
  await saveStanding(store.db, ref, { deadlineCode: code, deadlineAt: at });
  return { ref, code, at };
};
const list = (filter: DeadlineFilter = {}): Promise<DeadlineRow[]> =>
  listDeadlines(store.db, filter, undefined, 50);
const numbers = (rows: readonly OrderRef[]): string[] => rows.map(({ orderNumber }) => orderNumber);
test('the same deadline is announced once, also by two at once; another time or kind is another announcement', async () => {
  const { ref, code, at } = await due('100-1', 5);
  const note = (more: object = {}) =>
    store.db.transaction((tx) => noteDeadline(tx, ref, { code, at, kind: 'at_risk', ...more }));
  expect((await Promise.all([note(), note()])).filter(Boolean)).toHaveLength(1);
  expect(await note()).toBe(false);
  expect(await note({ kind: 'missed' })).toBe(true);
  expect(await note({ at: inHours(6) })).toBe(true);
});

describe('the list of deadlines', () => {
  test('has the nearest first, and neither finished orders nor those without one', async () => {
    await due('later', 9);
    await due('missed', -3);
    await due('soon', 2);
    const { ref } = await due('finished', 1);
    await setStage(store.db, ref, 'completed', new Date());
    await store.order('without');
    expect(numbers(await list())).toEqual(['missed', 'soon', 'later']);
  });

  test('tells what is ahead, endangered and missed, by the deadline that the order has now', async () => {
    const risky = await due('risky', 2);
    const missed = await due('missed', -3);
    const moved = await due('moved', 4);
    for (const { ref, code, at } of [risky, missed, moved])
      await noteDeadline(store.db, ref, { code, at, kind: 'at_risk' });
    await noteDeadline(store.db, missed.ref, { code: missed.code, at: missed.at, kind: 'missed' });
    await saveStanding(store.db, moved.ref, { deadlineCode: moved.code, deadlineAt: inHours(30) });
    const [first, second, third] = await list();
    expect(first).toMatchObject({
      state: 'missed',
      atRiskSince: expect.any(Date),
      missedSince: expect.any(Date),
    });
    expect(second).toMatchObject({ state: 'at_risk', atRiskSince: expect.any(Date), missedSince: null });
    expect(third).toMatchObject({ state: 'ahead', atRiskSince: null, missedSince: null });
    expect(numbers(await list({ state: 'missed' }))).toEqual(['missed']);
    expect(numbers(await list({ state: 'at_risk' }))).toEqual(['risky']);
    expect(numbers(await list({ state: 'ahead' }))).toEqual(['moved']);
    expect((await countDeadlines(store.db)).map(({ state, count }) => `${state} ${count}`).sort()).toEqual([
      'ahead 1',
      'at_risk 1',
      'missed 1',
    ]);
  });

  test('is narrowed by shop, code and time', async () => {
    await due('ship', 2);
    await due('pay', 3, 'pay_by');
    await store.pool.query(
      `insert into orders (shop_id, order_number, stage, deadline_at, deadline_code)
       values ('cake', 'cake-1', 'ready', now() + interval '4 hours', 'pay_by')`,
    );
    expect(numbers(await list({ shopId: 'cake' }))).toEqual(['cake-1']);
    expect(numbers(await list({ code: 'pay_by' }))).toEqual(['pay', 'cake-1']);
    expect(numbers(await list({ before: inHours(2.5) }))).toEqual(['ship']);
    await store.pool.query("delete from orders where shop_id = 'cake'");
  });

  test.each([1, 2, 3, 50])(
    'shows every order once in pages of %d, though many are due at the same moment',
    async (limit) => {
      const at = inHours(7);
      for (let index = 0; index < 5; index += 1)
        await saveStanding(store.db, await store.order(`200-${index}`), {
          deadlineCode: 'close_by',
          deadlineAt: at,
        });
      await due('201-0', 6);
      const seen: DeadlineRow[] = [];
      for (let page = 0; page < 10; page += 1) {
        const last = seen.at(-1);
        const after = last === undefined ? undefined : { ...last, at: last.at.toISOString() };
        seen.push(...(await listDeadlines(store.db, {}, after, limit)));
      }
      expect(numbers(seen)).toEqual(['201-0', ...[0, 1, 2, 3, 4].map((index) => `200-${index}`)]);
    },
  );
});
