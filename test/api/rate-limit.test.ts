import { tokenOf, withToken } from './people';
import type { TestApi } from './support';
import { startTestApi } from './support';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi({
    OKURI_REQUESTS_PER_MINUTE: '20',
    OKURI_TRUSTED_PROXIES: '127.0.0.1,::1,::ffff:127.0.0.1',
  });
});
afterEach(() => api.close());

test('a caller who asks too much is told when there is more, and holds nobody else up', async () => {
  const [busy, quiet] = [await tokenOf(api, 'viewer'), await tokenOf(api, 'viewer')];
  const statuses: number[] = [];
  for (let index = 0; index < 21; index += 1)
    statuses.push((await withToken(api, busy)('get', '/v1/session')).status);
  expect(statuses).toEqual([...Array(20).fill(200), 429]);
  const { headers, body } = await withToken(api, busy)('get', '/v1/session').expect(429);
  expect(body.code).toBe('rate_limited');
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  await withToken(api, quiet)('get', '/v1/session').expect(200);
});

test('callers without a credential are counted by their address, as a trusted proxy tells it', async () => {
  const from = (address: string) => api.anonymous.get('/healthz').set('X-Forwarded-For', address);
  for (let index = 0; index < 20; index += 1) await from('203.0.113.9').expect(200);
  await from('203.0.113.9').expect(429);
  await from('203.0.113.10').expect(200);
});

test('an address that shows wrong credentials again and again is slowed down; good ones from there are let in', async () => {
  const guess = (address: string, token = 'guess') =>
    api.anonymous.get('/v1/session').set('Authorization', `Bearer ${token}`).set('X-Forwarded-For', address);
  const statuses = new Set<number>();
  for (let round = 0; round < 61; round += 1)
    for (const { status } of await Promise.all(Array.from({ length: 10 }, () => guess('203.0.113.9'))))
      statuses.add(status);
  expect([...statuses]).toEqual([401, 429]);
  await guess('203.0.113.10').expect(401);
  await guess('203.0.113.9', await tokenOf(api, 'viewer')).expect(200);
});

test('nobody is believed who says by himself where he comes from', async () => {
  const direct = await startTestApi({ OKURI_REQUESTS_PER_MINUTE: '5' });
  const from = (address: string) => direct.anonymous.get('/healthz').set('X-Forwarded-For', address);
  const statuses: number[] = [];
  for (let index = 0; index < 6; index += 1) statuses.push((await from(`203.0.113.${index}`)).status);
  await direct.close();
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
});
