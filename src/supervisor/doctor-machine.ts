import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, stillRuns } from '../machine';
import { masterKeyFiles, readState } from './data-dir';
import { demandMasterKey } from './database';
import type { Ground, Look, Said } from './look';

const FEWEST_FREE_BYTES = 500e6;
const FEW_FREE_BYTES = 2e9;
/** Five processes, each with its file and three older parts. */
const MANY_LOG_BYTES = 500e6;
const READABLE_BY_OTHERS = 0o077;

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** What is on this machine: the data directory and its processes, the disk, the master key. */
export const machineLooks: readonly Look[] = [
  { title: ({ dataDir }) => `data directory ${dataDir}`, look: lookAtProcesses },
  { title: () => 'secrets on disk', look: lookAtSecrets },
  { title: () => 'disk space', look: lookAtDisk },
  { title: () => 'log files', look: lookAtLogs },
  { title: () => 'master key', look: lookAtMasterKey },
  { title: () => 'address', look: lookAtAddress },
];

async function lookAtProcesses({ config: { dataDir } }: Ground): Promise<undefined> {
  const state = await readState(join(dataDir, 'instance.json'));
  for (const [name, child] of Object.entries(state?.children ?? {})) {
    if (!(await stillRuns(child)))
      throw new Error(`${name} (pid ${child.pid}) does not run; see ${join(dataDir, 'logs')}`);
  }
}

async function lookAtSecrets({ config: { dataDir } }: Ground): Promise<Said | undefined> {
  const files = [...Object.values(masterKeyFiles(dataDir)), join(dataDir, 'admin-token')];
  const open: string[] = [];
  for (const file of files) {
    const found = await unlessMissing(stat(file));
    if (found !== undefined && (found.mode & READABLE_BY_OTHERS) !== 0) open.push(file);
  }
  if (open.length === 0) return undefined;
  return {
    problem: `Other users of this machine can read ${open.join(', ')}. Run: chmod 600 ${open.join(' ')}`,
  };
}

async function lookAtDisk({ config: { dataDir } }: Ground): Promise<Said | undefined> {
  const disk = await unlessMissing(statfs(dataDir));
  if (disk === undefined) return undefined;
  const free = disk.bavail * disk.bsize;
  const said = `${gigabytes(free)} are left where ${dataDir} is. When it is full PostgreSQL stops, and nothing goes on. Make room, or move the data directory.`;
  if (free < FEWEST_FREE_BYTES) return { problem: said };
  return free < FEW_FREE_BYTES ? { warning: said } : undefined;
}

async function lookAtLogs({ config: { dataDir } }: Ground): Promise<Said | undefined> {
  const dir = join(dataDir, 'logs');
  let bytes = 0;
  for (const name of (await unlessMissing(readdir(dir))) ?? [])
    bytes += (await unlessMissing(stat(join(dir, name))))?.size ?? 0;
  if (bytes < MANY_LOG_BYTES) return undefined;
  return {
    warning: `${dir} has ${gigabytes(bytes)}, more than rotation leaves. Look at what is written there so often; old parts (*.gz) can be deleted.`,
  };
}

async function lookAtMasterKey({ config: { masterKey }, url, db }: Ground): Promise<undefined> {
  if (masterKey === undefined)
    throw new Error('There is none: give the one of this database in OKURI_MASTER_KEY.');
  if (url !== undefined && db !== undefined) await demandMasterKey(url, masterKey.reveal());
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

async function lookAtAddress({ config: { api } }: Ground): Promise<Said | undefined> {
  if (LOOPBACK.has(api.host)) return undefined;
  return {
    warning: `The API listens on ${api.host}, without TLS, and /metrics needs no token. Let nothing but your own network and a proxy with TLS reach it.`,
  };
}

const unlessMissing = <T>(look: Promise<T>): Promise<T | undefined> =>
  look.catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
