import { noteDeadline } from '../../src/store/deadlines';
import { settleHolds } from '../../src/store/holds';
import { saveStanding, setParked } from '../../src/store/orders';
import type { TestApi } from './support';
import { NEW_SHOP, startTestApi, storeOrder } from './support';

const HOUR_MS = 3_600_000;
const START = Date.now();
/** A time of so many hours from now. */
const inHours = (hours: number): Date => new Date(START + hours * HOUR_MS);
const SINCE = expect.stringMatching(/^\d{4}-.*Z$/);

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await api.as('post', '/v1/shops').send(NEW_SHOP).expect(201);
  for (const [orderNumber, hours] of [
    ['late', -2],
    ['risky', 3],
    ['calm', 50],
    ['calm-2', 50],
  ] as const) {
    const ref = { shopId: 'tea', orderNumber };
    await storeOrder(api, ref);
    await saveStanding(api.db, ref, { deadlineCode: 'ship_by', deadlineAt: inHours(hours) });
  }
  const risky = { shopId: 'tea', orderNumber: 'risky' };
  await noteDeadline(api.db, risky, { code: 'ship_by', at: inHours(3), kind: 'at_risk' });
  await settleHolds(api.db, risky, [{ code: 'sku_unlinked', cause: 'tea/G100' }]);
  await setParked(api.db, risky, 'rakuten_unavailable');
});
afterAll(() => api.close());

const list = async (query = '') => (await api.as('get', `/v1/deadlines${query}`).expect(200)).body;
const numbers = ({ items }: { items: { orderNumber: string }[] }) =>
  items.map(({ orderNumber }) => orderNumber);

test('each open order shows by when, how that stands and what is in its way', async () => {
  const { items } = await list();
  expect(items.slice(0, 2)).toEqual([
    {
      ...{ shopId: 'tea', orderNumber: 'late', code: 'ship_by', at: inHours(-2).toISOString() },
      ...{ state: 'missed', stage: 'ready', holds: [], parked: null, atRiskSince: null, missedSince: null },
    },
    {
      ...{ shopId: 'tea', orderNumber: 'risky', code: 'ship_by', at: inHours(3).toISOString() },
      ...{ state: 'at_risk', stage: 'ready', holds: ['sku_unlinked'], parked: 'rakuten_unavailable' },
      ...{ atRiskSince: SINCE, missedSince: null },
    },
  ]);
});

test('the list is narrowed and comes page by page, the nearest first', async () => {
  expect(numbers(await list('?state=missed'))).toEqual(['late']);
  expect(numbers(await list('?shopId=tea&code=ship_by&state=ahead'))).toEqual(['calm', 'calm-2']);
  expect(numbers(await list('?code=pay_by'))).toEqual([]);
  expect(numbers(await list(`?before=${inHours(4).toISOString()}`))).toEqual(['late', 'risky']);
  const first = await list('?limit=3');
  const second = await list(`?limit=3&cursor=${first.nextCursor}`);
  expect([...numbers(first), ...numbers(second)]).toEqual(['late', 'risky', 'calm', 'calm-2']);
  expect(second.nextCursor).toBeNull();
});

test('the metrics count them by shop, code and state', async () => {
  const { text } = await api.anonymous.get('/metrics').expect(200);
  const of = (state: string) => `okuri_deadlines{shop="tea",code="ship_by",state="${state}"}`;
  const lines = text.split('\n').filter((line) => line.startsWith('okuri_deadlines{'));
  expect(lines.sort()).toEqual([`${of('ahead')} 2`, `${of('at_risk')} 1`, `${of('missed')} 1`]);
});

test.each(['?state=never', '?code=tea_time', '?before=tomorrow', '?cursor=x', '?limit=201', '?q=1'])(
  '%s is refused',
  async (query) => {
    await api.as('get', `/v1/deadlines${query}`).expect(400);
  },
);

test('nobody but the administrator sees them', async () => {
  await api.anonymous.get('/v1/deadlines').expect(401);
});
