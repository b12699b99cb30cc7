import { is, sql } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { TABLES } from '../store/tables';
import type { Deps } from './deps';
import type { FieldError } from './problems';
import { withinBound } from './temporal';

const PROBE_MS = 3_000;

/** `table.column` for everything that this version reads or writes. */
const NEEDED = Object.values(TABLES)
  .filter((value) => is(value, PgTable))
  .map((table) => getTableConfig(table))
  .flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`));

/** What keeps this process from doing its work: the database, its migrations, Temporal. Empty when it is ready. */
export const whatIsMissing = async (deps: Deps): Promise<FieldError[]> => {
  const found = await Promise.all([databaseFault(deps), temporalFault(deps)]);
  return found.flatMap((fault) => fault ?? []);
};

const databaseFault = async ({ db, log }: Deps): Promise<FieldError | undefined> => {
  try {
    const { rows } = await db.execute<{ name: string }>(
      sql`select table_name || '.' || column_name as name from information_schema.columns where table_schema = current_schema()`,
    );
    const present = new Set(rows.map((row) => row.name));
    const missing = NEEDED.filter((name) => !present.has(name));
    if (missing.length === 0) return undefined;
    const message = `The database lacks ${missing.length} columns, such as ${missing[0]}: run \`okuri migrate\``;
    return { path: 'migrations', code: 'not_ready', message };
  } catch (error) {
    log.warn({ check: 'database', reason: reasonOf(error) }, 'not ready');
    return { path: 'database', code: 'database_unavailable', message: 'PostgreSQL does not answer' };
  }
};

const temporalFault = async ({ temporal, config, log }: Deps): Promise<FieldError | undefined> => {
  try {
    const { namespace } = config.temporal;
    await withinBound(temporal, () => temporal.workflowService.describeNamespace({ namespace }), PROBE_MS);
    return undefined;
  } catch (error) {
    log.warn({ check: 'temporal', reason: reasonOf(error) }, 'not ready');
    return { path: 'temporal', code: 'temporal_unavailable', message: 'Temporal does not answer' };
  }
};

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
