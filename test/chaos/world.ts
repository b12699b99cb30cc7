import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type QueryResultRow } from 'pg';
import type { Environment } from './environment';

/** The shop of a run, with the key by which Rakuten's simulation knows it. */
export const SHOP = {
  shopId: 'chaos-shop',
  rakutenShopId: '888888',
  serviceSecret: 'SP888888_abcdefghijklmnop',
  licenseKey: 'SL888888_abcdefghijklmnop',
} as const;

/** An answer that is a decision: asking again would give it again. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The system under test, as buyers, people of the shop and Rakuten's own people reach it. */
export interface World {
  readonly env: Environment;
  /** Rows of PostgreSQL. Raises while PostgreSQL is down. */
  query<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** One call of the API. With a key it may be repeated. @throws Refused */
  api<T>(method: string, path: string, body?: unknown, key?: string): Promise<T>;
  /** One call of the sandbox's control page. @throws Refused */
  control<T>(method: string, path: string, body?: unknown): Promise<T>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 30_000;
const PAUSE_MS = 250;
/** What a process of ours that is coming back needs at most: beyond this it is no fault of chaos any more. */
const PATIENCE_MS = 120_000;

/** Reaches the system that an environment has started. */
export const reach = (env: Environment): World => {
  let pool: Pool | undefined;
  let poolUrl = '';
  const poolAt = async (): Promise<Pool> => {
    const url = await env.databaseUrl();
    if (pool !== undefined && url === poolUrl) return pool;
    await pool?.end();
    poolUrl = url;
    pool = new Pool({
      connectionString: url,
      max: 4,
      connectionTimeoutMillis: 5_000,
      statement_timeout: 60_000,
    });
    // A connection that PostgreSQL's end broke is replaced with the next question.
    pool.on('error', () => undefined);
    return pool;
  };
  return {
    env,
    query: async (text, values) => (await (await poolAt()).query(text, values)).rows,
    api: async (method, path, body, key) =>
      send(`${env.apiUrl(path)}${path}`, method, body, {
        authorization: `Bearer ${await env.token()}`,
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      }),
    control: async (method, path, body) => send(`${await env.sandboxUrl()}/control${path}`, method, body, {}),
    close: async () => {
      await pool?.end();
    },
  };
};

/** Statuses that say "later" and decide nothing. */
const LATER = [408, 425, 429];

const send = async <T>(
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<T> => {
  const response = await fetch(url, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as T;
  const message = `${method} ${url} answered ${response.status}: ${text.slice(0, 500)}`;
  const { status } = response;
  const undecided = status >= 500 || LATER.includes(status) || text.includes('request_in_progress');
  throw undecided ? new Error(message) : new Refused(status, message);
};

/** Asks again until there is an answer, as whoever really wants it does. `failed` hears of every attempt without one. */
export const patiently = async <T>(
  what: string,
  ask: () => Promise<T>,
  failed: () => void = () => undefined,
): Promise<T> => {
  for (const until = Date.now() + PATIENCE_MS; ; ) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof Refused) throw error;
      failed();
      if (Date.now() > until)
        throw new Error(`${what} got no answer for two minutes: ${String(error)}`, { cause: error });
      await sleep(PAUSE_MS);
    }
  }
};
