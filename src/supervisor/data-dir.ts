import { createHash, randomBytes } from 'node:crypto';
import { access, constants, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config';
import { errorCode } from '../machine';
import { VERSION } from '../version';

/** Bump when a data directory that was written before has to be changed, and say in UPGRADES how. */
const SCHEMA = 2;
/** What each schema is brought to the next with, by its number. */
const UPGRADES: Readonly<Record<number, (state: InstanceState) => InstanceState>> = {
  // From 2 on the version that wrote a directory stands in it, so that a refusal can name it.
  1: (state) => ({ ...state, schema: 2 }),
};
const MASTER_KEY_BYTES = 32;

const identity = z.object({ pid: z.number(), start: z.string() });
const state = z.object({
  schema: z.number(),
  /** Version of the product that wrote it last. */
  okuriVersion: z.string().optional(),
  /** Version of the Temporal CLI that wrote the dev server's database. */
  temporalVersion: z.string().optional(),
  /** That of the master key which was used last: whether there was one, when its file is missing. */
  masterKeyPrint: z.string().optional(),
  /** Where the embedded PostgreSQL has its files. */
  postgresHome: z.string().optional(),
  children: z.record(z.string(), identity).default({}),
  ports: z.record(z.string(), z.number()).default({}),
});

/** What an instance writes down in its data directory, so that the next start knows. */
export type InstanceState = z.infer<typeof state>;

/** The data directory cannot be used; the message says why and what to do. */
export class DataDirError extends Error {
  override readonly name = 'DataDirError';
}

/** The data directory: its files, and what the instance wrote down in it. */
export interface DataDir {
  path: string;
  state: InstanceState;
  /** Changes what is written down; whole or not at all. */
  record(change: Partial<InstanceState>): Promise<void>;
}

/** The secrets of an instance. */
export interface Secrets {
  adminToken: string;
  masterKey: Buffer;
  /** Whether the administrator's token was made just now. */
  tokenIsNew: boolean;
}

/** Opens the data directory, creating it on first use. Raises DataDirError when it cannot be written or is of another schema. */
export async function openDataDir(path: string): Promise<DataDir> {
  try {
    await mkdir(join(path, 'logs'), { recursive: true, mode: 0o711 });
    await access(path, constants.W_OK);
  } catch (error) {
    throw new DataDirError(
      `The data directory ${path} cannot be written (${errorCode(error)}). Give this user the right to it, or name another in OKURI_DATA_DIR.`,
    );
  }
  await demandOwnFiles(path);
  const file = join(path, 'instance.json');
  const known = await readState(file);
  let written: Promise<void> = Promise.resolve();
  const dir: DataDir = {
    path,
    state: known ?? { schema: SCHEMA, children: {}, ports: {} },
    record(change) {
      dir.state = { ...dir.state, ...change };
      // One after the other: two at once would take the half-written file from under each other.
      written = written
        .catch(() => undefined)
        .then(() => writeWhole(file, JSON.stringify(dir.state, null, 2)));
      return written;
    },
  };
  await dir.record({ okuriVersion: VERSION });
  return dir;
}

/** PostgreSQL's files may be of an account of its own; all others must be ours, or the start would break off half-way. */
async function demandOwnFiles(path: string): Promise<void> {
  for (const dir of [path, join(path, 'logs')]) {
    for (const entry of await readdir(dir, { withFileTypes: true })) {
      const file = join(dir, entry.name);
      if (!entry.isFile()) continue;
      await access(file, constants.R_OK | constants.W_OK).catch(() => {
        throw ofAnotherUser(file);
      });
    }
  }
}

const ofAnotherUser = (file: string) =>
  new DataDirError(
    `${file} belongs to another user, who ran Okuri on this data directory. Start it as that user (as root, if it was root), ` +
      'or give yourself the whole directory with chown -R.',
  );

/** What a running or past instance wrote down in this directory; undefined when there was none. */
export async function readState(file: string): Promise<InstanceState | undefined> {
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  const parsed = state.safeParse(readJson(text));
  if (!parsed.success)
    throw new DataDirError(`${file} is damaged. Put it back from a backup, or name another OKURI_DATA_DIR.`);
  return upgraded(parsed.data, file);
}

function upgraded(state: InstanceState, file: string): InstanceState {
  if (state.schema === SCHEMA) return state;
  const upgrade = UPGRADES[state.schema];
  if (upgrade !== undefined) return upgraded(upgrade(state), file);
  const writer = state.okuriVersion === undefined ? '' : `, written by version ${state.okuriVersion}`;
  throw new DataDirError(
    `${file} is of schema ${state.schema}${writer}, and this version of Okuri (${VERSION}) reads up to ${SCHEMA}. Nothing was changed. Use the version that wrote it, or another OKURI_DATA_DIR.`,
  );
}

/** Where the master key is kept, the one that it is being changed to, and the one that it was before. */
export const masterKeyFiles = (dataDir: string) => ({
  current: join(dataDir, 'master.key'),
  next: join(dataDir, 'master.key.new'),
  old: join(dataDir, 'master.key.old'),
});

/**
 * The administrator's token and the master key: those of the configuration, else those kept in the data directory, else
 * new ones that are kept there. Raises DataDirError when there was a master key and it is not to be found. Whether the
 * one that there is is the right one, the database says.
 */
export async function ensureSecrets(dir: DataDir, config: Config): Promise<Secrets> {
  const tokenFile = join(dir.path, 'admin-token');
  const keyFile = masterKeyFiles(dir.path).current;
  const keptToken = config.adminToken?.reveal() ?? (await readIfThere(tokenFile))?.trim();
  const adminToken = keptToken ?? randomBytes(24).toString('base64url');
  if (keptToken === undefined) await writeWhole(tokenFile, `${adminToken}\n`);
  const keptKey = config.masterKey?.reveal() ?? (await readKey(keyFile));
  if (keptKey === undefined && dir.state.masterKeyPrint !== undefined) {
    throw new DataDirError(
      `The master key is missing, and the secrets of ${dir.path} are encrypted with it. Give it in OKURI_MASTER_KEY, or put ${keyFile} back.`,
    );
  }
  const masterKey = keptKey ?? randomBytes(MASTER_KEY_BYTES);
  if (keptKey === undefined) await writeKey(keyFile, masterKey);
  return { adminToken, masterKey, tokenIsNew: keptToken === undefined };
}

/** Writes down which master key is the right one, once it has proved to be that. */
export function recordMasterKey(dir: DataDir, masterKey: Buffer): Promise<void> {
  return dir.record({ masterKeyPrint: printOf(masterKey) });
}

function printOf(masterKey: Buffer): string {
  return createHash('sha256').update('okuri master key').update(masterKey).digest('hex').slice(0, 16);
}

/** A master key from its file; undefined when there is no such file. Raises DataDirError when it is damaged. */
export async function readKey(file: string): Promise<Buffer | undefined> {
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== MASTER_KEY_BYTES)
    throw new DataDirError(
      `${file} is damaged: it must hold ${MASTER_KEY_BYTES} bytes in base64. Put it back from a backup.`,
    );
  return key;
}

/** Removes every other master key than the current one, and what was left of files that were being written. */
export async function removeOtherKeys(dataDir: string): Promise<void> {
  const { current } = masterKeyFiles(dataDir);
  const others = (await readdir(dataDir)).filter((name) => name.startsWith(`${basename(current)}.`));
  for (const name of others) await rm(join(dataDir, name));
}

/** Keeps a master key in a file that nobody else can read. */
export function writeKey(file: string, key: Buffer): Promise<void> {
  return writeWhole(file, `${key.toString('base64')}\n`);
}

/** A file's text; undefined when there is no such file. Raises DataDirError when it is another user's. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw errorCode(error) === 'EACCES' ? ofAnotherUser(file) : error;
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  const half = `${file}.${process.pid}`;
  const handle = await open(half, 'w', 0o600);
  try {
    await handle.writeFile(text);
    // A key that is in use must not be lost with the machine's power.
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(half, file);
}
