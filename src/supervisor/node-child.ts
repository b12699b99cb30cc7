import { type ChildProcess, fork } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { endProcess, tail } from '../machine';
import type { ServiceProcess } from './services';

/** A child process of ours did not become ready; the message has the end of its log. */
class ChildFailed extends Error {
  override readonly name = 'ChildFailed';
}

const CLI = join(__dirname, '..', 'cli.js');
const READY_TIMEOUT_MS = 60_000;
/** A worker drains: what runs in it may take this long. */
const SHUTDOWN: [NodeJS.Signals, number][] = [
  ['SIGTERM', 40_000],
  ['SIGKILL', 5_000],
];

/** Runs `okuri <role>` as a child and waits until it says that it is ready. Raises ChildFailed. */
export async function startChild(
  role: 'api' | 'worker',
  env: NodeJS.ProcessEnv,
  logFile: string,
): Promise<ServiceProcess> {
  const log = await open(logFile, 'a');
  // A group of its own: a Ctrl-C at the terminal must reach the supervisor alone, which stops things in order.
  const child = fork(CLI, [role], { env, detached: true, stdio: ['ignore', log.fd, log.fd, 'ipc'] });
  const exited = new Promise<void>((done) => {
    child.once('exit', () => done());
    child.once('error', () => done());
  });
  await log.close();
  const { pid } = child;
  const stop = async () => {
    if (pid !== undefined) await endProcess(pid, ...SHUTDOWN);
  };
  if (pid !== undefined && (await isReady(child, exited))) return { pid, exited, stop };
  await stop();
  throw new ChildFailed(`okuri ${role} did not start; the end of ${logFile}:\n${tail(logFile)}`);
}

function isReady(child: ChildProcess, exited: Promise<void>): Promise<boolean> {
  return new Promise((done) => {
    const timer = setTimeout(() => done(false), READY_TIMEOUT_MS);
    const settle = (ready: boolean) => {
      clearTimeout(timer);
      done(ready);
    };
    child.on('message', (message) => {
      if (typeof message === 'object' && message !== null && 'ready' in message) settle(true);
    });
    void exited.then(() => settle(false));
  });
}
