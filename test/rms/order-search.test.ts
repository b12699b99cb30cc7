import fc from 'fast-check';
import { RmsError } from '../../src/rms/errors';
import {
  earliestReach,
  type FoundWindow,
  searchAllOrders,
  WindowTooFullError,
} from '../../src/rms/order-search';
import type { OrderSearch, OrderSearchPage } from '../../src/rms/orders';
import { checkOrderSearch } from '../../src/rms/search-request';

const NOW = new Date('2026-11-25T12:00:00+09:00');
const DAY = 86_400_000;
const ago = (ms: number): Date => new Date(NOW.getTime() - ms);

/** An order of a Rakuten that is played here: its number, and when it was placed, in whole seconds. */
interface Placed {
  readonly number: string;
  readonly at: number;
}

/** A Rakuten that holds these orders and answers as the reference says: pages from the oldest, 15,000 rows at most. */
const rakuten =
  (orders: readonly Placed[], searches: OrderSearch[] = []) =>
  async (search: OrderSearch): Promise<OrderSearchPage> => {
    expect(checkOrderSearch(search, NOW)).toEqual([]);
    searches.push(search);
    const [start, end] = [search.start, search.end].map((at) => Math.floor(at.getTime() / 1000) * 1000);
    const hits = orders
      .filter(({ at }) => at >= (start ?? 0) && at <= (end ?? 0))
      .sort((a, b) => a.at - b.at || (a.number < b.number ? -1 : 1));
    const from = (search.page - 1) * search.pageSize;
    return {
      orderNumbers: hits
        .slice(0, 15_000)
        .slice(from, from + search.pageSize)
        .map(({ number }) => number),
      totalRecords: hits.length,
      totalPages: Math.ceil(hits.length / search.pageSize),
      page: search.page,
    };
  };

const all = async (...args: Parameters<typeof searchAllOrders>): Promise<FoundWindow[]> => {
  const found: FoundWindow[] = [];
  for await (const window of searchAllOrders(...args)) found.push(window);
  return found;
};
const numbersOf = (found: readonly FoundWindow[]): string[] =>
  found.flatMap(({ orderNumbers }) => orderNumbers);
const placedAt = (at: Date, count: number, everyMs: number, prefix = 'o'): Placed[] =>
  Array.from({ length: count }, (_, index) => ({
    number: `${prefix}${index}`,
    at: Math.floor((at.getTime() + index * everyMs) / 1000) * 1000,
  }));

test('two years are searched in windows of at most 63 days that leave no gap and come in order', async () => {
  const searches: OrderSearch[] = [];
  const start = earliestReach(NOW);
  const found = await all(rakuten([], searches), { dateType: 'ordered', start, end: NOW });
  expect(found[0]?.start).toEqual(start);
  expect(found.at(-1)?.end).toEqual(NOW);
  for (const [index, window] of found.slice(1).entries()) expect(window.start).toEqual(found[index]?.end);
  for (const search of searches)
    expect(search.end.getTime() - search.start.getTime()).toBeLessThanOrEqual(63 * DAY);
});

test('a window with more than 15,000 orders is cut by time until every order can be reached', async () => {
  const orders = placedAt(ago(30 * DAY), 40_000, 60_000);
  const found = await all(rakuten(orders), { dateType: 'ordered', start: ago(40 * DAY), end: NOW });
  expect(found.length).toBeGreaterThan(2);
  const numbers = numbersOf(found);
  expect(numbers).toHaveLength(40_000);
  expect(new Set(numbers).size).toBe(40_000);
});

test('more than 15,000 orders in one second are not passed over in silence', async () => {
  const orders = placedAt(ago(DAY), 15_001, 0);
  const searching = all(rakuten(orders), { dateType: 'ordered', start: ago(2 * DAY), end: NOW });
  await expect(searching).rejects.toBeInstanceOf(WindowTooFullError);
});

test('an order on the boundary of two windows, or twice in the pages, comes once; none is missing', async () => {
  const offset = fc.integer({ min: 0, max: 200 * 86_400 });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(offset, { maxLength: 40 }),
      fc.integer({ min: 1, max: 200 }),
      async (offsets, days) => {
        const start = ago(days * DAY);
        const orders = offsets.map((seconds) => ({
          number: `o${seconds}`,
          at: Math.floor(NOW.getTime() / 1000 - seconds) * 1000,
        }));
        const wanted = orders.filter(({ at }) => at >= Math.floor(start.getTime() / 1000) * 1000);
        const found = numbersOf(await all(rakuten(orders), { dateType: 'ordered', start, end: NOW }));
        expect([...found].sort()).toEqual(wanted.map(({ number }) => number).sort());
      },
    ),
    { numRuns: 60 },
  );
});

test('pages that shift while they are read are read anew, so that no order falls between two of them', async () => {
  const orders = placedAt(ago(DAY), 2_500, 1000);
  const serve = rakuten(orders);
  let gone = false;
  const shifting = async (search: OrderSearch) => {
    const page = await serve(search);
    // After the first page was read its first order leaves the result, and every later one moves up.
    if (search.page === 1 && !gone) {
      gone = true;
      orders.shift();
    }
    return page;
  };
  const found = numbersOf(await all(shifting, { dateType: 'ordered', start: ago(2 * DAY), end: NOW }));
  expect(new Set(found).size).toBe(found.length);
  for (const { number } of orders) expect(found).toContain(number);
});

test.each([
  ['a span of more than two years', { start: ago(731 * DAY), end: NOW }],
  ['an end before its start', { start: NOW, end: ago(DAY) }],
  ['a status that does not exist', { start: ago(DAY), end: NOW, orderProgressList: [150] }],
])('%s is refused before a call is spent', async (_, query) => {
  const never = jest.fn();
  const searching = all(never, { dateType: 'ordered', ...query });
  await expect(searching).rejects.toBeInstanceOf(RmsError);
  await expect(searching).rejects.toMatchObject({ kind: 'invalid_request' });
  expect(never).not.toHaveBeenCalled();
});
