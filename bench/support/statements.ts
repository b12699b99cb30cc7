import type { Pool } from 'pg';

/** What one kind of statement has cost since the counts were forgotten. */
export interface Statement {
  readonly id: string;
  readonly query: string;
  readonly calls: number;
  /** Pages of 8 kB that were looked at, wherever they were. */
  readonly blocks: number;
  /** Milliseconds within PostgreSQL. */
  readonly ms: number;
}

/** The role under which what is counted connects, so that it is told apart from the benchmark and the sandbox. */
const ROLE = 'counted';

/** Makes the role, and gives the address of the same database for it. The server must count (`startServers`). */
export async function countedAddress(pool: Pool, databaseUrl: string): Promise<string> {
  const url = new URL(databaseUrl);
  await pool.query(`create role ${ROLE} superuser login password '${url.password}'`);
  await pool.query('create extension pg_stat_statements');
  url.username = ROLE;
  return url.href;
}

/** Begins to count anew. */
export const forgetStatements = (pool: Pool): Promise<unknown> =>
  pool.query('select pg_stat_statements_reset()');

/** All statements of the role since then. */
export async function statements(pool: Pool): Promise<Statement[]> {
  const { rows } = await pool.query<Statement>(
    `select queryid::text as id, min(query) as query, sum(calls)::float8 as calls,
       sum(shared_blks_hit + shared_blks_read)::float8 as blocks, sum(total_exec_time)::float8 as ms
     from pg_stat_statements s join pg_roles r on r.oid = s.userid where rolname = $1 group by 1`,
    [ROLE],
  );
  return rows;
}

/** Sums over all of them. */
export const totalOf = (all: readonly Statement[]): { calls: number; blocks: number; ms: number } => ({
  calls: all.reduce((sum, one) => sum + one.calls, 0),
  blocks: all.reduce((sum, one) => sum + one.blocks, 0),
  ms: all.reduce((sum, one) => sum + one.ms, 0),
});

/** A statement that looks at more pages a call than it did before, and what that comes to in all. */
export interface Grown {
  readonly query: string;
  readonly before: number;
  readonly after: number;
  readonly more: number;
}

/** Those that grew, by what their growth costs. */
export function grown(before: readonly Statement[], after: readonly Statement[]): Grown[] {
  const earlier = new Map(before.map((one) => [one.id, one.blocks / one.calls]));
  return after
    .flatMap(({ id, query, calls, blocks }) => {
      const then = earlier.get(id);
      if (then === undefined) return [];
      const now = blocks / calls;
      return [{ query, before: then, after: now, more: (now - then) * calls }];
    })
    .filter(({ more }) => more > 0)
    .sort((a, b) => b.more - a.more);
}
