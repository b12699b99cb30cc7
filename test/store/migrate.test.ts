import { Client } from 'pg';
import { migrate } from '../../src/store/migrate';
import { createTestDatabase } from '../support/postgres';

const count = async (url: string, query: string): Promise<number> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: string }>(query);
    return Number(rows[0]?.count);
  } finally {
    await client.end();
  }
};
/** The lock that stands for the schema: all versions of Okuri must agree on it. */
const MIGRATION_LOCK = 7_034_001;
const APPLIED = 'select count(*) from drizzle.__drizzle_migrations';
const TABLES = "select count(*) from information_schema.tables where table_schema = 'public'";

test('processes that migrate an empty database at once wait for each other, and each migration runs once', async () => {
  const database = await createTestDatabase();
  try {
    await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)]);
    const [applied, tables] = [await count(database.url, APPLIED), await count(database.url, TABLES)];
    expect(tables).toBeGreaterThan(10);
    await migrate(database.url);
    expect(await count(database.url, APPLIED)).toBe(applied);
    expect(await count(database.url, TABLES)).toBe(tables);
  } finally {
    await database.drop();
  }
});

test('a process that migrates for ever is not waited for that long, and nothing is changed', async () => {
  const database = await createTestDatabase();
  const other = new Client({ connectionString: database.url });
  await other.connect();
  try {
    await other.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await expect(migrate(database.url, 100)).rejects.toThrow('End that process or let it finish');
    expect(await count(database.url, TABLES)).toBe(0);
  } finally {
    await other.end();
    await database.drop();
  }
});
