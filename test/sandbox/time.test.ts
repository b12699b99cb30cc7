import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually';
import { first } from './answers';
import { type Rig, startRig } from './rig';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
afterEach(async () => {
  await rig.control('PUT', '/clock', null);
  await rig.control('PUT', '/settings', {
    fixDelaySeconds: 0,
    autoPayAfterSeconds: null,
    cancelShows800: false,
  });
});

const confirm = (orderNumber: string) => rig.order('confirmOrder', { orderNumberList: [orderNumber] });
const progress = async (orderNumber: string) => (await rig.look(orderNumber)).order.orderProgress;
const shift = (seconds: number) => rig.control('PUT', '/clock', { offsetSeconds: seconds });
const shipped = async (orderNumber: string, row: object = {}) => {
  await confirm(orderNumber);
  await rig.tick();
  await rig.control('POST', `/orders/${orderNumber}/ship-by-hand`, row);
};
const MINUTE = 60;
const DAY = 86_400;

test("Rakuten's own times: a card order is released 30 minutes after it was placed, cash on delivery 3 minutes after its confirmation", async () => {
  await rig.control('PUT', '/settings', { fixDelaySeconds: null });
  const [card, cash] = [await rig.newOrder(), await rig.newOrder({ settlementMethod: 2 })];
  await Promise.all([confirm(card), confirm(cash)]);
  const at = async (seconds: number) => {
    await shift(seconds);
    await rig.tick();
    return [await progress(card), await progress(cash)];
  };
  expect(await at(2 * MINUTE)).toEqual([200, 200]);
  expect(await at(4 * MINUTE)).toEqual([200, 300]);
  expect(await at(31 * MINUTE)).toEqual([300, 300]);
});

test('a release writes both dates alike and moves the cancellation date a year on', async () => {
  const orderNumber = await rig.newOrder();
  await confirm(orderNumber);
  await rig.tick();
  const { order } = await rig.look(orderNumber);
  expect(order.orderFixDatetime).toMatch(/\+0900$/);
  expect(order.shippingInstDatetime).toBe(order.orderFixDatetime);
  expect(Date.parse(order.cancelDueDate) - Date.parse(order.orderDatetime.slice(0, 10))).toBe(
    365 * DAY * 1000,
  );
});

test('a prepaid order waits for its money, with a limit that stands in it', async () => {
  const orderNumber = await rig.newOrder({ settlementMethod: 9 });
  expect((await rig.control('POST', `/orders/${orderNumber}/pay`)).status).toBe(409);
  await confirm(orderNumber);
  await rig.tick();
  const { order } = await rig.look(orderNumber);
  expect([
    order.orderProgress,
    order.DueDateModelList.length,
    first(order.DueDateModelList).dueDateType,
  ]).toEqual([200, 1, 0]);
  await rig.control('POST', `/orders/${orderNumber}/pay`);
  await rig.tick();
  expect(await progress(orderNumber)).toBe(300);
});

test('unpaid past its limit, or unconfirmed for 14 days, an order is cancelled and its units are back', async () => {
  const before = await rig.stock();
  const [unpaid, unconfirmed] = [await rig.newOrder({ settlementMethod: 14 }), await rig.newOrder()];
  await confirm(unpaid);
  await shift(6 * DAY);
  await rig.tick();
  expect([await progress(unpaid), await progress(unconfirmed)]).toEqual([200, 100]);
  await shift(9 * DAY);
  await rig.tick();
  expect([await progress(unpaid), await progress(unconfirmed)]).toEqual([900, 100]);
  await shift(15 * DAY);
  await rig.tick();
  expect(await progress(unconfirmed)).toBe(900);
  expect(await rig.stock()).toBe(before);
});

test('money comes by itself when the settings say so', async () => {
  await rig.control('PUT', '/settings', { autoPayAfterSeconds: 20 });
  const orderNumber = await rig.newOrder({ settlementMethod: 13 });
  await confirm(orderNumber);
  await rig.tick();
  expect(await progress(orderNumber)).toBe(200);
  await shift(21);
  await rig.tick();
  expect(await progress(orderNumber)).toBe(300);
});

