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
/** Also for the lock, which a connection that is only thought to be broken may still have. */
const TIMEOUT_MS = 10_000;

/**
 * Shows to others that this process lives, on a connection of its own that is opened again when it breaks.
 * @param onLost told when it broke; until it is back others take this process for dead
 */
export const showPresence = async (url: string, onLost: (error: Error) => void): Promise<Presence> => {
  const holder = randomUUID();
  const closing = new AbortController();
  let client = await openShown(url, holder);
  const keep = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const failure = await endOf(client);
      if (closing.signal.aborted) return;
      onLost(failure);
      const again = await openAgain(url, holder, closing.signal);
      if (again !== undefined) client = again;
    }
  };
  const kept = keep();
  return {
    holder,
    close: async () => {
      closing.abort();
      await client.end();
      await kept;
    },
  };
};

/** One attempt after the other until one succeeds; undefined when it is not wanted any more. */
const openAgain = async (url: string, holder: string, closing: AbortSignal): Promise<Client | undefined> => {
  while (!closing.aborted) {
    await sleep(AGAIN_MS, undefined, { signal: closing }).catch(() => undefined);
    // Whoever cannot connect is told so by everything else that needs the database.
    const opened = await openShown(url, holder).catch(() => undefined);
    if (opened === undefined) continue;
    if (!closing.aborted) return opened;
    await opened.end();
  }
  return undefined;
};

const openShown = async (url: string, holder: string): Promise<Client> => {
  const client = new Client({
    connectionString: url,
    application_name: 'okuri-presence',
    connectionTimeoutMillis: TIMEOUT_MS,
    statement_timeout: TIMEOUT_MS,
    keepAlive: true,
  });
  // Its end is what counts; unheard, the error would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [lockOf(holder)]);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
};

const endOf = (client: Client): Promise<Error> =>
  new Promise((resolve) => {
    let failure = new Error('PostgreSQL ended the connection');
    client.on('error', (error) => {
      failure = error;
    });
    client.once('end', () => resolve(failure));
  });

/** Whether a process is dead: its lock is free. Expects a transaction, and keeps it looking dead until that ends. */
export const isDead = (holder: string): SQL<boolean> =>
  sql<boolean>`pg_try_advisory_xact_lock(hashtextextended(${lockOf(holder)}, 0))`;
