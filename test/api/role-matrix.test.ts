import type { Role } from '../../src/domain/roles';
import { tokenOf, withToken } from './people';
import type { TestApi } from './support';
import { NEW_SHOP, startTestApi } from './support';

/** What needs another role than its method suggests: looking is for viewers, everything else for operators. */
const OTHERWISE: Readonly<Record<string, Role>> = {
  'get /v1/rms-calls': 'operator',
  'post /v1/shops': 'administrator',
  'patch /v1/shops/{shopId}': 'administrator',
  'get /v1/shops/{shopId}/credentials': 'administrator',
  'post /v1/shops/{shopId}/credentials/renewals': 'administrator',
  'get /v1/shops/{shopId}/credentials/renewals': 'administrator',
  'get /v1/shops/{shopId}/credentials/renewals/{renewalId}': 'administrator',
  'delete /v1/shops/{shopId}/credentials/renewals/{renewalId}': 'administrator',
  'post /v1/buyers/export': 'administrator',
  'post /v1/buyers/erase': 'administrator',
  'put /v1/ship-froms': 'administrator',
  'delete /v1/ship-froms/{shipFromId}': 'administrator',
  'get /v1/users': 'administrator',
  'post /v1/users': 'administrator',
  'patch /v1/users/{userId}': 'administrator',
  'get /v1/tokens': 'administrator',
  'post /v1/tokens': 'administrator',
  'delete /v1/tokens/{tokenId}': 'administrator',
  'get /v1/audit': 'administrator',
  'get /v1/audit/export': 'administrator',
  'delete /v1/session': 'viewer',
  'put /v1/session/password': 'viewer',
};
const OPEN = ['post /v1/session'];
const SIGNED = ['post /v1/fulfilment/events'];
const LOWER: Readonly<Record<Role, Role | undefined>> = {
  administrator: 'operator',
  operator: 'viewer',
  viewer: undefined,
};

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
interface Operation {
  readonly name: string;
  readonly method: Method;
  readonly path: string;
  readonly role: Role | undefined;
  readonly reach: string | undefined;
}

let api: TestApi;
let operations: readonly Operation[];
let tokens: Readonly<Record<Role, string>>;

beforeAll(async () => {
  api = await startTestApi();
  await api.as('post', '/v1/shops').send(NEW_SHOP).expect(201);
  const { body } = await api.anonymous.get('/openapi.json').expect(200);
  operations = Object.entries<Record<string, Record<string, string>>>(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method} ${path}`,
      method: method as Method,
      path,
      role: operation['x-role'] as Role | undefined,
      reach: operation['x-reach'],
    })),
  );
  tokens = {
    viewer: await tokenOf(api, 'viewer'),
    operator: await tokenOf(api, 'operator'),
    administrator: await tokenOf(api, 'administrator'),
  };
});
afterAll(() => api.close());

const UUID = '00000000-0000-4000-8000-000000000000';
const placed = (path: string, shopId = 'tea'): string =>
  path
    .replace('{shopId}', shopId)
    .replace('{orderNumber}', '123456-20260701-0000000001')
    .replace(/\{(\w+)\}/g, (_, name: string) => (name.endsWith('Id') ? UUID : 'X'));

/** A body that no route takes, so that being let in has no effect. */
const ask = (token: string, { method, path }: Operation, shopId?: string) => {
  const request = withToken(api, token)(method, placed(path, shopId));
  return method === 'get' ? request : request.send({ noRouteTakesThis: true });
};

const guarded = () => operations.filter(({ path }) => path.startsWith('/v1/'));
const byRole = () => guarded().filter(({ name }) => !OPEN.includes(name) && !SIGNED.includes(name));

test('every route states the role that it should have, and there are routes of every role', () => {
  const stated = byRole().map(({ name, role }) => [name, role]);
  const due = byRole().map(({ name, method }) => [
    name,
    OTHERWISE[name] ?? (method === 'get' ? 'viewer' : 'operator'),
  ]);
  expect(stated).toEqual(due);
  expect(stated.length).toBeGreaterThan(60);
  expect(new Set(stated.map(([, role]) => role)).size).toBe(3);
  const others = operations.filter(({ role }) => role === undefined).map(({ name }) => name);
  expect(others.filter((name) => name.includes('/v1/')).sort()).toEqual([...OPEN, ...SIGNED].sort());
});

test('every route refuses whoever shows nothing, or a token that was never issued', async () => {
  for (const operation of byRole()) {
    const nothing = await api.anonymous[operation.method](placed(operation.path));
    const forged = await ask(`okuri_${'A'.repeat(43)}`, operation);
    expect([operation.name, nothing.status, nothing.body.code]).toEqual([
      operation.name,
      401,
      'unauthorized',
    ]);
    expect([operation.name, forged.status, forged.body.code]).toEqual([operation.name, 401, 'unauthorized']);
  }
  for (const name of SIGNED) {
    const operation = operations.find((known) => known.name === name);
    if (operation === undefined) throw new Error(`${name} is gone`);
    const { status } = await ask(tokens.administrator, operation);
    expect([name, status]).toEqual([name, 401]);
  }
});

test('every route refuses the next lower role, and lets its own in', async () => {
  for (const operation of byRole()) {
    const { name, role } = operation;
    if (role === undefined) throw new Error(`${name} states no role`);
    const lower = LOWER[role];
    if (lower !== undefined) {
      const { status, body } = await ask(tokens[lower], operation);
      expect([name, lower, status, body.code]).toEqual([name, lower, 403, 'forbidden']);
    }
    const { status, body } = await ask(tokens[role], operation);
    expect([name, role, status === 401 || body.code === 'forbidden']).toEqual([
      name,
      role,
      name.includes('/v1/session') && name !== 'get /v1/session' && status === 403,
    ]);
    expect([name, status < 500 || status === 503]).toEqual([name, true]);
  }
});

test('every route keeps a token of one shop from another one, and from what is about all shops', async () => {
  const foreign = await tokenOf(api, 'administrator', ['coffee']);
  const aboutShops = byRole().filter(({ reach }) => reach !== 'anybody');
  for (const operation of aboutShops) {
    const { name, reach, path } = operation;
    if (path.includes('{shopId}')) {
      const { status, body } = await ask(foreign, operation);
      expect([name, status, body.code]).toEqual([name, 403, 'forbidden']);
    } else if (reach === 'whole') {
      const { status, body } = await ask(foreign, operation);
      expect([name, status, body.code]).toEqual([name, 403, 'forbidden']);
    } else {
      expect(['named', 'filtered']).toContain(reach);
      const separator = operation.method === 'get' ? '?shopId=tea' : '';
      const { body } = await ask(foreign, { ...operation, path: path + separator });
      if (separator !== '' && !path.includes('{'))
        expect([name, body.code === 'forbidden' || body.code === 'invalid_request']).toEqual([name, true]);
    }
  }
  const allowed = aboutShops.filter(({ path }) => path.includes('{shopId}'));
  for (const operation of allowed) {
    const { body } = await ask(foreign, operation, 'coffee');
    expect([operation.name, body.code]).not.toEqual([operation.name, 'forbidden']);
  }
});
