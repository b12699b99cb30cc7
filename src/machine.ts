import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** One line of progress for the person at the terminal. */
export type Say = (line: string) => void;

const LOOPBACK = '127.0.0.1';

/** What a server is started with. */
interface ServerCommand {
  program: string;
  args: string[];
  /** File that its output is appended to. */
  logFile: string;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
}

/**
 * Starts a server that outlives us and gives its pid. It has a process group of its own: a Ctrl-C at the terminal must
 * reach the supervisor alone, which stops things in order.
 */
export async function spawnServer({ program, args, logFile, ...settings }: ServerCommand): Promise<number> {
  await mkdir(dirname(logFile), { recursive: true });
  const log = await open(logFile, 'a');
  const child = spawn(program, args, {
    ...settings,
    cwd: '/',
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  child.unref();
  return pidOf(child).finally(() => log.close());
}

function pidOf(child: ChildProcess): Promise<number> {
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('spawn', () => done(child.pid ?? 0));
  });
}

/** Settles when the process is gone. Watches by pid, because a server that was adopted is not our child. */
export function ended(pid: number): Promise<void> {
  return new Promise((done) => {
    const timer = setInterval(() => {
      if (isAlive(pid)) return;
      clearInterval(timer);
      done();
    }, 250);
  });
}

/** Whether a process with this id runs. A zombie that nobody has reaped counts as gone. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
  if (process.platform !== 'linux') return true;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch (error) {
    // Gone between the two looks; a /proc that cannot be read says nothing, and the signal got through.
    return errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ESRCH';
  }
}

/** The command line of a running process, arguments joined by spaces; undefined when there is none to see. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (!isAlive(pid)) return undefined;
  if (process.platform === 'linux') {
    const raw = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return raw.replaceAll('\0', ' ').trim() || undefined;
  }
  return ps(pid, 'command=');
}

async function ps(pid: number, column: string): Promise<string | undefined> {
  const listed = await promisify(execFile)('ps', ['-o', column, '-p', String(pid)], { timeout: 5_000 }).catch(
    () => ({
      stdout: '',
    }),
  );
  return listed.stdout.trim() || undefined;
}

/** All processes whose command line holds this text, with their command lines. */
export async function processesWith(text: string): Promise<{ pid: number; command: string }[]> {
  const pids = process.platform === 'linux' ? await readdir('/proc') : await allPids();
  const found = await Promise.all(
    pids
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => ({ pid: Number(name), command: await commandLine(Number(name)) })),
  );
  return found.flatMap(({ pid, command }) => (command?.includes(text) ? [{ pid, command }] : []));
}

async function allPids(): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid='], { timeout: 5_000 });
  return stdout.split(/\s+/);
}

/** A process that no later one can be mistaken for, although ids are used again. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, in the system's own words. */
  start: string;
}

/** The identity of a running process; undefined when it has ended. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  if (!isAlive(pid)) return undefined;
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // The 22nd field is the start time; the second, the name, may hold spaces.
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return start === undefined ? undefined : { pid, start };
  }
  const start = await ps(pid, 'lstart=');
  return start === undefined ? undefined : { pid, start };
}

/** Whether that very process still runs. */
export async function stillRuns(known: ProcessIdentity): Promise<boolean> {
  return (await identify(known.pid))?.start === known.start;
}

/** Whether nobody listens on this port of the given address. */
export function portIsFree(port: number, host: string = LOOPBACK): Promise<boolean> {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.once('error', (error) => (errorCode(error) === 'EADDRINUSE' ? done(false) : failed(error)));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => done(true)));
  });
}

/** Systems take the ports of outgoing connections from above these: a server that binds later must not find one there. */
const SERVER_PORTS = { from: 15_000, to: 32_000 };
const TRIES = 100;

/**
 * A port of the loopback address that was free a moment ago, outside of those that outgoing connections get.
 * @throws Error when there is none
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const port = randomInt(SERVER_PORTS.from, SERVER_PORTS.to);
    if (await portIsFree(port)) return port;
  }
  throw new Error(
    `No free port was found between ${SERVER_PORTS.from} and ${SERVER_PORTS.to} on ${LOOPBACK}. Close what uses them, or name the ports yourself.`,
  );
}

/** Asks again and again until the answer is yes; gives whether it was before the time ran out (milliseconds). */
export async function waitFor(
  question: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> {
  const end = Date.now() + timeoutMs;
  while (!(await question())) {
    if (Date.now() >= end) return false;
    await sleep(50);
  }
  return true;
}

/** Sends each signal in turn, waiting as long as it says (milliseconds), until the process is gone. Gives whether it is. */
export async function endProcess(
  pid: number,
  ...steps: readonly [NodeJS.Signals, number][]
): Promise<boolean> {
  for (const [signal, patienceMs] of steps) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (errorCode(error) !== 'ESRCH') throw error;
    }
    if (await waitFor(() => !isAlive(pid), patienceMs)) return true;
  }
  return false;
}

/** The last lines of a log file, for an error message; empty when there is no such file. */
export function tail(file: string, bytes = 2_000): string {
  try {
    const size = statSync(file).size;
    const handle = openSync(file, 'r');
    const buffer = Buffer.alloc(Math.min(bytes, size));
    readSync(handle, buffer, 0, buffer.length, size - buffer.length);
    closeSync(handle);
    return buffer.toString('utf8').trim();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

/** The code of a system error (`ENOENT`, `EADDRINUSE`), or undefined. */
export function errorCode(error: unknown): string | undefined {
  // Not by `instanceof`: in tests the system's errors come from another realm.
  const held = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof held === 'string' ? held : undefined;
}
