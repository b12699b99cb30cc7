import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Config } from '../config';
import type { Say } from '../machine';
import { cliVersion, findProgram, TEMPORAL_CLI } from '../temporal/binaries';
import { endDevServers } from '../temporal/dev-server';
import { type DataDir, openDataDir } from './data-dir';
import { takeLock } from './lock';
import { temporalDatabase } from './temporal';

/**
 * Empties the Temporal of a data directory on which no instance runs, and writes down the version of the CLI that will
 * fill it again. The next start's worker brings every open order and every Schedule back from PostgreSQL. A Temporal
 * elsewhere is left alone. Raises DataDirError while an instance runs.
 */
export async function rebuild(config: Config, say: Say): Promise<void> {
  const { address } = config.temporal;
  if (address !== undefined) {
    say(
      `Temporal runs elsewhere (${address}), so there is nothing to empty here: each worker brings back every open order ` +
        'and Schedule that is missing there, when it starts and once an hour.',
    );
    return;
  }
  const dir = await openDataDir(config.dataDir);
  const unlock = await takeLock(dir.path, say);
  try {
    await emptyTemporal(dir, config, say);
  } finally {
    await unlock();
  }
}

async function emptyTemporal(dir: DataDir, { temporalCli: given }: Config, say: Say): Promise<void> {
  const cli = await findProgram(TEMPORAL_CLI, { given, cacheDir: join(dir.path, 'cache'), say });
  const version = await cliVersion(cli.path);
  const database = temporalDatabase(dir);
  await endDevServers(database, say);
  const files = (await readdir(dir.path)).filter((name) => name.startsWith(basename(database)));
  say(`Removing Temporal's database (${files.join(', ') || 'there is none'}); PostgreSQL keeps every order`);
  for (const name of files) await rm(join(dir.path, name));
  // Last: a rebuild that was cut short is still asked for by the next start.
  await dir.record({ temporalVersion: version });
  say(
    `Temporal ${version} starts empty. The next \`npm start\` brings every open order and Schedule back from PostgreSQL.`,
  );
}
