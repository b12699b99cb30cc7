import { pino } from 'pino';
import { allTexts } from '../../src/domain/texts';
import type { ObservedCall } from '../../src/rms/ports';
import { type CallLine, listCalls } from '../../src/store/call-log';
import { callTotals } from '../../src/store/call-totals';
import { rmsCalls } from '../../src/store/schema';
import { startCallLog } from '../../src/worker/call-log';
import { gatewaysOf } from '../../src/worker/gateways';
import { json, startFakeRms } from '../rms/support/fake-rms';
import { bareOrder, info } from '../rms/support/payloads';
import { call } from '../store/calls';
import type { TestStore } from '../store/store';
import { startStore } from '../store/store';
import { eventually } from '../support/eventually';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  await store.pool.query('truncate rms_calls, rms_call_totals');
});

const observed = (change: Partial<ObservedCall> = {}): ObservedCall => {
  // Of today: the log forgets old ones, and looks for them as it starts.
  const { at, outcome: _, httpStatus: __, ...rest } = call({ at: new Date() });
  return {
    ...rest,
    ...{ family: 'order', effect: 'read', outcome: 'ok', httpStatus: 200, clock: undefined, startedAt: at },
    ...change,
  };
};

const open: { close(): Promise<void> }[] = [];
afterEach(() => Promise.all(open.splice(0).map((log) => log.close())));

/** A request log on a pool of its own, whose log lines are kept. */
const started = () => {
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => lines.push(line) });
  const running = startCallLog({ db: store.another().db, log });
  open.push(running);
  return { ...running, logged: () => lines.join('') };
};

const written = (): Promise<CallLine[]> => listCalls(store.db, {}, undefined, 10_000);
const sums = async () => (await callTotals(store.db)).map(({ outcome, calls }) => [outcome, calls]);

const ORDER = '123456-20260701-0000000001';
const PERSONAL = ['山田太郎', 'Yamada', '090-1234-5678', 'taro@example.com', 'SP123456_abcdefghijklmnop'];

test('what is written down and logged of a request names its order, and no person and no key', async () => {
  const [name = '', , phone, mail] = PERSONAL;
  const rakuten = await startFakeRms(
    json(200, {
      version: 9,
      MessageModelList: [
        info('GET_ORDER_INFO_101'),
        ...PERSONAL.map((text) => ({ ...info('', ORDER), messageCode: text, message: text })),
      ],
      OrderModelList: [bareOrder(ORDER, { remarks: `${name} ${mail}`, [name]: { phoneNumber1: phone } })],
    }),
  );
  const log = started();
  const { observer } = log;
  const gateways = gatewaysOf({ ...store, rmsBaseUrl: rakuten.connection.baseUrl, observer });
  await gateways.of('tea').getOrder(ORDER);
  await gateways.close();
  await Promise.all([log.close(), rakuten.close()]);

  expect(await written()).toMatchObject([
    {
      outcome: 'ok',
      orderNumbers: [ORDER],
      codes: ['ORDER_EXT_API_GET_ORDER_INFO_101', ...PERSONAL.map((text) => `string(${text.length})`)],
      request: { orderNumberList: [ORDER] },
      response: { OrderModelList: [{ orderNumber: ORDER, remarks: expect.stringMatching(/^string/) }] },
    },
  ]);
  const { rows } = await store.pool.query('select rms_calls::text as line from rms_calls');
  for (const text of [...PERSONAL, 'QRSTUVWXYZ'])
    expect([rows[0]?.line, log.logged()].join()).not.toContain(text);
});

test('requests are in PostgreSQL shortly after they were made, and the rest when the log is closed', async () => {
  const log = started();
  log.observer.call(observed());
  await eventually(written, (lines) => lines.length === 1, 5);
  log.observer.call(
    observed({ operation: 'confirmOrder', httpStatus: undefined, outcome: 'unknown_outcome' }),
  );
  await log.close();
  expect(await written()).toMatchObject([
    { operation: 'confirmOrder', httpStatus: null, outcome: 'unknown_outcome' },
    { operation: 'getOrder', httpStatus: 200, outcome: 'ok', batchSize: 1, batchLimit: 100 },
  ]);
});

