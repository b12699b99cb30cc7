import { createGateway, type RmsGateway } from '../../src/rms/gateway';
import { type Arrived, type FakeRms, json, startFakeRms } from './support/fake-rms';
import { freeLimiter } from './support/limiters';
import { no, numbered } from './support/numbers';
import { info } from './support/payloads';

const NOW = Date.parse('2026-11-25T12:00:00+09:00');
const since = new Date(NOW - 60_000);

let rms: FakeRms;
let gateway: RmsGateway;
/** What the server shows on each page. */
let pages: string[][];

beforeEach(async () => {
  pages = [[]];
  rms = await startFakeRms((request, response) => {
    const page = pageOf(request);
    const shown = pages[page - 1] ?? [];
    return json(200, {
      orderNumberList: shown,
      MessageModelList: [info('SEARCH_ORDER_INFO_101')],
      PaginationResponseModel: {
        totalRecordsAmount: pages.flat().length,
        totalPages: pages.length,
        requestPage: page,
      },
    })(request, response);
  });
  const connection = async () => rms.connection;
  const began = Date.now();
  const now = () => NOW + Date.now() - began;
  gateway = createGateway({ shopId: 'shop', connection, limiter: freeLimiter, now });
});
afterEach(async () => {
  await gateway.close();
  await rms.close();
});

const pageOf = ({ body }: Arrived): number =>
  (body.PaginationRequestModel as { requestPage: number }).requestPage;

test('one confirmation is looked for at once, by confirmation date and in every status but 100', async () => {
  pages = [[no('a')]];
  await expect(gateway.isConfirmed(no('a'), since)).resolves.toBe(true);
  expect(rms.requests).toHaveLength(1);
  expect(rms.requests[0]?.body).toMatchObject({
    dateType: 2,
    orderProgressList: [200, 300, 400, 500, 600, 700, 800, 900],
    startDatetime: '2026-11-25T11:49:00+0900',
    endDatetime: expect.stringMatching(/^2026-11-25T12:00:0\d\+0900$/),
  });
});

test('a thousand confirmations are read back by one search', async () => {
  const numbers = numbered(1000);
  pages = [numbers];
  const found = await Promise.all(numbers.map((number) => gateway.isConfirmed(number, since)));
  expect(found.every(Boolean)).toBe(true);
  expect(rms.requests).toHaveLength(1);
});

test('one that does not show is not confirmed, whatever its neighbours are', async () => {
  pages = [[no('a'), no('c')]];
  const asked = ['a', 'b', 'c'].map((tag) => gateway.isConfirmed(no(tag), since));
  await expect(Promise.all(asked)).resolves.toEqual([true, false, true]);
});

test('what is not on the first page is looked for on the next, to the last and no further', async () => {
  pages = [[no('a')], [no('b')], [no('c')]];
  const asked = ['a', 'c', 'missing'].map((tag) => gateway.isConfirmed(no(tag), since));
  await expect(Promise.all(asked)).resolves.toEqual([true, true, false]);
  expect(rms.requests.map(pageOf)).toEqual([1, 2, 3]);
});
