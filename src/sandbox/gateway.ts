import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Request, type Response, Router } from 'express';
import { authorise, refuse } from './authorisation';
import type { Books } from './books';
import type { Clock } from './clock';
import { FAULT_ANSWERS, type FaultKind, UNAVAILABLE, useFault } from './faults';
import { appendJournal } from './journal';
import type { Limits } from './limits';
import type { Answer, Change, Operation, RmsCall } from './rms-call';
import type { Settings, SettingsBook } from './settings';
import type { Shop } from './shops';

/** What the simulated gateway works with. */
export interface GatewayParts {
  readonly books: Books;
  readonly clock: Clock;
  readonly settings: SettingsBook;
  readonly limits: Limits;
}

interface Incoming {
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
      else finish(res, await serve(parts, operation, incoming(req)));
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

const incoming = (req: Request): Incoming => ({
  authorization: req.headers.authorization,
  contentType: (req.headers['content-type'] ?? '').toLowerCase(),
  path: req.path,
  raw: Buffer.isBuffer(req.body) ? req.body.toString('utf8') : '',
  params: Object.fromEntries(Object.entries(req.params).map(([name, value]) => [name, String(value)])),
  query: new URL(req.originalUrl, 'http://sandbox').searchParams,
});

const serve = async (parts: GatewayParts, operation: Operation, request: Incoming): Promise<Outcome> => {
  const at = new Date();
  const startedAt = performance.now();
  const settings = parts.settings.current();
  const access = await authorise(parts.books, operation, request.authorization, parts.clock.now(), settings);
  if ('refused' in access) return { answer: access.refused };
  const { shop } = access;
  const journal = (
    status: number,
    fault: FaultKind | null,
    about: string[] = [],
    changes: Change[] = [],
  ) => ({
    at,
    shopCode: shop.shopCode,
    operation: operation.name,
    orderNumbers: about,
    changes,
    httpStatus: status,
    durationMs: performance.now() - startedAt,
    fault,
  });

  const checked = check(parts.limits, operation, request, shop, settings);
  if ('refused' in checked) {
    await appendJournal(parts.books, journal(checked.refused.status, null));
    return { answer: checked.refused };
  }
  const fault = await useFault(parts.books, operation.name, `${request.path} ${request.raw}`);
  if (fault !== undefined) {
    const instead =
      fault.kind === 'unauthorised' ? refuse(operation.family, 'key', settings) : FAULT_ANSWERS[fault.kind];
    if (instead !== undefined || fault.kind === 'lost_before_commit') {
      await appendJournal(parts.books, journal(instead?.status ?? 0, fault.kind));
      return instead === undefined ? {} : { answer: instead };
    }
    if (fault.kind === 'slow') await sleep(fault.delayMs);
  }

  const answer = await parts.books.transaction(async (db) => {
    const about: string[] = [];
    const changes: Change[] = [];
    const result = await operation.handler({
      db,
      shop,
      now: parts.clock.now(),
      settings,
      body: checked.body,
      params: request.params,
      query: request.query,
      apiVersion: request.path.startsWith('/es/2.0/') ? '2.0' : '2.1',
      about: (numbers) => about.push(...numbers),
      record: (change) => changes.push(change),
    } satisfies RmsCall);
    await appendJournal(db, journal(result.status, fault?.kind ?? null, about, changes));
    return result;
  });
  if (fault?.kind === 'lost_answer_after_commit') return {};
  return { answer, cut: fault?.kind === 'cut_json' };
};

/** What stands between the authorization and the function: the rate limit, the media type, the JSON. */
const check = (
  limits: Limits,
  operation: Operation,
  request: Incoming,
  shop: Shop,
  settings: Settings,
): { body: unknown } | { refused: Answer } => {
  const limited = overLimit(limits, operation, shop, settings);
  if (limited !== undefined) return { refused: limited };
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

/** One bucket for all functions of the order API (503), one per function of the inventory API (429); per shop (order reference §11, inventory reference §3.4, §7). */
const overLimit = (
  limits: Limits,
  operation: Operation,
  shop: Shop,
  settings: Settings,
): Answer | undefined => {
  const rate = { burst: settings.rateBurst, toleranceMs: settings.rateToleranceMs };
  if (operation.family === 'licence') return undefined;
  if (operation.family === 'order') {
    const bucket = `${shop.shopCode}/order`;
    return limits.take(bucket, { ...rate, perSecond: settings.orderRequestsPerSecond })
      ? undefined
      : UNAVAILABLE;
  }
  const perSecond = operation.fast ? settings.inventoryReadsPerSecond : settings.inventoryWritesPerSecond;
  return limits.take(`${shop.shopCode}/${operation.name}`, { ...rate, perSecond })
    ? undefined
    : { status: 429 };
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
