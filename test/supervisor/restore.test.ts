import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort, isAlive, waitFor } from '../../src/machine';
import { assertShippedOnce } from '../support/assert-shipped';
import { eventually } from '../support/eventually';
import {
  buildOnce,
  instanceEnvironment,
  makeDataDir,
  okuri,
  removeDataDir,
  startInstance,
  type TestInstance,
} from '../support/instance';
import { createTestDatabase } from '../support/postgres';
import {
  allIn,
  buy,
  callersOf,
  hurryRakuten,
  linkPairs,
  listed,
  openRealShop,
  type Pair,
  REAL_SHOP,
} from '../support/real-shop';

const TEA: Pair = ['sencha-100', 'f100'];
const INCENSE: Pair = ['okoh-stick', 'sakura'];
const MASTER_KEY = Buffer.from(Array.from({ length: 32 }, (_, at) => at * 7)).toString('base64');

let rakuten: { database: Awaited<ReturnType<typeof createTestDatabase>>; process: ChildProcess };
let port: number;
let instance: TestInstance;
let env: NodeJS.ProcessEnv;
let backups: string;
const dataDirs: string[] = [];

/** An environment for an instance on a data directory of its own, at the address that the warehouse reports to. */
const environment = async (): Promise<NodeJS.ProcessEnv> => {
  const dataDir = await makeDataDir();
  dataDirs.push(dataDir);
  return {
    ...(await instanceEnvironment(dataDir)),
    ...(env && { PORT: env.PORT }),
    OKURI_MASTER_KEY: MASTER_KEY,
    // A shop may have the simulated warehouse only where the sandbox is on; the one of the instance has nothing to do.
    OKURI_SANDBOX: 'true',
    OKURI_ALLOWED_RMS_HOSTS: `127.0.0.1:${port}`,
  };
};

beforeAll(async () => {
  await buildOnce();
  backups = await mkdtemp(join(tmpdir(), 'okuri-backups-'));
  port = await freePort();
  env = await environment();
  const database = await createTestDatabase();
  // Rakuten and the warehouse live apart: they stay where they are when our database goes back in time.
  const own = { ...env, DATABASE_URL: database.url, OKURI_SANDBOX: 'true', OKURI_SANDBOX_PORT: String(port) };
  expect((await okuri('migrate', own)).code).toBe(0);
  const child = spawn(process.execPath, [resolve('dist/cli.js'), 'sandbox'], { env: own, stdio: 'ignore' });
  rakuten = { database, process: child };
  const answers = () =>
    fetch(`http://127.0.0.1:${port}/control/settings`).then(
      ({ ok }) => ok,
      () => false,
    );
  expect(await waitFor(answers, 30_000)).toBe(true);
  instance = await startInstance(env);
}, 180_000);
afterAll(async () => {
  await instance?.stop();
  if (rakuten?.process.exitCode === null) {
    rakuten.process.kill();
    await once(rakuten.process, 'exit');
  }
  await rakuten?.database.drop();
  for (const dir of dataDirs) await removeDataDir(dir);
  await rm(backups, { recursive: true, force: true });
}, 90_000);

const callers = () => callersOf(instance, port);
const order = async (count: number, [manageNumber, variantId]: Pair): Promise<string[]> =>
  buy((await callers()).control, count, {
    settlementMethod: 1,
    destinations: 1,
    lines: [{ manageNumber, variantId, units: 1 }],
  });
const pathOf = (orderNumber: string) => `/v1/orders/${REAL_SHOP.shopId}/${orderNumber}`;
const stand = async (numbers: readonly string[], stage: string) => {
  const { api } = await callers();
  await eventually(
    () => listed(api),
    (orders) => allIn(orders, numbers, stage),
    60,
  );
};
const killAll = async (): Promise<void> => {
  const pids = Object.values((await instance.state()).children).map(({ pid }) => pid);
  for (const pid of [instance.pid, ...pids]) process.kill(pid, 'SIGKILL');
  expect(await waitFor(() => !pids.some(isAlive), 10_000)).toBe(true);
};

test('a backup put back after everything was lost brings all open orders to 発送済, and nothing happens twice at a Rakuten that went on', async () => {
  const { api, control } = await callers();
  await hurryRakuten(control);
  await hurryRakuten((await callersOf(instance)).control);
  await openRealShop(instance, [TEA, INCENSE], port);
  await control('PUT', '/control/settings', { orderRequestsPerSecond: 20 });
  await api('PATCH', `/v1/shops/${REAL_SHOP.shopId}`, { settings: { requestsPerSecond: { order: 20 } } });
  await linkPairs(api, [TEA]);
  const [finished, held] = [await order(1, TEA), await order(2, INCENSE)];
  await stand(held, 'held');
  const hold = { code: 'call_buyer', text: 'first', blocks: 'ship' };
  for (const number of held) await api('POST', `${pathOf(number)}/holds`, hold);
  await linkPairs(api, [INCENSE]);
  await stand(finished, 'completed');
  await control('PUT', '/control/settings', { warehouseShipAfterSeconds: 3600 });
  const instructed = await order(1, TEA);
  await stand(instructed, 'instructed');

  const file = join(backups, 'okuri.backup');
  const made = await okuri(`backup ${file}`, env);
  expect([made.code, made.output]).toEqual([0, expect.stringContaining(`${file}: `)]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  // What the backup knows nothing of: orders that were instructed, and shipped, and that came in, since.
  for (const number of held) {
    const { holds } = await api<{ holds: { id: string; code: string }[] }>('GET', pathOf(number));
    for (const { id } of holds.filter(({ code }) => code === hold.code))
      await api('DELETE', `${pathOf(number)}/holds/${id}`);
  }
  const later = await order(1, TEA);
  await stand([...held, ...later], 'instructed');
  await control('PUT', '/control/settings', { warehouseShipAfterSeconds: 1 });
  await stand([...held, ...later, ...instructed], 'completed');
  await control('PUT', '/control/settings', { warehouseShipAfterSeconds: 3600 });
  const waiting = await order(2, TEA);
  await stand(waiting, 'instructed');

  await killAll();
  await removeDataDir(env.OKURI_DATA_DIR ?? '');
  env = await environment();
  await cp(file, `${file}.copy`);
  const back = await okuri(`restore ${file}.copy`, env);
  expect([back.code, back.output]).toEqual([0, expect.stringContaining('stockSync is off now for e2e-shop')]);
  const again = await okuri(`restore ${file}`, env);
  expect([again.code, again.output]).toEqual([1, expect.stringContaining('The database is not empty')]);

  instance = await startInstance(env);
  const after = await callers();
  await stand(waiting, 'instructed');
  await after.control('PUT', '/control/settings', { warehouseShipAfterSeconds: 1 });
  const shipped = [...finished, ...held, ...instructed, ...waiting];
  await stand(shipped, 'completed');
  await assertShippedOnce(instance, { shipped, cancelled: [], forgotten: later }, port);
}, 300_000);
