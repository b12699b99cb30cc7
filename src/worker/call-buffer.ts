import type { Logger } from 'pino';
import { appendCalls, type CallRecord } from '../store/call-log';
import { addUp, type CallTotals, totalsOf } from '../store/call-totals';
import type { Database } from '../store/database';

/** Requests on their way to the log. */
export interface CallBuffer {
  /** Takes a request in. Never throws and never waits. */
  readonly add: (call: CallRecord) => void;
  /** Writes what waits, as far as PostgreSQL takes it. Never rejects. @returns how many lines still wait */
  readonly write: () => Promise<number>;
}

const BATCH = 200;
/** With two bodies of at most 4 KB in each, some 40 MB at the very worst. */
const MOST_WAITING = 5_000;
/** The outcome under which the sums count requests of which no line is kept. */
const UNLOGGED = 'unlogged';

/** Whether PostgreSQL refuses the values themselves (SQLSTATE classes 22 and 23): writing them again is in vain. */
const isRefused = (error: unknown): boolean =>
  error instanceof Error &&
  (('code' in error && typeof error.code === 'string' && /^2[23]/.test(error.code)) ||
    isRefused(error.cause));

/** Keeps requests until they are written, 200 at a time; of those beyond 5,000 only the sums. */
export const createCallBuffer = (db: Database, log: Logger): CallBuffer => {
  let waiting: CallRecord[] = [];
  let unlogged: CallTotals[] = [];
  let dropped = 0;
  let failing = false;
  let writing: Promise<number> | undefined;

  const drop = (calls: readonly CallRecord[]): void => {
    if (dropped === 0) log.warn('requests are missing from the request log; their number is told later');
    dropped += calls.length;
    unlogged = addUp([...unlogged, ...calls.map((call) => totalsOf({ ...call, outcome: UNLOGGED }))]);
  };

  const writeBatch = async (): Promise<void> => {
    const batch = waiting.slice(0, BATCH);
    const sums = unlogged;
    unlogged = [];
    try {
      await appendCalls(db, batch, sums);
    } catch (error) {
      unlogged = addUp([...sums, ...unlogged]);
      if (batch.length === 0 || !isRefused(error)) throw error;
      log.error({ err: error }, 'requests cannot be written to the request log as they are');
      drop(batch);
    }
    waiting = waiting.slice(batch.length);
  };

  const drain = async (): Promise<number> => {
    try {
      while (waiting.length > 0 || unlogged.length > 0) await writeBatch();
      if (dropped > 0) log.warn({ dropped }, 'requests are missing from the request log');
      if (failing) log.info('the request log is written again');
      [dropped, failing] = [0, false];
    } catch (error) {
      if (!failing) log.warn({ err: error }, 'the request log cannot be written; it is tried again');
      failing = true;
    }
    return waiting.length;
  };

  const write = (): Promise<number> => {
    writing ??= drain().finally(() => {
      writing = undefined;
    });
    return writing;
  };

  return {
    add: (call) => {
      if (waiting.length >= MOST_WAITING) drop([call]);
      else waiting.push(call);
      // While PostgreSQL is away the next turn of the clock tries again, not every request.
      if (waiting.length >= BATCH && !failing) void write();
    },
    write,
  };
};
