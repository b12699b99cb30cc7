import { setTimeout as sleep } from 'node:timers/promises';
import { type Books, openBooks } from '../../src/sandbox/books';
import { createTestDatabase } from '../support/postgres';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let books: Books;
beforeAll(async () => {
  database = await createTestDatabase();
  books = await openBooks(database.url, 'sandbox', () => undefined);
});
afterAll(async () => {
  await books.close();
  await database.drop();
});

test('a connection that PostgreSQL ends between two statements fails what it was for, and neither the process nor what comes next', async () => {
  const broken = books.transaction(async (db) => {
    const { rows } = await db.query<{ pid: number }>('select pg_backend_pid() as pid');
    await books.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    // Its end arrives while nothing is asked of it.
    await sleep(300);
    await db.query('select 1');
  });
  await expect(broken).rejects.toThrow();
  const alone = books.transaction((db) => db.query<{ one: number }>('select 1 as one'));
  expect((await alone).rows).toEqual([{ one: 1 }]);
});
