import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { ROLES } from '../domain/roles';
import { LanguageHeader } from './fields';
import { IdempotencyHeader } from './idempotency';
import type { ProblemCode } from './problems';
import { PROBLEMS, ProblemBody } from './problems';
import type { Access, Route } from './route';

type Responses = Parameters<OpenAPIRegistry['registerPath']>[0]['responses'];

const SECURITY: Readonly<Record<Access, Record<string, string[]>[]>> = {
  open: [],
  viewer: [{ bearer: [] }],
  operator: [{ bearer: [] }],
  administrator: [{ bearer: [] }],
  warehouse: [{ warehouse: [] }],
};

/** Problems that a route has because of who may call it. */
const ACCESS_PROBLEMS: Readonly<Record<Access, readonly ProblemCode[]>> = {
  open: [],
  viewer: ['unauthorized', 'forbidden', 'database_unavailable'],
  operator: ['unauthorized', 'forbidden', 'database_unavailable'],
  administrator: ['unauthorized', 'forbidden', 'database_unavailable'],
  warehouse: ['invalid_signature', 'database_unavailable'],
};

/** The OpenAPI 3.1 document of these routes, made from the schemas that check their requests. */
export const openApiDocument = (routes: readonly Route[]) => {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'A token of the API, or the administrator’s (OKURI_ADMIN_TOKEN), printed at the first start',
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

const ROLE_NAMES: ReadonlySet<string> = new Set(ROLES);

const register = (registry: OpenAPIRegistry, route: Route): void => {
  const { method, path, tag, summary, params, query, body } = route;
  registry.registerPath({
    method,
    path,
    tags: [tag],
    summary,
    ...(ROLE_NAMES.has(route.access) ? { description: `Needs the role ${route.access}.` } : {}),
    operationId: operationId(route),
    security: SECURITY[route.access],
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

const impliedProblems = ({ access, method, params, query, body, upload }: Route): ProblemCode[] => [
  ...ACCESS_PROBLEMS[access],
  ...((params ?? query ?? body) ? (['invalid_request'] as const) : []),
  ...(query !== undefined && 'cursor' in query.shape ? (['invalid_cursor'] as const) : []),
  ...(body === undefined || upload !== undefined
    ? []
    : (['malformed_json', 'body_too_large', 'unsupported_media_type'] as const)),
  ...(method === 'post' ? (['request_in_progress', 'idempotency_key_reused'] as const) : []),
  'internal',
];
