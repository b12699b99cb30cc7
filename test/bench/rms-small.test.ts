import { drainBacklog } from '../../bench/support/backlog';
import { type Figure, met } from '../../bench/support/figures';
import { type GatewayRig, openGatewayRig } from '../../bench/support/gateway-rig';
import { oneSlowShop, twoWorkers } from '../../bench/support/sharing';
import { createTestDatabase } from '../support/postgres';

/** Faster than Rakuten's, so that little time shows much, and lenient: a machine that other tests keep busy sends late. */
const LIMIT = { intervalMs: 250, toleranceMs: 150 };
const SECONDS = 5;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let rig: GatewayRig;

beforeAll(async () => {
  database = await createTestDatabase();
  rig = await openGatewayRig(database.url, LIMIT);
});
afterAll(async () => {
  await rig.close();
  await database.drop();
});

/** What no machine excuses. */
const broken = (figures: readonly Figure[]): string[] =>
  figures
    .filter((figure) => figure.inexcusable && !met(figure))
    .map(({ what, value }) => `${what}: ${value}`);

const figure = (figures: readonly Figure[], what: string): number =>
  figures.find((own) => own.what.includes(what))?.value ?? Number.NaN;

it('three hundred waiting orders leave in full batches, get their own answers, and are confirmed once', async () => {
  const figures = await drainBacklog(rig, 300);
  expect(broken(figures)).toEqual([]);
  expect(figure(figures, ': calls')).toBe(6);
});

it('two worker processes on one shop share its limit, and use it', async () => {
  const figures = await twoWorkers(rig, SECONDS);
  expect(broken(figures)).toEqual([]);
  expect(figure(figures, 'calls in')).toBeGreaterThan(1);
});

it('a shop whose Rakuten answers in half a minute does not stop nine others', async () => {
  const figures = await oneSlowShop(rig, SECONDS);
  expect(broken(figures)).toEqual([]);
  expect(figure(figures, 'least share')).toBeGreaterThan(0);
});
