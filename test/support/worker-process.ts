import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const START_MS = 60_000;
const STOP_MS = 60_000;

/** `okuri worker` of a build, as a process of its own. */
export interface WorkerProcess {
  /** Undefined when it is ready; else why it did not start. */
  readonly failed: string | undefined;
  /** Everything that it logged so far. */
  output(): string;
  /** Lets it drain. @returns its exit code */
  stop(): Promise<number | null>;
}

/** The built product in a folder of its own. */
export interface Build {
  readonly dist: string;
  remove(): Promise<void>;
}

/** The product as it was built, with another workflow bundle: what building changed workflow code gives. */
export const buildWith = async (changed: (bundle: string) => string, bundle: string): Promise<Build> => {
  const dir = await mkdtemp(join(tmpdir(), 'okuri-build-'));
  await cp(resolve('dist'), join(dir, 'dist'), { recursive: true });
  await cp(resolve('package.json'), join(dir, 'package.json'));
  await symlink(resolve('node_modules'), join(dir, 'node_modules'));
  await writeFile(join(dir, 'dist/workflow-bundle.js'), changed(bundle));
  return { dist: join(dir, 'dist'), remove: () => rm(dir, { recursive: true, force: true }) };
};

/** Runs `okuri worker` and waits until it says that it is ready, or why it is not. */
export const startWorkerProcess = async (
  cli: string,
  env: NodeJS.ProcessEnv,
  options: readonly string[] = [],
): Promise<WorkerProcess> => {
  const child = fork(cli, ['worker', ...options], {
    env,
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const exited = once(child, 'exit');
  const output = outputOf(child);
  const [report] = await once(child, 'message', { signal: AbortSignal.timeout(START_MS) });
  return {
    failed: reasonIn(report),
    output,
    stop: async () => {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await exited.finally(() => clearTimeout(late));
      return child.exitCode;
    },
  };
};

const reasonIn = (report: unknown): string | undefined =>
  typeof report === 'object' && report !== null && 'failed' in report ? String(report.failed) : undefined;

const outputOf = (child: ChildProcess): (() => string) => {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
  return () => text;
};
