import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** Address of the PostgreSQL that Jest's global set-up started for this run. */
const SERVER = 'TEST_POSTGRES_URL';

/** A new, empty database for one test file; drop it in `afterAll`. */
export async function createTestDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const server = process.env[SERVER];
  if (server === undefined)
    throw new Error(`${SERVER} is not set: run this test through Jest's global set-up`);
  const name = `test_${randomBytes(6).toString('hex')}`;
  await run(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(server, `drop database if exists ${name} with (force)`) };
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
