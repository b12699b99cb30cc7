import { setTimeout as sleep } from 'node:timers/promises';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Database } from '../../src/store/database';
import { changeSettings } from '../../src/store/shops';
import { gatewaysOf } from '../../src/worker/gateways';
import { type FakeRms, json, startFakeRms } from '../rms/support/fake-rms';
import { no } from '../rms/support/numbers';
import { bareOrder, info } from '../rms/support/payloads';
import { startStore, type TestStore } from '../store/store';

const PER_SECOND = 2;
/** Far more than the limit's own margin, and less than an interval. */
const LATE_MS = 350;

let store: TestStore;
let rms: FakeRms;

beforeAll(async () => {
  store = await startStore();
  await changeSettings(store.db, 'tea', { requestsPerSecond: { order: PER_SECOND } });
  rms = await startFakeRms();
});
afterAll(async () => {
  await rms.close();
  await store.close();
});

/** A database whose second word that a request may leave is under way for long. */
const lateOnce = (db: Database): Database => {
  const dialect = new PgDialect();
  let words = 0;
  const execute = async (query: Parameters<Database['execute']>[0]) => {
    const answer = await db.execute(query);
    if (typeof query !== 'string' && dialect.sqlToQuery(query.getSQL()).sql.includes('begun as')) {
      words += 1;
      if (words === 2) await sleep(LATE_MS);
    }
    return answer;
  };
  return new Proxy(db, {
    get: (target, key, receiver) => (key === 'execute' ? execute : Reflect.get(target, key, receiver)),
  });
};

test('a request that left late keeps the next one of its process its distance', async () => {
  const arrivals: number[] = [];
  rms.script = (request, response) => {
    arrivals.push(performance.now());
    const [orderNumber = ''] = [request.body.orderNumberList].flat().map(String);
    const found = {
      version: 9,
      MessageModelList: [info('GET_ORDER_INFO_101')],
      OrderModelList: [bareOrder(orderNumber)],
    };
    const done = { MessageModelList: [info('CONFIRM_ORDER_INFO_101', orderNumber)] };
    return json(200, request.path.includes('confirm') ? done : found)(request, response);
  };
  const gateways = gatewaysOf({
    ...{ db: lateOnce(store.db), vault: store.vault, rmsBaseUrl: rms.connection.baseUrl },
    ...{ observer: { call: () => undefined }, linger: { quietMs: () => 0, longestMs: 0 } },
  });
  const gateway = gateways.of('tea');
  // A first request of a process is slow for its code and its connection.
  await gateway.getOrder(no('c'));
  await Promise.all([gateway.getOrder(no('a')), gateway.confirmOrder(no('b'))]);
  await gateways.close();
  const [, first = 0, second = 0] = arrivals;
  expect(arrivals).toHaveLength(3);
  expect(second - first).toBeGreaterThan(1000 / PER_SECOND - 25);
});
