import { createGateway, type RmsGateway } from '../../src/rms/gateway';
import type { ShippingUpdate } from '../../src/rms/shipping';
import { type Arrived, type FakeRms, json, type Script, startFakeRms } from './support/fake-rms';
import { createGate, freeLimiter, type Gate } from './support/limiters';
import { no, numbered } from './support/numbers';
import { info, refusal } from './support/payloads';

const REQUEST_ID = '0f8fad5b-d9cb-469f-a165-70867728950e_20261125120000';

/** A journal that keeps what is under way: by order, its requestId or that there is none yet. */
function createJournal() {
  const underWay = new Map<string, { submission: string; requestId: string | null }>();
  let submissions = 0;
  return {
    underWay,
    begin: async (_shopId: string, orderNumbers: readonly string[]) => {
      submissions += 1;
      const submission = String(submissions);
      for (const number of orderNumbers) underWay.set(number, { submission, requestId: null });
      return submission;
    },
    accepted: async (submission: string, requestId: string, orderNumbers: readonly string[]) => {
      for (const number of orderNumbers) underWay.set(number, { submission, requestId });
    },
    dropped: async (submission: string, orderNumbers: readonly string[]) => {
      for (const number of orderNumbers)
        if (underWay.get(number)?.submission === submission) underWay.delete(number);
    },
  };
}

/** Batches gather as ever, but not for seconds. */
const BRIEF = { quietMs: () => 100, longestMs: 500 };

let rms: FakeRms;
let journal: ReturnType<typeof createJournal>;
let gate: Gate;
let opened: RmsGateway[];

beforeEach(async () => {
  rms = await startFakeRms();
  journal = createJournal();
  gate = createGate();
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((gateway) => gateway.close()));
  await rms.close();
});

const open = (limiter = freeLimiter): RmsGateway => {
  const connection = async () => rms.connection;
  const gateway = createGateway({ shopId: 'shop', connection, limiter, journal, linger: BRIEF });
  opened.push(gateway);
  return gateway;
};

const parcel = (orderNumber: string): ShippingUpdate => ({
  orderNumber,
  baskets: [
    { basketId: 1, rows: [{ deliveryCompany: '1001', shippingNumber: '1', shippingDate: '2026-11-25' }] },
  ],
});
const ordersOf = ({ body }: Arrived): string[] =>
  ((body.OrderShippingModelList ?? [body]) as { orderNumber: string }[]).map(
    ({ orderNumber }) => orderNumber,
  );
const functions = () => rms.requests.map(({ path }) => path.split('/').filter(Boolean).at(-1));

const reported = json(200, {
  MessageModelList: [{ ...info('UPDATE_ORDERSHIPPING_INFO_101'), dataNumber: 1, shippingDetailId: 7 }],
});
const accepted = json(200, {
  MessageModelList: [{ ...info('UPDATE_ORDERSHIPPING_ASYNC_INFO_101'), requestId: REQUEST_ID }],
});
const either: Script = (request, response) =>
  (request.path.includes('Async') ? accepted : reported)(request, response);

test('few are reported by themselves, each with its answer', async () => {
  rms.script = either;
  const gateway = open();
  const answers = await Promise.all(numbered(4).map((number) => gateway.reportShipping(parcel(number))));
  expect(answers.map(({ kind }) => kind)).toEqual(Array(4).fill('reported'));
  expect(functions()).toEqual(Array(4).fill('updateOrderShipping'));
  expect(journal.underWay.size).toBe(0);
});

test('many leave in one asynchronous call, which is written down before it leaves', async () => {
  const before: number[] = [];
  rms.script = (request, response) => {
    before.push(journal.underWay.size);
    return either(request, response);
  };
  const gateway = open(gate);
  const numbers = numbered(100);
  const waiting = Promise.all(numbers.map((number) => gateway.reportShipping(parcel(number))));
  await gate.grant();
  expect(await waiting).toEqual(numbers.map(() => ({ kind: 'submitted', requestId: REQUEST_ID })));
  expect(functions()).toEqual(['updateOrderShippingAsync']);
  expect(before).toEqual([100]);
  expect([...journal.underWay.values()].every(({ requestId }) => requestId === REQUEST_ID)).toBe(true);
});

test('an asynchronous call whose answer is lost stays written down, without an id, and is unknown to its callers', async () => {
  rms.script = (_request, response) => {
    response.destroy();
  };
  const gateway = open(gate);
  const waiting = Promise.allSettled(numbered(6).map((number) => gateway.reportShipping(parcel(number))));
  await gate.grant();
  for (const result of await waiting)
    expect(result).toMatchObject({ status: 'rejected', reason: { kind: 'unknown_outcome' } });
  expect([...journal.underWay.values()].map(({ requestId }) => requestId)).toEqual(Array(6).fill(null));
});

