import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { ROLES, type Role } from '../domain/roles';
import { SESSION_COOKIE } from './cookies';
import { LanguageHeader } from './fields';
import { IdempotencyHeader } from './idempotency';
import type { ProblemCode } from './problems';
import { PROBLEMS, ProblemBody } from './problems';
import { type Access, type Route, reachOf } from './route';

type Responses = Parameters<OpenAPIRegistry['registerPath']>[0]['responses'];

type Security = Record<string, string[]>[];

/** A token; or, in a browser, the cookie, and with each change the session's token. */
const securityOf = ({ access, method }: Route): Security => {
  if (access === 'open') return [];
  if (access === 'warehouse') return [{ warehouse: [] }];
  return [{ bearer: [] }, method === 'get' ? { session: [] } : { session: [], csrf: [] }];
};

/** Problems that a route has because of who may call it. */
const accessProblems = ({ access, method }: Route): readonly ProblemCode[] => {
  if (access === 'open') return ['rate_limited'];
  if (access === 'warehouse') return ['invalid_signature', 'rate_limited', 'database_unavailable'];
  const foreign = method === 'get' ? [] : (['csrf_refused'] as const);
  return ['unauthorized', 'forbidden', ...foreign, 'rate_limited', 'database_unavailable'];
};

/** The OpenAPI 3.1 document of these routes, made from the schemas that check their requests. */
export const openApiDocument = (routes: readonly Route[]) => {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'A token of the API, or the administrator’s (OKURI_ADMIN_TOKEN), printed at the first start',
  });
  registry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: SESSION_COOKIE,
    description: 'A browser that is signed in: `POST /v1/session`',
  });
  registry.registerComponent('securitySchemes', 'csrf', {
    type: 'apiKey',
    in: 'header',
    name: 'X-CSRF-Token',
    description: '`csrfToken` of `GET /v1/session`',
  });
  registry.registerComponent('securitySchemes', 'warehouse', {
    type: 'apiKey',
    in: 'header',
    name: 'X-Okuri-Signature',
    description:
      '`t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">` by the shop’s signing secret, at most 5 minutes old',
  });
  for (const route of routes) register(registry, route);
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Okuri',
      version: '1',
      description:
        'Carries orders of Rakuten Ichiba shops from 注文確認待ち to 発送済. Lists answer `{items, nextCursor}`; errors are RFC 9457 problems with a `code`; every POST takes an `Idempotency-Key`.',
    },
  });
};

const isRole = (access: Access): access is Role => ROLES.some((role) => role === access);

const register = (registry: OpenAPIRegistry, route: Route): void => {
  const { method, path, tag, summary, params, query, body } = route;
  registry.registerPath({
    method,
    path,
    tags: [tag],
    summary,
    ...(isRole(route.access) ? { description: `Needs the role ${route.access}.` } : {}),
    operationId: operationId(route),
    security: securityOf(route),
    ...(isRole(route.access) ? { 'x-role': route.access, 'x-reach': reachOf(route) } : {}),
    request: {
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { query }),
      ...(body === undefined ? {} : { body: { content: contentOf(route, body), required: true } }),
      headers: headersOf(route),
    },
    responses: { ...success(route), ...failures(route) },
  });
};

const BYTES = z.string().meta({ format: 'binary' });

const contentOf = ({ upload }: Route, body: z.ZodType) =>
  Object.fromEntries(
    (upload?.types ?? ['application/json']).map((type) => [
      type,
      { schema: upload === undefined ? body : BYTES },
    ]),
  );

/** `POST /v1/shops/{shopId}/sync` → `postShopsSync`: for generators of clients. */
const operationId = ({ method, path }: Route): string =>
  method +
  path
    .replace(/^\/v1/, '')
    .split(/[/.-]/)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('{') ? `By${capital(part.slice(1, -1))}` : capital(part)))
    .join('');

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const headersOf = ({ method, spoken }: Route): z.ZodObject =>
  z.strictObject({
    ...(method === 'post' ? IdempotencyHeader.shape : {}),
    ...(spoken ? LanguageHeader.shape : {}),
  });

const success = ({ answer, later }: Route): Responses =>
  Object.fromEntries(
    [answer, ...(later === undefined ? [] : [later])].map(({ status, says, schema, type }) => [
      status,
      {
        description: says,
        ...(status === 204
          ? {}
          : {
              content: Object.fromEntries(
                [type ?? 'application/json'].flat().map((media) => [media, { schema }]),
              ),
            }),
      },
    ]),
  );

const failures = (route: Route): Responses => {
  const codes = [...new Set([...impliedProblems(route), ...(route.problems ?? [])])];
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code][0]))].sort();
  return Object.fromEntries(statuses.map((status) => [status, failure(status, codes)]));
};

const failure = (status: number, codes: readonly ProblemCode[]) => ({
  description: codes
    .filter((code) => PROBLEMS[code][0] === status)
    .map((code) => `\`${code}\`: ${PROBLEMS[code][1]}`)
    .join('\n\n'),
  content: { 'application/problem+json': { schema: ProblemBody } },
});

const impliedProblems = (route: Route): ProblemCode[] => {
  const { method, params, query, body, upload } = route;
  return [
    ...accessProblems(route),
    ...((params ?? query ?? body) ? (['invalid_request'] as const) : []),
    ...(query !== undefined && 'cursor' in query.shape ? (['invalid_cursor'] as const) : []),
    ...(body === undefined || upload !== undefined
      ? []
      : (['malformed_json', 'body_too_large', 'unsupported_media_type'] as const)),
    ...(method === 'post' ? (['request_in_progress', 'idempotency_key_reused'] as const) : []),
    'internal',
  ];
};
