import { first, firstParcel } from './answers';
import { type Rig, SKU, startRig } from './rig';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  // A confirmed order shows 200 for as long as a test looks.
  await rig.control('PUT', '/settings', { fixDelaySeconds: 3_600 });
});
afterAll(() => rig.stop());
afterEach(() => rig.control('DELETE', '/faults'));

const fault = (kind: string, more: object = {}) =>
  rig.control('POST', '/faults', { operation: 'confirmOrder', kind, ...more });
const confirm = (orderNumber: string) => rig.order('confirmOrder', { orderNumberList: [orderNumber] });
const confirmedTimes = async (orderNumber: string) => (await rig.look(orderNumber)).books.confirmed;

test('an answer that is lost after the commit has had its effect, one that is lost before has not', async () => {
  const orderNumber = await rig.newOrder();
  await fault('lost_before_commit');
  await expect(confirm(orderNumber)).rejects.toThrow();
  expect(await confirmedTimes(orderNumber)).toBe(0);
  await fault('lost_answer_after_commit');
  await expect(confirm(orderNumber)).rejects.toThrow();
  expect(await confirmedTimes(orderNumber)).toBe(1);
  expect((await rig.look(orderNumber)).order.orderProgress).toBe(200);
});

test.each([
  ['http_503_html', 503, /<html>/],
  ['http_500', 500, /X0000/],
  ['conflict_409', 409, /CE0001/],
  ['unauthorised', 401, /ES01-01/],
])('the fault %s answers %i instead of working, as often as it is armed', async (kind, status, text) => {
  const orderNumber = await rig.newOrder();
  await fault(kind, { times: 2 });
  for (let i = 0; i < 2; i += 1) {
    const reply = await confirm(orderNumber);
    expect(reply.status).toBe(status);
    expect(reply.text).toMatch(text);
  }
  expect((await confirm(orderNumber)).status).toBe(200);
  expect(await confirmedTimes(orderNumber)).toBe(1);
});

test('a cut answer is no JSON, a slow one takes its time, and a fault for one order leaves the others alone', async () => {
  const [first, second] = [await rig.newOrder(), await rig.newOrder()];
  await fault('cut_json', { orderNumber: second });
  expect((await confirm(first)).status).toBe(200);
  await expect(confirm(second)).rejects.toThrow(SyntaxError);
  expect(await confirmedTimes(second)).toBe(1);
  await fault('slow', { delayMs: 300 });
  const startedAt = performance.now();
  await confirm(first);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(290);
});

test('the journal holds every authorised request with what it changed, and no secret', async () => {
  const orderNumber = await rig.newOrder();
  const since = new Date().toISOString();
  await confirm(orderNumber);
  await rig.order('getOrder', { version: 9, orderNumberList: [orderNumber] });
  await rig.rms('POST', '/es/2.1/inventories/bulk-upsert', {
    inventories: [{ ...SKU, mode: 'ABSOLUTE', quantity: 33 }],
  });
  await rig.rms('POST', '/es/2.0/order/getOrder/', {}, { Authorization: 'ESA bm9ib2R5Om5v' });
  const { json, text } = await rig.control('GET', `/journal?since=${encodeURIComponent(since)}`);
  expect(json.calls.map((call) => [call.operation, call.httpStatus])).toEqual([
    ['confirmOrder', 200],
    ['getOrder', 200],
    ['inventories.bulk.upsert', 204],
  ]);
  expect(first(json.calls)).toMatchObject({
    orderNumbers: [orderNumber],
    changes: [{ kind: 'confirmed', orderNumber }],
  });
  expect(json.calls[2]?.changes).toMatchObject([{ kind: 'stock_written', mode: 'ABSOLUTE', to: 33 }]);
  expect(text).not.toMatch(/testSecret|testKey/);
});

test('orders, stock, faults, clock and settings survive a restart', async () => {
  const orderNumber = await rig.newOrder();
  await rig.control('PUT', '/clock', { offsetSeconds: 3600 });
  await fault('http_500');
  const before = await rig.look(orderNumber);
  await rig.restart();
  expect(await rig.look(orderNumber)).toEqual(before);
  expect((await rig.control('GET', '/settings')).json.autoTick).toBe(false);
  expect((await rig.control('GET', '/clock')).json.state).toEqual({ offsetSeconds: 3600 });
  expect((await rig.control('GET', '/faults')).json.faults).toHaveLength(1);
  await rig.control('PUT', '/clock', null);
});

test('two sandboxes in one database do not see each other', async () => {
  const orderNumber = await rig.newOrder();
  await rig.restart({ schema: 'another' });
  expect((await rig.control('GET', `/orders/${orderNumber}`)).status).toBe(404);
  await rig.restart();
  expect((await rig.control('GET', `/orders/${orderNumber}`)).status).toBe(200);
});

test('the control page explains itself and says what is wrong with a request', async () => {
  const index = await rig.control('GET', '');
  expect(Object.keys(index.json.routes).length).toBeGreaterThan(15);
  const wrong = await rig.control('PUT', '/settings', { autotick: true });
  expect([wrong.status, wrong.json.issues.length]).toEqual([400, 1]);
  expect((await rig.control('POST', '/orders/nobody/pay')).json.error).toContain('nobody');
});

test("a buyer's changes are marked on the order", async () => {
  const orderNumber = await rig.newOrder();
  await rig.control('POST', `/orders/${orderNumber}/address`, { sender: { city: '千代田区' } });
  await rig.control('POST', `/orders/${orderNumber}/remarks`, { remarks: '急ぎです' });
  const { order } = await rig.look(orderNumber);
  expect([firstParcel(order).SenderModel.city, order.remarks, order.modifyFlag]).toEqual([
    '千代田区',
    '急ぎです',
    1,
  ]);
});