test('an asynchronous call that was surely not taken in is not under way', async () => {
  rms.script = json(503, undefined);
  const gateway = open(gate);
  const waiting = Promise.allSettled(numbered(6).map((number) => gateway.reportShipping(parcel(number))));
  await gate.grant();
  expect((await waiting).map(({ status }) => status)).toEqual(Array(6).fill('rejected'));
  expect(journal.underWay.size).toBe(0);
});

test('one order that is refused has its refusal, the others are under way', async () => {
  const bad = no('bad');
  rms.script = json(200, {
    MessageModelList: [
      { ...info('UPDATE_ORDERSHIPPING_ASYNC_INFO_101'), requestId: REQUEST_ID },
      refusal('UPDATE_ORDERSHIPPING_ASYNC_ERROR_011', bad),
    ],
  });
  const gateway = open(gate);
  const waiting = Promise.all([...numbered(6), bad].map((number) => gateway.reportShipping(parcel(number))));
  await gate.grant();
  expect((await waiting).map(({ kind }) => kind)).toEqual([...Array(6).fill('submitted'), 'refused']);
  expect([...journal.underWay.keys()]).toEqual(numbered(6));
});

test('when one bad order keeps the whole call from being taken in, the others go out again without it', async () => {
  const bad = no('bad');
  rms.script = (request, response) => {
    if (!ordersOf(request).includes(bad)) return accepted(request, response);
    const MessageModelList = [refusal('UPDATE_ORDERSHIPPING_ASYNC_ERROR_011', bad)];
    return json(200, { MessageModelList })(request, response);
  };
  const gateway = open();
  const answers = await Promise.all(
    [...numbered(9), bad].map((number) => gateway.reportShipping(parcel(number))),
  );
  expect(answers.map(({ kind }) => kind)).toEqual([...Array(9).fill('submitted'), 'refused']);
  expect(rms.requests.map((request) => ordersOf(request).length)).toEqual([10, 9]);
  expect([...journal.underWay.keys()].sort()).toEqual(numbered(9));
});

test('a refusal that names nobody ends after one call', async () => {
  rms.script = json(200, { MessageModelList: [refusal('UPDATE_ORDERSHIPPING_ASYNC_ERROR_009')] });
  const gateway = open(gate);
  const waiting = Promise.allSettled(numbered(6).map((number) => gateway.reportShipping(parcel(number))));
  await gate.grant();
  for (const result of await waiting)
    expect(result).toMatchObject({ status: 'rejected', reason: { kind: 'refused' } });
  expect(rms.requests).toHaveLength(1);
  expect(journal.underWay.size).toBe(0);
});

test('a shop that may not call the asynchronous function is served order by order, and nobody hears of a refusal', async () => {
  const refused = json(401, { Results: { errorCode: 'ES01-01', message: 'Un-Authorised' } });
  rms.script = (request, response) => {
    if (request.path.includes('Async')) return refused(request, response);
    if (request.path.includes('expiry-date'))
      return json(200, { expiryDate: '2026-12-31T23:59:59' })(request, response);
    return reported(request, response);
  };
  const gateway = open();
  for (let round = 0; round < 2; round += 1) {
    const answers = await Promise.all(numbered(6).map((number) => gateway.reportShipping(parcel(number))));
    expect(answers.map(({ kind }) => kind)).toEqual(Array(6).fill('reported'));
  }
  expect(functions().filter((name) => name === 'updateOrderShippingAsync')).toHaveLength(1);
  expect(functions().filter((name) => name === 'updateOrderShipping')).toHaveLength(12);
  expect(journal.underWay.size).toBe(0);
});

test('two reports about one order never share a call', async () => {
  rms.script = either;
  const gateway = open(gate);
  const waiting = Promise.all(
    [...numbered(5), ...numbered(1)].map((number) => gateway.reportShipping(parcel(number))),
  );
  await gate.grant();
  await gate.grant();
  expect((await waiting).map(({ kind }) => kind)).toEqual([...Array(5).fill('submitted'), 'reported']);
  for (const request of rms.requests) expect(new Set(ordersOf(request)).size).toBe(ordersOf(request).length);
});

test('a report that Rakuten would refuse is refused before a call is spent', async () => {
  const gateway = open();
  const { baskets } = parcel(no('a'));
  await expect(gateway.reportShipping({ orderNumber: 'a', baskets })).rejects.toMatchObject({
    kind: 'invalid_request',
    issues: [{ path: 'orderNumber' }],
  });
  expect(rms.requests).toHaveLength(0);
});

test('the orders of one report ask for its result once', async () => {
  rms.script = json(200, {
    ResultShippingModelList: numbered(100).map((orderNumber) => ({
      orderNumber,
      MessageModelList: [info('UPDATE_ORDERSHIPPING_INFO_101')],
    })),
  });
  const gateway = open(gate);
  const waiting = Promise.all(numbered(100).map(() => gateway.getShippingResult(REQUEST_ID)));
  await gate.grant();
  expect((await waiting).map(({ kind }) => kind)).toEqual(Array(100).fill('done'));
  expect(rms.requests).toHaveLength(1);
});
