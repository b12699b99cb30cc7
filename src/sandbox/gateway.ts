import { setTimeout as sleep } from 'node:timers/promises';
import { Router } from 'express';
import { arrivalOf } from './arrival';
import { authorise } from './authorisation';
import type { Books } from './books';
import type { Clock } from './clock';
import { answerInstead } from './fault-answers';
import { alterAnswer, impossibleFaults, shiftPages } from './fault-effects';
import { type Fault, type FaultKind, useFault } from './faults';
import { finish, type Outcome, send } from './gateway-answer';
import { type Incoming, incoming, readRequest } from './gateway-request';
import { appendJournal, type JournalLine } from './journal';
import type { Limits } from './limits';
import { overLimit } from './over-limit';
import type { Answer, Change, Operation, RmsCall } from './rms-call';
import type { SettingsBook } from './settings';
import { shopError } from './shop-envelope';
import type { Shop } from './shops';
import { subjectOf } from './subject';

/** What the simulated gateway works with. */
export interface GatewayParts {
  readonly books: Books;
  readonly clock: Clock;
  readonly settings: SettingsBook;
  readonly limits: Limits;
}

const UNKNOWN_PATH: Answer = {
  status: 400,
  body: { errors: [{ code: 'GE0007', message: "Requested path doesn't exist" }] },
};

/**
 * Rakuten's side of the wire: authorization, rate limits, content types and injected faults before each function,
 * one transaction and one journal line around it.
 */
export const rmsRouter = (parts: GatewayParts, operations: readonly Operation[]): Router => {
  const router = Router({ caseSensitive: true });
  const { clock } = parts;
  for (const path of new Set(operations.map((operation) => operation.path))) {
    const methods = new Map(operations.filter((o) => o.path === path).map((o) => [o.method as string, o]));
    router.all(path, async (req, res) => {
      const operation = methods.get(req.method);
      if (operation === undefined) send(res, { status: 405 }, clock);
      else await finish(res, await serve(parts, operation, incoming(req, arrivalOf(res))), clock);
    });
  }
  router.all(/^\/es\/2\.(?:[01]\/inventories|0\/items)\/.*/, (_req, res) => send(res, UNKNOWN_PATH, clock));
  router.all(/^\/es\/1\.0\/shop\/.*/, (_req, res) => send(res, shopError('C003'), clock));
  router.all(/^\/es\/.*/, (_req, res) => send(res, { status: 404 }, clock));
  return router;
};

const serve = async (parts: GatewayParts, operation: Operation, request: Incoming): Promise<Outcome> => {
  const settings = parts.settings.current();
  const access = await authorise(parts.books, operation, request.authorization, parts.clock.now(), settings);
  if (access.shop === undefined) return { answer: access.refused };
  const { shop } = access;
  const read = readRequest(operation, request, settings);
  const line = startLine(operation, request, shop, 'body' in read ? read.body : undefined);
  const refuseWith = async (answer: Answer, outcome: JournalLine['outcome']): Promise<Outcome> => {
    await appendJournal(parts.books, line(answer.status, outcome));
    return { answer };
  };
  if (access.refused !== undefined) return refuseWith(access.refused, 'unauthorised');
  const limited = overLimit(parts.limits, operation, shop, settings, request.arrivedAt);
  if (limited !== undefined) return refuseWith(limited, 'rate_limited');
  if ('refused' in read) return refuseWith(read.refused, 'bad_request');

  const fault = await useFault(parts.books, {
    operation: operation.name,
    shopCode: shop.shopCode,
    text: `${request.path} ${request.raw}`,
    impossible: impossibleFaults(operation, { body: read.body, query: request.query }),
  });
  if (fault !== undefined) {
    // Nothing is held while a slow request waits: no connection, no lock.
    await sleep(fault.delayMs);
    const instead = answerInstead(operation.family, fault, settings);
    if (instead !== undefined || fault.kind === 'lost_before_commit') {
      const outcome = instead === undefined ? 'lost' : 'fault';
      await appendJournal(parts.books, line(instead?.status ?? 0, outcome, fault.kind));
      return instead === undefined ? {} : { answer: instead };
    }
  }
  return work(parts, operation, { ...request, shop, body: read.body, settings }, line, fault);
};

/** A request that may reach its function: all of the call but its transaction and journal. */
type Admitted = Pick<Incoming, 'path'> & Omit<RmsCall, 'db' | 'now' | 'apiVersion' | 'record'>;

/** Kinds whose caller never gets the whole answer to what was done. */
const LOSES_ANSWER: readonly (FaultKind | undefined)[] = ['lost_answer_after_commit', 'reset'];

const work = async (
  { books, clock }: GatewayParts,
  operation: Operation,
  { path, ...admitted }: Admitted,
  line: ReturnType<typeof startLine>,
  fault: Fault | undefined,
): Promise<Outcome> => {
  const changes: Change[] = [];
  const shared = {
    ...admitted,
    now: clock.now(),
    apiVersion: path.startsWith('/es/2.0/') ? ('2.0' as const) : ('2.1' as const),
    record: (change: Change) => changes.push(change),
  };
  const answer = await books.transaction(async (db) => {
    const call: RmsCall = { ...shared, db };
    const result = await operation.handler(call);
    const outcome = LOSES_ANSWER.includes(fault?.kind) ? 'lost' : 'answered';
    await appendJournal(db, line(result.status, outcome, fault?.kind ?? null, changes));
    return fault === undefined ? result : alterAnswer(fault, operation, call, result);
  });
  if (fault === undefined) return { answer };
  if (fault.kind === 'shifting_pages') await shiftPages(books, fault, { ...shared, db: books }, answer);
  return ending(fault, answer);
};

const ending = ({ kind, resetAt, holdMs }: Fault, answer: Answer): Outcome => {
  if (kind === 'lost_answer_after_commit') return { holdMs };
  if (kind === 'cut_json') return { answer, broken: 'cut' };
  if (kind !== 'reset') return { answer };
  return { answer, broken: resetAt === 'headers' ? 'reset_after_headers' : 'reset_in_body' };
};

/** Begins the journal's line about a request; what it gives ends the line. */
const startLine = (operation: Operation, request: Incoming, shop: Shop, body: unknown) => {
  const subject = subjectOf(body);
  return (
    httpStatus: number,
    outcome: JournalLine['outcome'],
    fault: string | null = null,
    changes: readonly Change[] = [],
  ): JournalLine => ({
    at: request.at,
    shopCode: shop.shopCode,
    operation: operation.name,
    family: operation.family,
    ...subject,
    changes,
    httpStatus,
    durationMs: performance.now() - request.arrivedAt,
    outcome,
    fault,
  });
};
