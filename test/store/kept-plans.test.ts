import { and, eq, inArray } from 'drizzle-orm';
import { type OpenDatabase, openDatabase, type Queryable } from '../../src/store/database';
import { orders } from '../../src/store/schema';
import { startStore, type TestStore } from './store';

let store: TestStore;
const opened: OpenDatabase[] = [];
beforeAll(async () => {
  store = await startStore();
  for (const number of ['1', '2']) await store.order(number);
});
afterAll(async () => {
  await Promise.all(opened.map(({ close }) => close()));
  await store?.close();
});

/** One connection, so that what it keeps can be asked for. */
const connection = (keepsPlans: boolean): OpenDatabase => {
  const database = openDatabase(store.url, { max: 1, keepsPlans, onIdleError: () => undefined });
  opened.push(database);
  return database;
};
const look = async (db: Queryable, orderNumber: string) =>
  (
    await db
      .select({ number: orders.orderNumber })
      .from(orders)
      .where(and(eq(orders.shopId, 'tea'), eq(orders.orderNumber, orderNumber)))
  ).map(({ number }) => number);
const kept = async ({ pool }: OpenDatabase) =>
  (await pool.query<{ statement: string }>('select statement from pg_prepared_statements')).rows;

test('a worker’s connection keeps the plan of a statement that returns, and its values stay its own', async () => {
  const database = connection(true);
  for (const number of ['1', '2', '1', '3', '2', '1', '2'])
    expect(await look(database.db, number)).toEqual(number === '3' ? [] : [number]);
  expect(await kept(database)).toEqual([{ statement: expect.stringContaining('"order_number" = $2') }]);
});

test('it goes on to work after a transaction that was rolled back', async () => {
  const database = connection(true);
  const failing = database.db.transaction(async (tx) => {
    for (const number of ['1', '2', '1', '2']) await look(tx, number);
    throw new Error('rolled back');
  });
  await expect(failing).rejects.toThrow('rolled back');
  expect(await look(database.db, '2')).toEqual(['2']);
});

test('a list of another length is another statement, and a long one is kept by nobody', async () => {
  const database = connection(true);
  const numbers = Array.from({ length: 40 }, (_, index) => String(index));
  for (let time = 0; time < 5; time += 1) {
    const rows = await database.db.select().from(orders).where(inArray(orders.orderNumber, numbers));
    expect(rows).toHaveLength(2);
  }
  expect(await kept(database)).toEqual([]);
});

test('a connection of the API keeps none', async () => {
  const database = connection(false);
  for (const number of ['1', '2', '1', '2', '1']) await look(database.db, number);
  expect(await kept(database)).toEqual([]);
});
