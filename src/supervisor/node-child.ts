import { type ChildProcess, fork } from 'node:child_process';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { endProcess, tail } from '../machine';
import type { ServiceProcess } from './services';

/** What a child tells its supervisor about its start. */
export type ChildReport = { ready: true; failed?: undefined } | { failed: string };

/** A child process of ours did not become ready; the message has its reason, or what it wrote before it ended. */
class ChildFailed extends Error {
  override readonly name = 'ChildFailed';
  constructor(role: string, problem: string, logFile: string) {
    super(`The ${role} did not start: ${problem}\nIts log is ${logFile}.`);
  }
}

const CLI = join(__dirname, '..', 'cli.js');
const READY_TIMEOUT_MS = 60_000;
const TAIL_BYTES = 2_000;
/** A worker drains: what runs in it may take this long. */
const SHUTDOWN: [NodeJS.Signals, number][] = [
  ['SIGTERM', 40_000],
  ['SIGKILL', 5_000],
];

/** Runs `okuri <role>`, with options, as a child and waits until it says that it is ready; `cli` is the built command line. Raises ChildFailed. */
export async function startChild(
  role: 'api' | 'worker',
  env: NodeJS.ProcessEnv,
  logFile: string,
  options: readonly string[] = [],
  cli = CLI,
): Promise<ServiceProcess> {
  const log = await open(logFile, 'a');
  const { size: before } = await log.stat();
  // A group of its own: a Ctrl-C at the terminal must reach the supervisor alone, which stops things in order.
  const child = fork(cli, [role, ...options], {
    env,
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  const exited = new Promise<void>((done) => {
    child.once('exit', () => done());
    child.once('error', () => done());
  });
  const reported = firstReport(child);
  await log.close();
  const { pid } = child;
  const stop = async () => {
    if (pid !== undefined) await endProcess(pid, ...SHUTDOWN);
  };
  const report = await reported;
  if (pid !== undefined && report !== undefined && 'ready' in report) return { pid, exited, stop };
  await stop();
  throw new ChildFailed(role, report?.failed ?? (await lastWords(logFile, before)), logFile);
}

/** What a child tells of its start, or why it could not tell; undefined when it broke off without a word. */
function firstReport(child: ChildProcess): Promise<ChildReport | undefined> {
  return new Promise((done) => {
    const late = `it was not ready after ${READY_TIMEOUT_MS / 1000} seconds`;
    const timer = setTimeout(() => done({ failed: late }), READY_TIMEOUT_MS);
    const settle = (report?: ChildReport) => {
      clearTimeout(timer);
      done(report);
    };
    child.on('message', settle);
    child.once('error', ({ message }) => settle({ failed: message }));
    // Not at its exit: what it has sent before arrives later than that.
    child.once('disconnect', () => settle());
  });
}

/** What a child has written since its start. */
async function lastWords(logFile: string, before: number): Promise<string> {
  const written = (await stat(logFile)).size - before;
  return `it ended at once, and wrote:\n${tail(logFile, Math.max(0, Math.min(written, TAIL_BYTES)))}`;
}
