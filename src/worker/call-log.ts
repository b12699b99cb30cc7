import type { Logger } from 'pino';
import { apiOf, findCode } from '../rms/codes';
import type { CallObserver, ObservedCall } from '../rms/ports';
import { type CallRecord, forgetOldCalls } from '../store/call-log';
import type { Database } from '../store/database';
import { createCallBuffer } from './call-buffer';
import { repeat } from './repeat';

/** What the request log works with. */
interface CallLogWiring {
  readonly db: Database;
  readonly log: Logger;
}

/** The running request log of a worker. */
interface CallLog {
  readonly observer: CallObserver;
  /** Writes what still waits and ends; requests that are observed later are lost. */
  close(): Promise<void>;
}

const WRITE_MS = 500;
const FORGET_MS = 24 * 60 * 60 * 1000;

/** Codes that no table knows are written down only in the form that Rakuten's have, which neither names nor keys do. */
const CODE = /^(?!S[PL]\d)[A-Z][A-Z0-9_]{0,80}-?\d{2,4}$/;

const codeOf = (operation: string, code: string): string =>
  findCode(apiOf(operation), code) !== undefined || CODE.test(code) ? code : `string(${code.length})`;

/** A request as the log keeps it. */
const recordOf = (call: ObservedCall): CallRecord => ({
  shopId: call.shopId,
  at: call.startedAt,
  operation: call.operation,
  outcome: call.outcome,
  httpStatus: call.httpStatus ?? null,
  codes: call.codes.map((code) => codeOf(call.operation, code)),
  orderNumbers: [...call.orderNumbers],
  batchSize: call.batchSize,
  batchLimit: call.batchLimit,
  waitedMs: Math.round(call.waitedMs),
  durationMs: Math.round(call.durationMs),
  request: call.request,
  response: call.response,
});

/**
 * Writes the requests of a worker down, with their sums, twice a second or when 200 wait, and forgets after 30 days.
 * Nobody waits for it: a process that is killed loses what came in its last half second, and while PostgreSQL is away
 * up to 5,000 lines are kept; of those beyond, only the sums are, under the outcome `unlogged`. A commit whose
 * confirmation is lost is written twice.
 */
export const startCallLog = ({ db, log }: CallLogWiring): CallLog => {
  const buffer = createCallBuffer(db, log);
  const again = (error: unknown) => log.warn({ err: error }, 'the request log failed; it is tried again');
  const writing = repeat(buffer.write, WRITE_MS, again);
  const forgetting = repeat(() => forgetOldCalls(db), FORGET_MS, again);
  return {
    observer: {
      call: (observed) => {
        const call = recordOf(observed);
        const { request: _, response: __, ...shown } = call;
        log[observed.outcome === 'ok' ? 'debug' : 'warn'](shown, 'rms call');
        buffer.add(call);
      },
    },
    close: async () => {
      await Promise.all([writing.close(), forgetting.close()]);
      const lost = await buffer.write();
      if (lost > 0) log.warn({ lost }, 'requests are missing from the request log');
    },
  };
};
