import { existsSync } from 'node:fs';
import path from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import { Client } from 'pg';

/** Any fixed number: processes that migrate at the same time wait for each other on it. */
const MIGRATION_LOCK = 7_034_001;

/** Beside the sources in a checkout as well as in a built tree. */
const folder = (): string => {
  const candidates = [path.join(__dirname, 'migrations'), path.join(__dirname, '../../src/store/migrations')];
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined)
    throw new Error(`The migrations are missing: looked in ${candidates.join(' and ')}`);
  return found;
};

/** Brings the schema of a database up to date. Safe to run from several processes at once, and again. */
export const migrate = async (databaseUrl: string): Promise<void> => {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 15_000 });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await applyMigrations(drizzle(client), { migrationsFolder: folder() });
  } finally {
    await client.end();
  }
};
