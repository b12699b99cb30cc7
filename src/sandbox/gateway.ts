import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Request, type Response, Router } from 'express';
import { type Arrival, arrivalOf } from './arrival';
import { authorise, refuse } from './authorisation';
import type { Books } from './books';
import type { Clock } from './clock';
import { FAULT_ANSWERS, useFault } from './faults';
import { appendJournal, type JournalLine } from './journal';
import type { Limits } from './limits';
import { overLimit } from './over-limit';
import type { Answer, Change, Operation, RmsCall } from './rms-call';
import type { Settings, SettingsBook } from './settings';
import type { Shop } from './shops';
import { subjectOf } from './subject';

/** What the simulated gateway works with. */
export interface GatewayParts {
  readonly books: Books;
  readonly clock: Clock;
  readonly settings: SettingsBook;
  readonly limits: Limits;
}

interface Incoming extends Arrival {
  readonly authorization: string | undefined;
  readonly contentType: string;
  readonly path: string;
  readonly raw: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** How a request ends: with an answer, a cut one, or none at all. */
interface Outcome {
  readonly answer?: Answer;
  readonly cut?: boolean;
}

/**
 * Rakuten's side of the wire: authorization, rate limits, content types and injected faults before each function,
 * one transaction and one journal line around it.
 */
export const rmsRouter = (parts: GatewayParts, operations: readonly Operation[]): Router => {
  const router = Router({ caseSensitive: true });
  for (const path of new Set(operations.map((operation) => operation.path))) {
    const methods = new Map(operations.filter((o) => o.path === path).map((o) => [o.method as string, o]));
    router.all(path, async (req, res) => {
      const operation = methods.get(req.method);
      if (operation === undefined) send(res, { status: 405 });
      else finish(res, await serve(parts, operation, incoming(req, arrivalOf(res))));
    });
  }
  router.all(/^\/es\/2\.[01]\/inventories\/.*/, (_req, res) =>
    send(res, {
      status: 400,
      body: { errors: [{ code: 'GE0007', message: "Requested path doesn't exist" }] },
    }),
  );
  router.all(/^\/es\/.*/, (_req, res) => send(res, { status: 404 }));
  return router;
};

const incoming = (req: Request, arrival: Arrival): Incoming => ({
  ...arrival,
  authorization: req.headers.authorization,
  contentType: (req.headers['content-type'] ?? '').toLowerCase(),
  path: req.path,
  raw: Buffer.isBuffer(req.body) ? req.body.toString('utf8') : '',
  params: Object.fromEntries(Object.entries(req.params).map(([name, value]) => [name, String(value)])),
  query: new URL(req.originalUrl, 'http://sandbox').searchParams,
});

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

  const fault = await useFault(parts.books, operation.name, `${request.path} ${request.raw}`);
  if (fault !== undefined) {
    const instead =
      fault.kind === 'unauthorised' ? refuse(operation.family, 'key', settings) : FAULT_ANSWERS[fault.kind];
    if (instead !== undefined || fault.kind === 'lost_before_commit') {
      const outcome = instead === undefined ? 'lost' : 'fault';
      await appendJournal(parts.books, line(instead?.status ?? 0, outcome, fault.kind));
      return instead === undefined ? {} : { answer: instead };
    }
    if (fault.kind === 'slow') await sleep(fault.delayMs);
  }
  const lost = fault?.kind === 'lost_answer_after_commit';
  const answer = await parts.books.transaction(async (db) => {
    const changes: Change[] = [];
    const result = await operation.handler({
      db,
      shop,
      now: parts.clock.now(),
      settings,
      body: read.body,
      params: request.params,
      query: request.query,
      apiVersion: request.path.startsWith('/es/2.0/') ? '2.0' : '2.1',
      record: (change) => changes.push(change),
    } satisfies RmsCall);
    await appendJournal(db, line(result.status, lost ? 'lost' : 'answered', fault?.kind ?? null, changes));
    return result;
  });
  return lost ? {} : { answer, cut: fault?.kind === 'cut_json' };
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

/** What stands between the limits and the function: the media type and the JSON. */
const readRequest = (
  operation: Operation,
  request: Incoming,
  settings: Settings,
): { body: unknown } | { refused: Answer } => {
  if (operation.method === 'GET' || operation.method === 'DELETE') return { body: undefined };
  const mediaType =
    operation.family === 'order' ? /^application\/json; *charset="?utf-8"?$/ : /^application\/json\b/;
  if (!mediaType.test(request.contentType))
    return { refused: refuse(operation.family, 'mediaType', settings) };
  try {
    return { body: JSON.parse(request.raw) };
  } catch {
    // Not JSON: what the client sent is its own affair, the gateway only says that it cannot read it.
    return { refused: refuse(operation.family, 'body', settings) };
  }
};

const finish = (res: Response, { answer, cut }: Outcome): void => {
  if (answer === undefined) res.socket?.destroy();
  else send(res, answer, cut);
};

const send = (res: Response, { status, body }: Answer, cut = false): void => {
  const isText = typeof body === 'string';
  const text = isText ? body : body === undefined ? '' : JSON.stringify(body);
  res.status(status);
  res.setHeader('RequestId', randomUUID());
  res.setHeader('Timestamp', new Date().toISOString().slice(0, 19));
  res.setHeader('Cache-Control', 'no-cache,no-store');
  if (text !== '')
    res.setHeader('Content-Type', isText ? 'text/html;charset=UTF-8' : 'application/json;charset=UTF-8');
  res.end(cut ? text.slice(0, Math.floor(text.length / 2)) : text);
};
