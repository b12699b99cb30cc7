import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SQL, sql } from 'drizzle-orm';
import { Client } from 'pg';

/** That a process lives, as others see it in PostgreSQL: a lock that ends with its connection. */
export interface Presence {
  /** Names the process. */
  readonly holder: string;
  close(): Promise<void>;
}

const lockOf = (holder: string): string => `presence/${holder}`;
const AGAIN_MS = 500;

/**
 * Shows to others that this process lives, on a connection of its own that is opened again when it breaks.
 * @param onLost told when it broke; until it is back others take this process for dead
 */
export const showPresence = async (url: string, onLost: (error: Error) => void): Promise<Presence> => {
  const holder = randomUUID();
  const closing = new AbortController();
  let client: Client | undefined;
  const open = async (): Promise<void> => {
    const opened = new Client({ connectionString: url, application_name: 'okuri-presence', keepAlive: true });
    let failure = new Error('PostgreSQL ended the connection');
    opened.on('error', (error) => {
      failure = error;
    });
    opened.once('end', () => {
      if (closing.signal.aborted) return;
      onLost(failure);
      void reopen();
    });
    await opened.connect();
    await opened.query('select pg_advisory_lock(hashtextextended($1, 0))', [lockOf(holder)]);
    client = opened;
  };
  const reopen = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await sleep(AGAIN_MS, undefined, { signal: closing.signal }).catch(() => undefined);
      const opened = await open().then(
        () => true,
        () => false,
      );
      if (opened) return;
    }
  };
  await open();
  return {
    holder,
    close: async () => {
      closing.abort();
      await client?.end();
    },
  };
};

/** Whether a process is dead: its lock is free. Expects a transaction, and keeps it looking dead until that ends. */
export const isDead = (holder: string): SQL<boolean> =>
  sql<boolean>`pg_try_advisory_xact_lock(hashtextextended(${lockOf(holder)}, 0))`;
