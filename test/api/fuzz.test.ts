import { type Components, mutantsOf, NASTY, type Schema, sample } from './schema-samples';
import type { TestApi } from './support';
import { NEW_SHOP, startTestApi } from './support';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Schema;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Components };
}
interface Asked {
  readonly name: string;
  readonly method: Method;
  readonly path: string;
  readonly operation: Operation;
}

let api: TestApi;
let document: Document;
let operations: Asked[];

beforeAll(async () => {
  api = await startTestApi({ OKURI_REQUESTS_PER_MINUTE: '10000000' });
  await api.as('post', '/v1/shops').send(NEW_SHOP).expect(201);
  document = (await api.anonymous.get('/openapi.json').expect(200)).body;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method} ${path}`,
      method: method as Method,
      path,
      operation,
    })),
  );
}, 60_000);
afterAll(() => api.close());

/** An address where nothing is: what gets past the checks of the request finds nothing to act upon. */
const nowhere = (path: string): string =>
  path
    .replace('{shopId}', 'nowhere')
    .replace('{orderNumber}', '123456-20260701-0000000009')
    .replace(/\{(\w+)\}/g, (_, name: string) =>
      name.endsWith('Id') ? '00000000-0000-4000-8000-000000000000' : 'NOWHERE',
    );

const bodied = () =>
  operations.flatMap((asked) => {
    const schema = asked.operation.requestBody?.content['application/json']?.schema;
    return schema === undefined || asked.path === '/v1/fulfilment/events' ? [] : [{ ...asked, schema }];
  });

const raw = (method: Method, path: string, body: string | Buffer, type = 'application/json') =>
  api
    .as(method, path)
    .set('Content-Type', type)
    .serialize((text) => text)
    .send(body);

/** What no answer may be, whatever was asked. */
const refuseFault = (what: string, { status, text }: { status: number; text?: string }): void => {
  expect([what, status >= 500 && status !== 503]).toEqual([what, false]);
  expect([what, /\bat .*\.(ts|js):\d+|node_modules|SELECT |insert into/.test(text ?? '')]).toEqual([
    what,
    false,
  ]);
};

/** Several at a time: the checks take less than the wire. */
const inTurns = async <T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> => {
  const waiting = [...items];
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await run(item);
    }),
  );
};

test('there is something to ask: every operation with a body has mutants of it', () => {
  expect(bodied().length).toBeGreaterThan(20);
  for (const { name, schema } of bodied())
    expect([name, mutantsOf(schema, document.components.schemas).length > 5]).toEqual([name, true]);
});

test('a body that is wrong in one place is refused, and the place is named', async () => {
  let wrong = 0;
  for (const { name, method, path, schema } of bodied()) {
    const mutants = mutantsOf(schema, document.components.schemas);
    await inTurns(mutants, async (mutant) => {
      const answer = await raw(method, nowhere(path), JSON.stringify(mutant.body));
      const what = `${name} with ${mutant.says.slice(0, 60)} at ${mutant.place.join('.')}`;
      refuseFault(what, answer);
      if (!mutant.wrong) return;
      wrong += 1;
      expect([what, answer.status]).toEqual([what, 400]);
      const paths: string[] = (answer.body.errors ?? []).map((error: { path: string }) => error.path);
      const place = mutant.place.join('.');
      // Where alternatives are possible, what encloses them is named.
      const named = paths.some(
        (at) =>
          at === place ||
          place.startsWith(`${at}.`) ||
          at.startsWith(`${place}.`) ||
          at === '' ||
          place === '',
      );
      expect([what, paths, named]).toEqual([what, paths, true]);
    });
  }
  expect(wrong).toBeGreaterThan(500);
}, 240_000);

test('bytes that are no JSON, cut JSON, deep JSON, other types and other encodings are refused', async () => {
  for (const { name, method, path, schema } of bodied()) {
    const fit = JSON.stringify(sample(schema, document.components.schemas));
    const bodies: [string, string | Buffer, string?][] = [
      ['a cut body', fit.slice(0, -1)],
      ['half a body', fit.slice(0, Math.ceil(fit.length / 2))],
      ['a list', `[${fit}]`],
      ['a text', JSON.stringify(fit)],
      ['null', 'null'],
      ['deep JSON', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
      ['deep objects', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
      ['a number that is too large', '{"quantity":1e999999}'],
      ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
      ['UTF-16', Buffer.from(fit, 'utf16le')],
      ['text/plain', fit, 'text/plain'],
      ['a form', 'a=1&b[c]=2', 'application/x-www-form-urlencoded'],
      ['no type', fit, 'x'],
    ];
    await inTurns(bodies, async ([says, body, type]) => {
      const answer = await raw(method, nowhere(path), body, type);
      const what = `${name} with ${says}`;
      refuseFault(what, answer);
      expect([what, answer.status >= 400]).toEqual([what, true]);
      expect([what, typeof answer.body.code]).toEqual([what, 'string']);
    });
  }
}, 120_000);

test('queries that are wrong, doubled, nested or nasty are refused or taken, and never a fault', async () => {
  for (const { name, method, path, operation } of operations) {
    const queries = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
    const values = [...NASTY, 'x'.repeat(5_000)].map((text) => encodeURIComponent(toWellFormed(text)));
    const asked = [
      'unexpected=1',
      '__proto__=1',
      ...queries.flatMap(({ name: key }) => [
        ...values.map((value) => `${key}=${value}`),
        `${key}=a&${key}=b`,
        `${key}[x]=1`,
        `${key}=%ff%fe`,
      ]),
    ];
    await inTurns(method === 'get' || queries.length > 0 ? asked : [], async (query) => {
      const answer = await api
        .as(method, `${nowhere(path)}?${query}`)
        .send(method === 'get' ? undefined : {});
      refuseFault(`${name} with ${query.slice(0, 80)}`, answer);
      if (path.startsWith('/v1/') && query === 'unexpected=1')
        expect([name, answer.status >= 400]).toEqual([name, true]);
    });
  }
}, 240_000);

/** As browsers do: half of a surrogate pair cannot be part of an address. */
const toWellFormed = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');

/** No name has these. */
const IMPOSSIBLE = ['%00', '%E0%A4%A', '%EF%BF%BD'];

test('parts of a path that are nasty, and headers that are, never make a fault', async () => {
  const parts = [...NASTY.filter((text) => text !== ''), 'x'.repeat(2_000)].map((text) =>
    encodeURIComponent(toWellFormed(text)),
  );
  for (const { name, method, path } of operations.filter(({ path: at }) => at.includes('{'))) {
    await inTurns([...parts, '%E0%A4%A', '%00', '..%2f..%2f'], async (part) => {
      const answer = await api
        .as(method, path.replace(/\{\w+\}/g, part))
        .send(method === 'get' ? undefined : {});
      refuseFault(`${name} at ${part.slice(0, 60)}`, answer);
      // What an earlier test could create under such a name, it may be found under.
      expect([
        name,
        part.slice(0, 60),
        answer.status >= 400 || IMPOSSIBLE.every((no) => !part.includes(no)),
      ]).toEqual([name, part.slice(0, 60), true]);
    });
  }
  const headers: [string, string][] = [
    ['Idempotency-Key', 'x'.repeat(300)],
    ['Idempotency-Key', 'with blank'],
    ['Accept-Language', 'x'.repeat(3_000)],
    ['Authorization', `Bearer ${'x'.repeat(5_000)}`],
    ['Cookie', `__Host-okuri-session=${'x'.repeat(3_000)}; a=%E0%A4%A; =; ;`],
    ['X-CSRF-Token', 'x'.repeat(3_000)],
    ['Origin', 'not an origin'],
  ];
  for (const [header, value] of headers) {
    const request = api.anonymous.post('/v1/stock/movements').set(header, value);
    refuseFault(header, await request.send({ skuCode: 'A' }));
    const own = api.as('post', '/v1/stock/movements').set(header, value);
    const answer = await own.send({ skuCode: 'A' });
    refuseFault(header, answer);
    expect(answer.status).toBeGreaterThanOrEqual(400);
  }
}, 120_000);

test('what was refused has left nothing behind', async () => {
  const { rows } = await api.db.$client.query('select count(*)::int as shops from shops');
  const orders = await api.db.$client.query('select count(*)::int as orders from orders');
  expect([rows[0].shops <= 3, orders.rows[0].orders]).toEqual([true, 0]);
  const faults = api
    .logged()
    .split('\n')
    .filter((line) => line.includes('"level":50'));
  expect(faults.map((line) => line.slice(0, 500))).toEqual([]);
});
