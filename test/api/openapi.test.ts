import type { Express } from 'express';
import type { TestApi } from './support';
import { startTestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

interface Operation {
  summary: string;
  operationId: string;
  security: object[];
  responses: Record<string, { description: string; content?: Record<string, unknown> }>;
  requestBody?: { content: Record<string, { schema: object }> };
}

const document = async (): Promise<Record<string, Record<string, Operation>>> =>
  (await api.anonymous.get('/openapi.json').expect(200)).body.paths;

const operations = async (): Promise<[string, Operation][]> =>
  Object.entries(await document()).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method} ${path}`,
      operation,
    ]),
  );

test('every route is documented, and every documented operation is a route', async () => {
  const documented = (await operations()).map(([name]) => name).sort();
  expect(documented).toEqual(expressRoutes(api.app).sort());
  expect(documented).toContain('post /v1/orders/{shopId}/{orderNumber}/shipments');
});

test('every operation names who may call it, its answers and its problems', async () => {
  for (const [name, operation] of await operations()) {
    const person = [{ bearer: [] }, name.startsWith('get') ? { session: [] } : { session: [], csrf: [] }];
    expect([name, operation.security]).toEqual([
      name,
      name.includes('/v1/fulfilment/events')
        ? [{ warehouse: [] }]
        : name.includes('/v1/') && name !== 'post /v1/session'
          ? person
          : [],
    ]);
    const statuses = Object.keys(operation.responses);
    expect([name, statuses.some((status) => status.startsWith('2')), statuses.includes('500')]).toEqual([
      name,
      true,
      true,
    ]);
    for (const status of statuses.filter((value) => Number(value) >= 400))
      expect(Object.keys(operation.responses[status]?.content ?? {})).toEqual(['application/problem+json']);
  }
  const ids = (await operations()).map(([, operation]) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('every pattern in the document means the same to a JSON Schema validator', async () => {
  const { body } = await api.anonymous.get('/openapi.json').expect(200);
  const patterns = [...JSON.stringify(body).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map((match) =>
    JSON.parse(match[1] ?? ''),
  );
  expect(patterns.length).toBeGreaterThan(0);
  for (const pattern of patterns) {
    expect(pattern).toMatch(/^\^.*\$$/);
    expect(() => new RegExp(pattern, 'u')).not.toThrow();
  }
});

test('the documentation is served from this process, and its policy lets nothing else in', async () => {
  const page = await api.anonymous
    .get('/docs')
    .expect(200)
    .expect('Content-Type', /text\/html/);
  const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
  for (const source of sources.filter((value) => !value.startsWith('data:'))) {
    expect(source).toMatch(/^\/docs\//);
    await api.anonymous.get(source).expect(200);
  }
  expect(page.text).not.toMatch(/<script>|onload=/);
  expect(page.headers['content-security-policy']).toMatch(/default-src 'self'/);
  expect(page.headers['content-security-policy']).not.toMatch(/upgrade-insecure-requests|script-src/);
});

/** What Express itself would serve, as `method /path/{name}`. */
const expressRoutes = (app: Express): string[] =>
  app.router.stack.flatMap(({ route }) =>
    route === undefined
      ? []
      : route.stack
          .flatMap(({ method }) => (method === undefined ? [] : [method]))
          .map((method) => `${method} ${route.path.replace(/:(\w+)/g, '{$1}')}`),
  );
