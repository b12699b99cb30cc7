import { copyFile, readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Say } from '../machine';

const LARGEST_BYTES = 20e6;
const EVERY_MS = 60_000;

/**
 * Keeps every log file of a directory below about 20 MB, with one older part beside it. The files are open in other
 * processes for appending, so they are copied and emptied, not renamed. Gives the function that ends it.
 */
export function rotateLogs(dir: string, say: Say): () => void {
  const timer = setInterval(() => {
    rotateOnce(dir).catch((error: unknown) =>
      say(`The logs in ${dir} could not be rotated: ${String(error)}`),
    );
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

async function rotateOnce(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const file = join(dir, name);
    if (!name.endsWith('.log') || (await stat(file)).size < LARGEST_BYTES) continue;
    await copyFile(file, `${file}.1`);
    await truncate(file, 0);
  }
}
