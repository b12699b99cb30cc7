import { randomBytes } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { startApi } from '../../src/api/main';
import type { Config } from '../../src/config';
import { loadConfig } from '../../src/config';
import { freePort } from '../../src/machine';
import { migrate } from '../../src/store/migrate';
import { createTestDatabase } from '../support/postgres';
import { temporalForTests } from '../support/temporal';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const configWith = async (change: Record<string, string>): Promise<Config> =>
  loadConfig({
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: (await temporalForTests()).address,
    OKURI_ADMIN_TOKEN: 'test-token-of-the-administrator',
    OKURI_MASTER_KEY: randomBytes(32).toString('base64'),
    PORT: String(await freePort()),
    ...change,
  });

test('the API listens, is not ready before the migrations, is ready after them, and closes also under an idle connection', async () => {
  const api = await startApi(await configWith({}));
  try {
    const ready = () => fetch(`http://127.0.0.1:${api.port}/readyz`);
    const before = await ready();
    expect([before.status, before.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await before.json()).toMatchObject({ errors: [{ path: 'migrations' }] });
    await migrate(database.url);
    expect((await ready()).status).toBe(200);
  } finally {
    const idle = connect(api.port, '127.0.0.1');
    await new Promise((done) => idle.once('connect', done));
    await api.close();
    idle.destroy();
  }
  await expect(fetch(`http://127.0.0.1:${api.port}/healthz`)).rejects.toThrow();
});

test('what is missing is named at start', async () => {
  await expect(startApi(await configWith({ OKURI_ADMIN_TOKEN: '', OKURI_MASTER_KEY: '' }))).rejects.toThrow(
    /needs OKURI_MASTER_KEY, OKURI_ADMIN_TOKEN/,
  );
});

test('a port that is taken is named', async () => {
  const other = createServer();
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
  const address = other.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  try {
    await expect(startApi(await configWith({ PORT: String(port) }))).rejects.toThrow(
      new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}.*PORT`),
    );
  } finally {
    await new Promise((done) => other.close(done));
  }
});
