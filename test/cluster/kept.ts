import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { endProcess, errorCode, isAlive, type Say, stillRuns } from '../../src/machine';
import { Services } from '../../src/supervisor/services';

const identities = z.record(z.string(), z.object({ pid: z.number(), start: z.string() }));
type Identities = z.infer<typeof identities>;

/** Processes of a directory: kept running, found by name, and written down for whoever has to end them. */
export interface Kept {
  readonly services: Services;
  /** The processes by name, those that have ended too until they are started again. */
  children(): Identities;
  /** The process by that name, while it lives. */
  pidOf(name: string): number | undefined;
}

/** SIGINT is PostgreSQL's fast shutdown. */
const SHUTDOWN: [NodeJS.Signals, number][] = [
  ['SIGINT', 30_000],
  ['SIGKILL', 5_000],
];

/** Keeps the processes of a directory, and ends first what an earlier run left there. */
export const keepIn = async (dir: string, say: Say): Promise<Kept> => {
  await endLeftOvers(dir, say);
  let known: Identities = {};
  const services = new Services(say, async (children) => {
    known = children;
    await writeFile(fileIn(dir), JSON.stringify(children, null, 1));
  });
  return {
    services,
    children: () => known,
    pidOf: (name) => {
      const pid = known[name]?.pid;
      return pid !== undefined && isAlive(pid) ? pid : undefined;
    },
  };
};

/** Ends what an earlier run on a directory left running, the last started first. */
export const endLeftOvers = async (dir: string, say: Say): Promise<void> => {
  for (const [name, identity] of Object.entries(await readIdentities(dir)).reverse()) {
    if (!(await stillRuns(identity))) continue;
    say(`Stopping ${name}, which was left running (pid ${identity.pid})`);
    await endProcess(identity.pid, ...SHUTDOWN);
  }
};

const fileIn = (dir: string): string => join(dir, 'processes.json');

const readIdentities = async (dir: string): Promise<Identities> => {
  try {
    return identities.parse(JSON.parse(await readFile(fileIn(dir), 'utf8')));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return {};
    throw error;
  }
};
