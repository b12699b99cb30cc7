import type { Pool } from 'pg';

/**
 * Runs something that only one process at a time may do for this name, on a connection of its own that holds the lock.
 * The lock ends with the connection, so a process that dies gives it back.
 * @returns undefined when another process is at it
 */
export const withLock = async <T>(
  pool: Pool,
  name: string,
  run: () => Promise<T>,
): Promise<T | undefined> => {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ held: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as held',
      [name],
    );
    if (rows[0]?.held !== true) return undefined;
    try {
      return await run();
    } finally {
      await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]);
    }
  } finally {
    client.release();
  }
};
