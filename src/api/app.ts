import { performance } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { Express, NextFunction, Request, RequestHandler, Response } from 'express';
import express from 'express';
import helmet from 'helmet';
import { LANGUAGES } from '../domain/texts';
import { alertRoutes } from './alerts';
import { authenticate } from './auth';
import { keepTo } from './caller';
import { cancelRoutes } from './cancel';
import { changeRoutes } from './changes';
import { credentialRoutes } from './credentials';
import { dailyCountRoutes } from './daily-counts';
import { deadlineRoutes } from './deadlines';
import type { Deps } from './deps';
import { docsRoutes } from './docs';
import { problemOf } from './failures';
import { fileExportRoutes } from './file-exports';
import { fileImportRoutes } from './file-imports';
import { fulfilmentRoutes } from './fulfilment';
import { healthRoutes } from './health';
import { holdRoutes } from './holds';
import type { Reply } from './idempotency';
import { answerOnce, sha256 } from './idempotency';
import { importRoutes } from './imports';
import { linkSuggestionRoutes } from './link-suggestions';
import { listingReadRoutes } from './listing-reads';
import { listingRoutes } from './listings';
import { orderRoutes } from './orders';
import { type PROBLEMS, Problem } from './problems';
import { renewalRoutes } from './renewals';
import { rmsCallRoutes } from './rms-calls';
import type { Route } from './route';
import { FileAnswer, Later, reachOf } from './route';
import { shopRoutes } from './shops';
import { skuLinkRoutes } from './sku-links';
import { skuRoutes } from './skus';
import { stockRoutes } from './stock';
import { stockPublicationRoutes } from './stock-publications';
import { reconciliationRoutes } from './stock-reconciliations';
import { stopRoutes } from './stops';

/** Swagger UI sets styles on elements and draws its icons from data addresses; scripts come from here alone. */
const SECURITY = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  strictTransportSecurity: false,
});

const readBody = promisify(express.raw({ type: () => true, limit: '1mb' }));

/** The whole API as an Express application: every route, its checks, its errors. It starts nothing by itself. */
export const createApp = (deps: Deps): Express => {
  const routes = allRoutes(deps);
  const app = express();
  app.disable('x-powered-by');
  app.use(logRequests(deps), SECURITY);
  for (const path of new Set(routes.map((route) => route.path))) {
    const own = routes.filter((route) => route.path === path);
    const entry = app.route(path.replace(/\{(\w+)\}/g, ':$1'));
    for (const route of own) entry[route.method](serve(deps, route));
    entry.all(refuseMethod(own));
  }
  app.use(() => {
    throw new Problem('not_found', 'There is nothing at this address. The routes are listed at /docs.');
  });
  app.use(answerErrors(deps));
  return app;
};

const allRoutes = (deps: Deps): Route[] => {
  const routes = [
    ...healthRoutes(deps),
    ...shopRoutes(deps),
    ...credentialRoutes(deps),
    ...renewalRoutes(deps),
    ...stopRoutes(deps),
    ...alertRoutes(deps),
    ...importRoutes(deps),
    ...dailyCountRoutes(deps),
    ...orderRoutes(deps),
    ...holdRoutes(deps),
    ...cancelRoutes(deps),
    ...changeRoutes(deps),
    ...deadlineRoutes(deps),
    ...fulfilmentRoutes(deps),
    ...rmsCallRoutes(deps),
    ...fileImportRoutes(deps),
    ...fileExportRoutes(deps),
    ...skuRoutes(deps),
    ...listingReadRoutes(deps),
    ...listingRoutes(deps),
    ...linkSuggestionRoutes(deps),
    ...skuLinkRoutes(deps),
    ...stockRoutes(deps),
    ...stockPublicationRoutes(deps),
    ...reconciliationRoutes(deps),
  ];
  return [...routes, ...docsRoutes(routes)];
};

