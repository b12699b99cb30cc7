import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import { freePort } from '../../src/machine';
import { openDatabase } from '../../src/store/database';
import { guardedActivities } from '../../src/worker/options';
import { startStore, type TestStore } from '../store/store';
import { quietContext } from '../support/people';

const ORDER = { shopId: 'tea', orderNumber: '1-20261101-1' };

let store: TestStore;
beforeEach(async () => {
  store = await startStore();
});
afterEach(() => store.close());

/** Assesses an order as a worker does, and gives how the workflow and the log hear of it. */
const assessed = async (database: Pick<TestStore, 'db' | 'pool'>) => {
  const lines: { level: number; msg: string }[] = [];
  const log = pino({}, { write: (line) => lines.push(JSON.parse(line)) });
  const { assessOrder } = guardedActivities(quietContext(database, store.vault), log);
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const failure: unknown = await environment.run(assessOrder, ORDER).catch((error: unknown) => error);
  return { failure, lines: lines.map(({ level, msg }) => [level, msg]) };
};
const [WARN, ERROR] = [40, 50];

test('a database that is away is called that, in the workflow and in the log, and is no error that nobody foresaw', async () => {
  const away = openDatabase(`postgresql://okuri:x@127.0.0.1:${await freePort()}/okuri`, {
    onIdleError: () => undefined,
  });
  const { failure, lines } = await assessed(away);
  await away.close();
  expect(failure).toMatchObject({
    type: 'internal',
    nonRetryable: false,
    message: 'The database does not answer at the moment; it is tried again until it does',
  });
  expect(lines).toEqual([[WARN, 'the database does not answer: an activity is tried again']]);
});

test('a database that answers wrongly is an error that nobody foresaw', async () => {
  await store.db.execute(sql`alter table orders rename to elsewhere`);
  const { failure, lines } = await assessed(store);
  expect(failure).toMatchObject({ type: 'internal', message: expect.stringContaining('the worker’s log') });
  expect(lines).toEqual([[ERROR, 'an activity met an error that nobody foresaw']]);
});
