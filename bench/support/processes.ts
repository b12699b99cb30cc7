import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { TestInstance } from '../../test/support/instance';

/** What one or several processes use. */
export interface Usage {
  /** Resident memory in bytes; pages that processes share count in each of them. */
  readonly rss: number;
  /** Resident memory in bytes with shared pages divided among those that share them; undefined where the system does not tell. */
  readonly pss: number | undefined;
  /** Processor time in seconds since they began; undefined where the system does not tell it finely enough. */
  readonly cpu: number | undefined;
}

/** The usage of an instance's processes by part: its children by name, and `supervisor` for what stands above them. */
export type PartUsage = ReadonlyMap<string, Usage>;

const NOTHING: Usage = { rss: 0, pss: 0, cpu: 0 };

const sum = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

const add = (a: Usage, b: Usage): Usage => ({
  rss: a.rss + b.rss,
  pss: sum(a.pss, b.pss),
  cpu: sum(a.cpu, b.cpu),
});

/** What all processes of an instance use now. */
export async function usageOf(instance: TestInstance): Promise<PartUsage> {
  const { children } = await instance.state();
  const named = new Map([[instance.pid, 'supervisor']]);
  for (const [name, { pid }] of Object.entries(children)) named.set(pid, name);
  return usageBelow(named);
}

/** What these processes and those that they started use now, by the names given. */
export async function usageBelow(named: ReadonlyMap<number, string>): Promise<PartUsage> {
  const processes = await listProcesses();
  const parts = new Map<string, Usage>();
  for (const [pid, { rss }] of processes) {
    const part = partOf(pid, named, processes);
    if (part === undefined) continue;
    const own = { rss, pss: await proportionalSize(pid), cpu: await processorTime(pid) };
    parts.set(part, add(parts.get(part) ?? NOTHING, own));
  }
  return parts;
}

/** The sum over all parts. */
export const totalOf = (parts: PartUsage): Usage => [...parts.values()].reduce(add, NOTHING);

interface Listed {
  readonly parent: number;
  readonly rss: number;
}

async function listProcesses(): Promise<ReadonlyMap<number, Listed>> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,rss='], { timeout: 5_000 });
  const rows = stdout.trim().split('\n');
  return new Map(
    rows.map((row) => {
      const [pid = 0, parent = 0, kilobytes = 0] = row.trim().split(/\s+/).map(Number);
      return [pid, { parent, rss: kilobytes * 1024 }];
    }),
  );
}

/** The part to which the nearest named ancestor belongs. */
function partOf(
  pid: number,
  named: ReadonlyMap<number, string>,
  processes: ReadonlyMap<number, Listed>,
): string | undefined {
  for (let at: number | undefined = pid; at; at = processes.get(at)?.parent) {
    const part = named.get(at);
    if (part !== undefined) return part;
  }
  return undefined;
}

/** Linux alone has these files; a process that has just ended, or that is somebody else's, shows nothing either. */
const readProc = (pid: number, name: string): Promise<string> =>
  readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');

async function proportionalSize(pid: number): Promise<number | undefined> {
  const kilobytes = /^Pss:\s+(\d+)/m.exec(await readProc(pid, 'smaps_rollup'))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

async function processorTime(pid: number): Promise<number | undefined> {
  // The 14th to 17th fields, in hundredths of a second: its own, and that of children that have ended, such as the
  // processes of closed connections. The second field, the name, may hold spaces.
  if (process.platform !== 'linux') return undefined;
  const fields = (await readProc(pid, 'stat')).split(') ').at(-1)?.split(' ') ?? [];
  // Of a process that ended since it was listed its parent tells.
  return fields.slice(11, 15).reduce((total, time) => total + Number(time), 0) / 100;
}
