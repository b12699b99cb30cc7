import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, identify, type ProcessIdentity, type Say, stillRuns } from '../machine';
import { DataDirError, readIfThere } from './data-dir';

/**
 * Takes the lock that makes this process the only instance on a data directory; a lock whose owner is gone is taken
 * over, and that is said. Gives the function that returns it. Raises DataDirError while another instance runs.
 */
export async function takeLock(dataDir: string, say: Say): Promise<() => Promise<void>> {
  const file = join(dataDir, 'lock');
  const mine = `${file}.${process.pid}`;
  const text = JSON.stringify(await identify(process.pid));
  await writeFile(mine, text, { mode: 0o600 });
  try {
    if (!(await linked(mine, file))) {
      await clearStale(file, dataDir, say);
      if (!(await linked(mine, file))) throw new DataDirError(inUse(dataDir));
    }
  } finally {
    await rm(mine, { force: true });
  }
  return async () => {
    if ((await readIfThere(file)) === text) await rm(file, { force: true });
  };
}

/** Linking a complete file into place is one step: nobody ever reads half a lock. */
async function linked(mine: string, file: string): Promise<boolean> {
  try {
    await link(mine, file);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function clearStale(file: string, dataDir: string, say: Say): Promise<void> {
  const found = await readIfThere(file);
  if (found === undefined) return;
  const owner = JSON.parse(found) as ProcessIdentity;
  if (await stillRuns(owner)) throw new DataDirError(inUse(dataDir, owner.pid));
  const aside = `${file}.stale.${process.pid}`;
  await rename(file, aside);
  // Between the look and the rename somebody else may have taken the lock: then it is theirs.
  if ((await readFile(aside, 'utf8')) !== found) {
    await rename(aside, file);
    throw new DataDirError(inUse(dataDir));
  }
  await rm(aside);
  say(`Took over the data directory: the instance before (pid ${owner.pid}) ended without letting go of it`);
}

function inUse(dataDir: string, pid?: number): string {
  const who = pid === undefined ? 'Another instance' : `Another instance (pid ${pid})`;
  return `${who} of Okuri runs on the data directory ${dataDir}. Stop it first, or give this one another OKURI_DATA_DIR (and PORT).`;
}
