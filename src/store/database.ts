import { drizzle } from 'drizzle-orm/node-postgres';
import { Pool } from 'pg';
import { keepPlans } from './kept-plans';

/** The database, or a transaction on it: every repository function takes one of the two as its first argument. */
export type Database = ReturnType<typeof openDrizzle>;
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];
export type Queryable = Database | Transaction;

// Without the schema: nothing uses its relational queries, and every transaction would build one for each table.
const openDrizzle = (pool: Pool) => drizzle(pool);

/** An open connection pool. */
export interface OpenDatabase {
  readonly db: Database;
  readonly pool: Pool;
  close(): Promise<void>;
}

/**
 * Opens a pool on PostgreSQL. Every statement is bounded to 30 seconds and every wait for a connection to 15, so that
 * a stuck server becomes an error that is retried rather than a hang.
 * @param name how its connections call themselves
 * @param keepsPlans whether they keep the plans of statements that return; for workers, which make few different ones
 * @param onIdleError told when the server drops an idle connection; the pool opens another by itself
 */
export const openDatabase = (
  url: string,
  options: { max?: number; name?: string; keepsPlans?: boolean; onIdleError: (error: Error) => void },
): OpenDatabase => {
  const pool = new Pool({
    connectionString: url,
    max: options.max ?? 10,
    connectionTimeoutMillis: 15_000,
    statement_timeout: 30_000,
    application_name: options.name ?? 'okuri',
  });
  if (options.keepsPlans) pool.on('connect', keepPlans);
  // It has the password in it, and a pool may come to be shown with whatever holds it.
  Object.defineProperty(pool.options, 'connectionString', { enumerable: false });
  pool.on('error', options.onIdleError);
  // A connection that breaks between two statements fails the next one; unheard, it would end the process before.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return { db: openDrizzle(pool), pool, close: () => pool.end() };
};