test('what went well is logged for debugging, what did not as a warning, and neither with its bodies', async () => {
  const log = started();
  log.observer.call(observed());
  log.observer.call(observed({ outcome: 'refused', request: { orderNumberList: ['in a body'] } }));
  await log.close();
  const lines = log
    .logged()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { level: 20, msg: 'rms call', operation: 'getOrder', outcome: 'ok' },
    { level: 40, msg: 'rms call', operation: 'getOrder', outcome: 'refused' },
  ]);
  expect(log.logged()).not.toMatch(/in a body|"request"|"response"/);
});

test('while PostgreSQL takes nothing five thousand lines wait, and those beyond are told and summed up', async () => {
  const [log, blocker] = [started(), await store.pool.connect()];
  try {
    await blocker.query('begin; lock table rms_calls in access exclusive mode');
    for (let made = 0; made < 5_300; made += 1) log.observer.call(observed({ durationMs: made }));
    await blocker.query('commit');
  } finally {
    blocker.release();
  }
  await log.close();
  expect(await sums()).toEqual([
    ['ok', 5_000],
    ['unlogged', 300],
  ]);
  expect(await store.db.$count(rmsCalls)).toBe(5_000);
  expect(log.logged()).toContain('"dropped":300,"msg":"requests are missing from the request log"');
});

test('nothing is lost when writing fails for a while, and the failure is told once', async () => {
  const log = started();
  await store.pool.query('alter table rms_calls rename to away');
  log.observer.call(observed());
  await eventually(
    async () => log.logged(),
    (text) => text.includes('cannot be written'),
    5,
  );
  for (let made = 0; made < 250; made += 1) log.observer.call(observed());
  await store.pool.query('alter table away rename to rms_calls');
  await eventually(sums, (rows) => rows[0]?.[1] === 251, 5);
  await log.close();
  expect(await written()).toHaveLength(251);
  expect(log.logged().match(/cannot be written/g)).toHaveLength(1);
  expect(log.logged()).toContain('the request log is written again');
});

test('a request that PostgreSQL will never take is counted as unlogged and stands in nobody’s way', async () => {
  const log = started();
  log.observer.call(observed({ orderNumbers: ['\u0000'] }));
  await eventually(sums, (rows) => rows.length > 0, 5);
  log.observer.call(observed());
  await log.close();
  expect(await sums()).toEqual([
    ['ok', 1],
    ['unlogged', 1],
  ]);
  expect(await written()).toMatchObject([{ orderNumbers: ['1'] }]);
});

test('requests of more than thirty days ago are forgotten', async () => {
  const before = started();
  before.observer.call(observed({ startedAt: new Date(Date.now() - 31 * 86_400_000) }));
  await before.close();
  expect(await written()).toHaveLength(1);
  const log = started();
  await eventually(written, (lines) => lines.length === 0, 5);
  await log.close();
});

/** Every way in which a request can end. */
const OUTCOMES: Record<ObservedCall['outcome'], true> = {
  ok: true,
  no_connection: true,
  unauthorised: true,
  forbidden_function: true,
  refused: true,
  invalid_request: true,
  throttled: true,
  unavailable: true,
  maintenance: true,
  unknown_outcome: true,
  malformed: true,
  conflict: true,
  parked: true,
  busy: true,
  withdrawn: true,
};

test('every way in which a request can end has a wording, and no wording is left over', () => {
  const worded = allTexts().flatMap(([code]) => /^rms\.outcome\.(\w+)$/.exec(code)?.[1] ?? []);
  expect(worded.sort()).toEqual(Object.keys(OUTCOMES).sort());
});
