import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
import { resolve } from 'node:path';
import { z } from 'zod';

/** What a script of bench/processes serves to the process that forked it. */
export interface Served<Ready, Stopped> {
  readonly ready: Ready;
  /** Ends it; what it gives goes to the parent. */
  stop(): Promise<Stopped>;
}

/** The same as the parent has it. */
interface Forked<Ready, Stopped> extends Served<Ready, Stopped> {
  readonly pid: number;
}

const START_MS = 120_000;
const STOP_MS = 60_000;

const message = z.object({ ready: z.unknown(), stopped: z.unknown() }).partial();

/** Runs a script of bench/processes with this input in a process of its own, which ends with this one at the latest. */
export async function forked<Ready, Stopped>(
  script: string,
  input: object | string,
  schemas: { readonly ready: z.ZodType<Ready>; readonly stopped: z.ZodType<Stopped> },
): Promise<Forked<Ready, Stopped>> {
  const child = fork(resolve('bench/processes/run.cjs'), [script], { execArgv: [] });
  const ready = told(child, 'ready', START_MS);
  child.send(input);
  return {
    ready: schemas.ready.parse(await ready),
    pid: child.pid ?? 0,
    stop: async () => {
      const stopped = told(child, 'stopped', STOP_MS);
      const gone = once(child, 'exit', { signal: AbortSignal.timeout(STOP_MS) });
      child.send('stop');
      const result = schemas.stopped.parse(await stopped);
      await gone;
      return result;
    },
  };
}

/** The first message of this kind. Raises when the process ends before, or says nothing for so long. */
async function told(child: ChildProcess, kind: 'ready' | 'stopped', withinMs: number): Promise<unknown> {
  const giveUp = new AbortController();
  const late = setTimeout(
    () => giveUp.abort(new Error(`a process said nothing for ${withinMs} ms`)),
    withinMs,
  );
  child.once('error', (error) => giveUp.abort(error));
  child.once('exit', (code) => giveUp.abort(new Error(`a process of the benchmark ended with code ${code}`)));
  try {
    for await (const [raw] of on(child, 'message', { signal: giveUp.signal })) {
      const parsed = message.parse(raw);
      if (kind in parsed) return parsed[kind];
    }
    throw new Error('a process of the benchmark fell silent');
  } finally {
    clearTimeout(late);
  }
}
