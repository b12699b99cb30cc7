import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** Address of the PostgreSQL that Jest's global set-up started for this run. */
const SERVER = 'TEST_POSTGRES_URL';

/** The database that Jest's global set-up has brought up to date, of which others are made. */
export const TEMPLATE = 'test_template';

/** A database for one test file; drop it in `afterAll`. */
interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A new, empty one. */
export const createTestDatabase = (): Promise<TestDatabase> => create('template1');

/** A new one with our schema, which takes a copy of files and not every migration once more. */
export const createMigratedDatabase = (): Promise<TestDatabase> => create(TEMPLATE);

async function create(template: string): Promise<TestDatabase> {
  const server = process.env[SERVER];
  if (server === undefined)
    throw new Error(`${SERVER} is not set: run this test through Jest's global set-up`);
  const name = `test_${randomBytes(6).toString('hex')}`;
  const url = await createDatabase(server, name, template);
  return { url, drop: () => run(server, `drop database if exists ${name} with (force)`) };
}

/** Makes a database of a server. @returns its address */
export async function createDatabase(server: string, name: string, template = 'template1'): Promise<string> {
  await run(server, `create database ${name} template ${template}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function run(server: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: server, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
