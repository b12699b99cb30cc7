import { sql } from 'drizzle-orm';
import { keepsOldCalls } from '../store/call-log';
import type { Database } from '../store/database';
import { findImbalances } from '../store/ledger';
import { knownMigrations } from '../store/migrations';
import { oldestWaiting, outboxDepth } from '../store/outbox';
import { demandDatabase } from './database';
import { type Ground, inDatabase, type Look, type Said } from './look';

const TESTED_MAJOR = 18;
/** Imbalances that are named one by one, and how many are looked for. */
const IMBALANCES_NAMED = 5;
const MOST_FOUND = 100;
/** Messages are carried within two seconds. */
const STUCK_SECONDS = 300;
/** A worker has up to 25 connections. */
const FEWEST_CONNECTIONS = 25;
const CLOCK_OFF_SECONDS = 5;
/** Lines are deleted once a day. */
const KEPT_DAYS = 32;

/** PostgreSQL, and what in it is of no single shop. */
export const databaseLooks: readonly Look[] = [
  { title: () => 'PostgreSQL', look: lookAtServer },
  inDatabase('schema', lookAtSchema),
  inDatabase('connections', lookAtConnections),
  inDatabase('clock', lookAtClock),
  inDatabase('stock ledger', lookAtLedger),
  inDatabase('outbox', lookAtOutbox),
  inDatabase('request log', lookAtCalls),
];

async function lookAtServer({ url, db }: Ground): Promise<Said | undefined> {
  if (url === undefined)
    throw new Error(
      'No instance runs on this data directory, and there is no DATABASE_URL: run `npm start` first.',
    );
  if (db === undefined) await demandDatabase(url);
  const [row] =
    (await db?.execute<{ version: string }>(sql`select current_setting('server_version') as version`))
      ?.rows ?? [];
  const major = Number.parseInt(row?.version ?? '', 10);
  if (!(major < TESTED_MAJOR)) return undefined;
  return {
    warning: `It is version ${row?.version}; Okuri is tested with ${TESTED_MAJOR}. Move to that when you can.`,
  };
}

async function lookAtSchema(db: Database): Promise<Said | undefined> {
  const known = knownMigrations();
  const there = await db.execute<{ there: boolean }>(
    sql`select to_regclass('drizzle.__drizzle_migrations') is not null as there`,
  );
  const newest = there.rows[0]?.there
    ? (
        await db.execute<{ when: string | null }>(
          sql`select max(created_at)::text as when from drizzle.__drizzle_migrations`,
        )
      ).rows[0]?.when
    : null;
  const last = known.at(-1)?.when ?? 0;
  if (Number(newest ?? 0) > last)
    return {
      problem:
        'The schema is of a later version of Okuri, which this one may read wrongly. Run that version.',
    };
  const behind = known.filter(({ when }) => when > Number(newest ?? 0));
  if (behind.length === 0) return undefined;
  return {
    problem: `The schema lacks ${behind.map(({ tag }) => tag).join(', ')}: nothing can start on it. Run \`okuri migrate\`.`,
  };
}

async function lookAtConnections(db: Database): Promise<Said | undefined> {
  const { rows } = await db.execute<{ used: number; most: number }>(sql`
    select count(*)::int as used, current_setting('max_connections')::int as most from pg_stat_activity
    where backend_type = 'client backend'`);
  const { used = 0, most = 0 } = rows[0] ?? {};
  if (most - used >= FEWEST_CONNECTIONS) return undefined;
  return {
    warning: `${used} of ${most} connections are taken; another worker needs up to ${FEWEST_CONNECTIONS}, and requests will fail when none is left. Raise max_connections, or end what holds them.`,
  };
}

async function lookAtClock(db: Database): Promise<Said | undefined> {
  const before = Date.now();
  const { rows } = await db.execute<{ ms: number }>(
    sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
  );
  const seconds = (Number(rows[0]?.ms) - (before + Date.now()) / 2) / 1000;
  if (Math.abs(seconds) < CLOCK_OFF_SECONDS) return undefined;
  return {
    warning: `The clock of this machine is ${Math.abs(seconds).toFixed(0)} seconds ${seconds > 0 ? 'behind' : 'ahead of'} that of PostgreSQL: deadlines and turns at Rakuten are reckoned wrongly. Let both follow a time server.`,
  };
}

/** A balance that is not the sum of its movements is a fault of ours: people must hear which numbers they cannot trust. */
async function lookAtLedger(db: Database): Promise<Said | undefined> {
  const found = await findImbalances(db);
  if (found.length === 0) return undefined;
  const named = found.slice(0, IMBALANCES_NAMED).map(({ skuCode, location, ...units }) => {
    const { onHand, reserved, summedOnHand, summedReserved } = units;
    return `${skuCode} at ${location} (on hand ${onHand}, booked ${summedOnHand}; reserved ${reserved}, booked ${summedReserved})`;
  });
  return {
    problem: `${found.length === MOST_FOUND ? 'At least ' : ''}${found.length} balances are not the sum of their movements: ${named.join(', ')}${found.length > named.length ? ', …' : ''}. This is a fault of Okuri: count these SKUs and report it.`,
  };
}

async function lookAtOutbox(db: Database): Promise<Said | undefined> {
  const oldest = await oldestWaiting(db);
  if (oldest === undefined || oldest < STUCK_SECONDS) return undefined;
  return {
    problem: `${await outboxDepth(db)} messages wait for Temporal, the oldest since ${Math.round(oldest / 60)} minutes: what was asked for does not happen. See whether a worker runs, and what its log says of the outbox.`,
  };
}

async function lookAtCalls(db: Database): Promise<Said | undefined> {
  if (!(await keepsOldCalls(db, KEPT_DAYS))) return undefined;
  return {
    warning: `It has lines of more than ${KEPT_DAYS} days, which a worker deletes once a day. See whether a worker runs, and what its log says of the request log.`,
  };
}
