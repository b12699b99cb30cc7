import { Pool, type PoolClient, type QueryResult, type QueryResultRow } from 'pg';
import { DDL } from './tables';

/** Something that answers SQL: the pool, or the one connection of a transaction. */
export interface Db {
  query<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<QueryResult<Row>>;
}

/** The sandbox's state in PostgreSQL. Nothing is answered before it is committed, so a kill loses nothing. */
export interface Books extends Db {
  /** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
  transaction<T>(work: (db: Db) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * Opens the books in a schema of their own and creates what is missing there. Several sandboxes may share a
 * database under different schemas.
 * @throws Error when the schema name is not a plain lower-case identifier, or the database does not answer.
 */
export const openBooks = async (
  databaseUrl: string,
  schema: string,
  log: (line: string) => void,
): Promise<Books> => {
  if (!/^[a-z_][a-z0-9_]{0,50}$/.test(schema)) {
    throw new Error(
      `The sandbox's schema "${schema}" cannot be used: give a name of lower-case letters, digits and underscores.`,
    );
  }
  const pool = new Pool({
    connectionString: databaseUrl,
    options: `-c search_path=${schema} -c lock_timeout=10s -c statement_timeout=30s`,
    max: 10,
    connectionTimeoutMillis: 10_000,
  });
  pool.on('error', (error) => log(`sandbox: an idle database connection was lost: ${error.message}`));
  // A connection that breaks between two statements fails the next one; unheard, it would end the process before.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const transaction = async <T>(work: (db: Db) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    try {
      return await inTransaction(client, work);
    } finally {
      client.release();
    }
  };
  try {
    // Two processes may start at once, and CREATE … IF NOT EXISTS alone does not survive that.
    await transaction(async (db) => {
      await db.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`okuri-sandbox:${schema}`]);
      await db.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
      await db.query(DDL);
    });
  } catch (error) {
    await pool.end();
    throw error;
  }
  return {
    query: (text, values) => pool.query(text, values),
    transaction,
    close: () => pool.end(),
  };
};

const inTransaction = async <T>(client: PoolClient, work: (db: Db) => Promise<T>): Promise<T> => {
  await client.query('BEGIN');
  try {
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
};
