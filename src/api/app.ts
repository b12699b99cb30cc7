import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { Express, NextFunction, Request, RequestHandler, Response } from 'express';
import express from 'express';
import helmet from 'helmet';
import { LANGUAGES, type Language } from '../domain/texts';
import { withLogFields } from '../log';
import { alertRoutes } from './alerts';
import { auditLogRoutes } from './audit-log';
import { audited } from './audited';
import { authenticate } from './auth';
import { buyerRoutes } from './buyers';
import { keepTo } from './caller';
import { cancelRoutes } from './cancel';
import { changeRoutes } from './changes';
import { connectionTestRoutes } from './connection-tests';
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
import { personalDataRoutes } from './personal-data';
import { type PROBLEMS, Problem } from './problems';
import { type RateLimits, rateLimits } from './rate-limit';
import { renewalRoutes } from './renewals';
import { rmsCallRoutes } from './rms-calls';
import type { Route } from './route';
import { FileAnswer, Later, type RawCall, reachOf, WithHeaders } from './route';
import { sessionRoutes } from './sessions';
import { setupGuideRoutes } from './setup-guide';
import { shipFromRoutes } from './ship-froms';
import { shopTimelineRoutes } from './shop-timeline';
import { shopRoutes } from './shops';
import { skuLinkRoutes } from './sku-links';
import { skuRoutes } from './skus';
import { stockRoutes } from './stock';
import { stockPublicationRoutes } from './stock-publications';
import { reconciliationRoutes } from './stock-reconciliations';
import { stopRoutes } from './stops';
import { isTooDeep } from './storable';
import { tokenRoutes } from './tokens';
import { idsIn, traceRequests } from './traced';
import { userRoutes } from './users';

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
  const limits = rateLimits(deps.config.api);
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', deps.config.api.trustedProxies);
  app.use(nameRequests, traceRequests(), logRequests(deps), SECURITY);
  for (const path of new Set(routes.map((route) => route.path))) {
    const own = routes.filter((route) => route.path === path);
    const entry = app.route(path.replace(/\{(\w+)\}/g, ':$1'));
    for (const route of own) entry[route.method](serve(deps, route, limits));
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
    ...sessionRoutes(deps),
    ...userRoutes(deps),
    ...tokenRoutes(deps),
    ...auditLogRoutes(deps),
    ...shopRoutes(deps),
    ...shopTimelineRoutes(deps),
    ...connectionTestRoutes(deps),
    ...setupGuideRoutes(deps),
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
    ...personalDataRoutes(deps),
    ...buyerRoutes(deps),
    ...shipFromRoutes(deps),
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

const serve = (deps: Deps, route: Route, limits: RateLimits): RequestHandler => {
  const reach = reachOf(route);
  const writesDown = route.audited ?? (route.method !== 'get' && route.access !== 'open');
  return async (request, response) => {
    const address = request.ip ?? '';
    const raw = reading(request, response);
    const credentials = {
      method: request.method,
      headers: request.headers,
      raw,
      body: async () => bodyOf(request, await raw()),
    };
    const caller = await limits.identify(address, () => authenticate(deps, route.access, credentials));
    await limits.admit(caller, address);
    const { params, query } = request;
    // The body, which may be what names the shop, is read for those alone who are let in this far.
    keepTo(caller, reach === 'named' ? 'filtered' : reach, [params, query]);
    const file = await route.upload?.receive({ query, actor: caller.actor }, request);
    const body = file ?? (await credentials.body());
    const language: Language = request.acceptsLanguages([...LANGUAGES]) === 'en' ? 'en' : 'ja';
    let began = false;
    const answer = async (effectId: string | undefined, note: RawCall['note']): Promise<Reply> => {
      try {
        const call = { params, query, body, language, caller, actor: caller.actor, note, effectId };
        return answerOf(route, await route.run({ ...call, address, headers: request.headers }));
      } catch (error) {
        return replyOf(problemOf(error, deps.log));
      }
    };
    const run = (effectId: string | undefined): Promise<Reply> => {
      began = true;
      if (!writesDown) return answer(effectId, () => undefined);
      const about = { route, caller, address, params, query, body };
      return audited(deps, about, (note) => answer(effectId, note));
    };
    const once = {
      key: route.method === 'post' ? request.get('idempotency-key') : undefined,
      scope: [caller.id, request.method, request.originalUrl] as const,
      bodyHash: file?.hash ?? sha256(await raw()),
    };
    try {
      await send(response, await answerOnce(deps, once, run));
    } finally {
      if (!began) await file?.discard();
    }
  };
};

/** Reads the body when it is first asked for: nobody's body is read before it is known who sends it. */
const reading = (request: Request, response: Response): (() => Promise<Buffer>) => {
  let read: Promise<Buffer> | undefined;
  return () => {
    read ??= readBody(request, response).then(() =>
      Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    );
    return read;
  };
};

const answerOf = ({ answer, later = answer }: Route, body: unknown): Reply => {
  if (body instanceof Later) return { status: later.status, body: body.body };
  const type = typeof answer.type === 'string' ? answer.type : undefined;
  if (body instanceof WithHeaders)
    return { status: answer.status, type, body: body.body, headers: body.headers };
  return { status: answer.status, type, body };
};

const bodyOf = (request: Request, raw: Buffer): unknown => {
  if (raw.length === 0) return undefined;
  if (!request.is('json'))
    throw new Problem('unsupported_media_type', 'Send `Content-Type: application/json`.');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(raw);
    if (isTooDeep(text))
      throw new Problem('malformed_json', 'The body nests deeper than anything that is taken here.');
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
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

/** Names each request, as its caller does where that name is one, and tells the name back: it stands in every log line. */
const nameRequests: RequestHandler = (request, response, next) => {
  const given = request.get('x-request-id') ?? '';
  const requestId = REQUEST_ID.test(given) ? given : randomUUID();
  response.set('x-request-id', requestId);
  withLogFields({ requestId }, next);
};
const REQUEST_ID = /^[A-Za-z0-9._:-]{8,64}$/;

/** Logs route templates, never addresses: a query can carry a buyer's name. */
const logRequests =
  ({ log }: Deps): RequestHandler =>
  (request, response, next) => {
    const started = performance.now();
    // Also of answers that nobody waited for.
    response.once('close', () => {
      const route: unknown = request.route?.path;
      const level = typeof route === 'string' && route.startsWith('/v1/') ? 'info' : 'debug';
      const ms = Math.round(performance.now() - started);
      log[level](
        {
          ...idsIn(request.params),
          ...{ method: request.method, route: route ?? null, status: response.statusCode, ms },
          ...(response.writableFinished ? {} : { aborted: true }),
        },
        'request',
      );
    });
    next();
  };
