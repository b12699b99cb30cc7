import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ClientBase } from 'pg';
import { z } from 'zod';

/** A migration by its name, and by the moment under which a database knows that it has it. */
export interface Migration {
  readonly tag: string;
  readonly when: number;
}

const journal = z.looseObject({ entries: z.array(z.looseObject({ tag: z.string(), when: z.number() })) });
const JOURNAL = path.join('meta', '_journal.json');

/** Where the migrations are: beside the sources in a checkout as well as in a built tree. */
export const migrationsFolder = (): string => {
  const candidates = [path.join(__dirname, 'migrations'), path.join(__dirname, '../../src/store/migrations')];
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined)
    throw new Error(`The migrations are missing: looked in ${candidates.join(' and ')}`);
  return found;
};

const readJournal = () =>
  journal.parse(JSON.parse(readFileSync(path.join(migrationsFolder(), JOURNAL), 'utf8')));

/** The migrations of this version, the oldest first. */
export const knownMigrations = (): Migration[] =>
  readJournal().entries.map(({ tag, when }) => ({ tag, when }));

/** The moment of the newest migration that a database has; undefined when it has none. */
export const newestApplied = async (client: ClientBase): Promise<number | undefined> => {
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('drizzle.__drizzle_migrations') is not null as there`,
  );
  if (rows[0]?.there !== true) return undefined;
  const newest = await client.query<{ when: string | null }>(
    'select max(created_at)::text as when from drizzle.__drizzle_migrations',
  );
  const when = newest.rows[0]?.when;
  return when === null || when === undefined ? undefined : Number(when);
};

/** Runs something on a folder that has the migrations up to this one alone. */
export const withMigrationsThrough = async (
  last: Migration,
  run: (folder: string) => Promise<void>,
): Promise<void> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'okuri-migrations-'));
  try {
    const { entries, ...rest } = readJournal();
    const wanted = entries.filter(({ when }) => when <= last.when);
    await mkdir(path.join(folder, 'meta'));
    await writeFile(path.join(folder, JOURNAL), JSON.stringify({ ...rest, entries: wanted }));
    for (const { tag } of wanted)
      await cp(path.join(migrationsFolder(), `${tag}.sql`), path.join(folder, `${tag}.sql`));
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