describe('the night', () => {
  test('closes an order the night after its last shipping date, never at once', async () => {
    const orderNumber = await rig.newOrder();
    await shipped(orderNumber);
    await rig.tick();
    await rig.control('POST', '/night');
    expect(await progress(orderNumber)).toBe(300);
    await shift(DAY);
    const night = await rig.control('POST', '/night');
    expect(night.json.closed).toContain(orderNumber);
    const { order } = await rig.look(orderNumber);
    expect([order.orderProgress, order.cancelDueDate]).toEqual([500, null]);
    expect(order.shippingCmplRptDatetime).toMatch(/\+0900$/);
  });

  test.each([
    ['a row without number', { shippingNumber: null }],
    ['a row without date', { shippingDate: null }],
    ['a shipping date to come', { shippingDate: '2199-01-01' }],
  ])('leaves an order with %s open', async (_what, row) => {
    const orderNumber = await rig.newOrder();
    await shipped(orderNumber);
    await rig.control('POST', `/orders/${orderNumber}/ship-by-hand`, row);
    await rig.control('POST', '/night', { asOf: '2198-01-01' });
    expect(await progress(orderNumber)).toBe(300);
  });

  test('leaves an order open while one of its destinations has no parcel', async () => {
    const orderNumber = await rig.newOrder({ destinations: 2 });
    await shipped(orderNumber);
    await rig.control('POST', '/night', { asOf: '2198-01-01' });
    expect(await progress(orderNumber)).toBe(300);
    const [, second] = (await rig.look(orderNumber)).order.PackageModelList;
    await rig.control('POST', `/orders/${orderNumber}/ship-by-hand`, { basketId: second?.basketId });
    await rig.control('POST', '/night', { asOf: '2198-01-01' });
    expect(await progress(orderNumber)).toBe(500);
  });

  test('comes by itself just after midnight in Japan when it is set so', async () => {
    const orderNumber = await rig.newOrder();
    await shipped(orderNumber, { shippingDate: '2031-03-10' });
    await rig.control('PUT', '/settings', { night: 'midnight' });
    const at = async (frozenAt: string) => {
      await rig.control('PUT', '/clock', { frozenAt });
      await rig.tick();
      return progress(orderNumber);
    };
    expect(await at('2031-03-10T20:00:00+09:00')).toBe(300);
    expect(await at('2031-03-11T00:03:00+09:00')).toBe(300);
    expect(await at('2031-03-11T00:06:00+09:00')).toBe(500);
    await rig.control('PUT', '/settings', { night: 'on_request' });
  });
});

test('a cancelled order may show itself as 800 first', async () => {
  await rig.control('PUT', '/settings', { cancelShows800: true });
  const orderNumber = await rig.newOrder();
  await rig.control('POST', `/orders/${orderNumber}/cancel`);
  expect(await progress(orderNumber)).toBe(800);
  await rig.tick();
  expect(await progress(orderNumber)).toBe(900);
});

test('a loop that is switched off does nothing more, in the middle of its pause as well', async () => {
  const pause = 800;
  await rig.control('PUT', '/settings', { autoTick: true, tickEveryMs: pause });
  const before = await rig.newOrder();
  await confirm(before);
  await eventually(
    () => progress(before),
    (seen) => seen === 300,
  );
  await rig.control('PUT', '/settings', { autoTick: false });
  const after = await rig.newOrder();
  await confirm(after);
  await sleep(2 * pause);
  expect(await progress(after)).toBe(200);
});

test('while the loop runs, a confirmed order is released without being asked for', async () => {
  const orderNumber = await rig.newOrder();
  await rig.control('PUT', '/settings', { autoTick: true, tickEveryMs: 20 });
  await confirm(orderNumber);
  const deadline = Date.now() + 10_000;
  while ((await progress(orderNumber)) !== 300 && Date.now() < deadline);
  await rig.control('PUT', '/settings', { autoTick: false });
  expect(await progress(orderNumber)).toBe(300);
});
