import { createReadStream, createWriteStream, ftruncateSync, readSync } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { errorCode, type Say } from '../machine';

const LARGEST_BYTES = 20e6;
const EVERY_MS = 60_000;
/** Older parts that are kept of each file, packed: some 2 MB each. */
const PARTS = 5;
const PIECE_BYTES = 1 << 20;

/**
 * Keeps every log file of a directory below about 20 MB, with five older parts packed beside it (`api.log.1.gz` is the
 * newest). Gives the function that ends it.
 */
export function rotateLogs(dir: string, say: Say): () => void {
  let running = false;
  const timer = setInterval(async () => {
    if (running) return;
    running = true;
    await rotateOnce(dir, LARGEST_BYTES)
      .catch((error: unknown) => say(`The logs in ${dir} could not be rotated: ${String(error)}`))
      .finally(() => {
        running = false;
      });
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Rotates the log files of a directory that are larger than so many bytes. */
export async function rotateOnce(dir: string, largestBytes: number): Promise<void> {
  const names = await readdir(dir);
  for (const name of names.filter((one) => one.endsWith('.log'))) {
    const file = join(dir, name);
    // What was cut short before it was packed.
    if (names.includes(`${name}.1`)) await pack(file);
    if ((await stat(file)).size < largestBytes) continue;
    await moveLines(file, `${file}.1`);
    await pack(file);
  }
}

async function pack(file: string): Promise<void> {
  await makeRoom(file);
  const part = `${file}.1`;
  await pipeline(createReadStream(part), createGzip(), createWriteStream(`${part}.gz`, { mode: 0o600 }));
  await rm(part);
}

async function makeRoom(file: string): Promise<void> {
  for (let part = PARTS - 1; part >= 1; part -= 1)
    await rename(`${file}.${part}.gz`, `${file}.${part + 1}.gz`).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error;
    });
}

/**
 * Copies a file and empties it. It is open in other processes for appending, so it cannot be renamed. What is written
 * while it is copied is copied as well, and emptying follows the last look without a pause: what a process writes in
 * the microseconds between the two is all that is lost.
 */
async function moveLines(from: string, to: string): Promise<void> {
  const [source, target] = [await open(from, 'r+'), await open(to, 'w', 0o600)];
  try {
    const piece = Buffer.alloc(PIECE_BYTES);
    let position = 0;
    for (;;) {
      const bytes = readSync(source.fd, piece, 0, PIECE_BYTES, position);
      if (bytes === 0) {
        ftruncateSync(source.fd);
        return;
      }
      await target.write(piece, 0, bytes);
      position += bytes;
    }
  } finally {
    await source.close();
    await target.close();
  }
}