const serve =
  (deps: Deps, route: Route): RequestHandler =>
  async (request, response) => {
    if (route.upload === undefined) await readBody(request, response);
    const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const credentials = { headers: request.headers, raw, body: () => bodyOf(request, raw) };
    const caller = await authenticate(deps, route.access, credentials);
    const { params, query } = request;
    keepTo(caller, reachOf(route), [params, query]);
    const file = await route.upload?.receive({ query, actor: caller.actor }, request);
    const body = file ?? credentials.body();
    const language = request.acceptsLanguages([...LANGUAGES]) === 'en' ? 'en' : 'ja';
    let began = false;
    const run = async (effectKey: string | undefined): Promise<Reply> => {
      began = true;
      try {
        const answer = await route.run({
          params,
          query,
          body,
          language,
          caller,
          actor: caller.actor,
          effectKey,
        });
        return answerOf(route, answer);
      } catch (error) {
        return replyOf(problemOf(error, deps.log));
      }
    };
    const once = {
      key: route.method === 'post' ? request.get('idempotency-key') : undefined,
      scope: [caller.id, request.method, request.originalUrl] as const,
      bodyHash: file?.hash ?? sha256(raw),
    };
    try {
      await send(response, await answerOnce(deps, once, run));
    } finally {
      if (!began) await file?.discard();
    }
  };

const answerOf = ({ answer, later = answer }: Route, body: unknown): Reply => {
  if (body instanceof Later) return { status: later.status, body: body.body };
  const type = typeof answer.type === 'string' ? answer.type : undefined;
  return { status: answer.status, type, body };
};

const bodyOf = (request: Request, raw: Buffer): unknown => {
  if (raw.length === 0) return undefined;
  if (!request.is('json'))
    throw new Problem('unsupported_media_type', 'Send `Content-Type: application/json`.');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
  } catch (cause) {
    throw new Problem('malformed_json', undefined, { cause });
  }
};

const replyOf = (problem: Problem): Reply => ({
  status: problem.status,
  body: problem.body(),
  headers: problem.headers,
});

const send = async (response: Response, { status, type, body, headers = {} }: Reply): Promise<void> => {
  if (body instanceof FileAnswer) return sendFile(response, body);
  const media = type ?? (status >= 400 ? 'application/problem+json' : 'application/json');
  response.status(status).set(headers);
  if (body === undefined || body === null) response.end();
  else response.type(media).send(type === undefined ? JSON.stringify(body) : body);
};

/** A file that cannot be made to its end breaks the connection off, so that nobody takes a part for the whole. */
const sendFile = async (response: Response, { name, type, bytes }: FileAnswer): Promise<void> => {
  response.attachment(name).type(type);
  await pipeline(bytes, response).catch((error: unknown) => {
    if (!response.destroyed || bytes.errored !== null) throw error;
  });
};

const refuseMethod = (routes: readonly Route[]): RequestHandler => {
  const allowed = routes.map((route) => route.method.toUpperCase()).join(', ');
  return (request) => {
    throw new Problem('method_not_allowed', `${request.method} is not possible here; ${allowed} is.`, {
      headers: { Allow: allowed },
    });
  };
};

/** What the body reader refuses, by the status it gives. */
const BODY_PROBLEMS: Readonly<Record<number, keyof typeof PROBLEMS>> = {
  400: 'invalid_request',
  413: 'body_too_large',
  415: 'unsupported_media_type',
};

const answerErrors =
  ({ log }: Deps) =>
  (error: unknown, _request: Request, response: Response, next: NextFunction): void => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
    const code = error instanceof Problem ? undefined : BODY_PROBLEMS[status];
    const problem = code === undefined ? problemOf(error, log) : new Problem(code);
    send(response, replyOf(problem)).catch(next);
  };

/** Logs route templates, never addresses: a query can carry a buyer's name. */
const logRequests =
  ({ log }: Deps): RequestHandler =>
  (request, response, next) => {
    const started = performance.now();
    response.once('finish', () => {
      const route: unknown = request.route?.path;
      const level = typeof route === 'string' && route.startsWith('/v1/') ? 'info' : 'debug';
      const ms = Math.round(performance.now() - started);
      log[level](
        { method: request.method, route: route ?? null, status: response.statusCode, ms },
        'request',
      );
    });
    next();
  };
