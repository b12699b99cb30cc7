import { drainBacklog } from '../../bench/support/backlog';
import { type Figure, met } from '../../bench/support/figures';
import { type GatewayRig, openGatewayRig } from '../../bench/support/gateway-rig';
import { oneSlowShop, twoWorkers } from '../../bench/support/sharing';
import { createTestDatabase } from '../support/postgres';

/**
 * Faster than Rakuten's, so that little time shows much, and lenient by one turn: on a machine that other tests keep busy
 * a call that left in time arrives late, and the next one soon after it. Turns that are not waited for add up all the same.
 */
const LIMIT = { intervalMs: 250, toleranceMs: 250 };
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
  // A process that is kept from running for a moment sends late for nine shops at once; without a limit it is a hundred.
  expect(figure(figures, 'sooner')).toBeLessThanOrEqual(9);
  expect(figure(figures, 'least share')).toBeGreaterThan(0);
});
