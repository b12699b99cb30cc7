import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { freePort, isAlive, waitFor } from '../../src/machine';
import { postgresUrl } from '../../src/supervisor/postgres';
import {
  buildOnce,
  instanceEnvironment,
  makeDataDir,
  okuri,
  removeDataDir,
  startInstance,
  type TestInstance,
} from '../support/instance';

jest.setTimeout(240_000);

let dataDir: string;
let env: NodeJS.ProcessEnv;
beforeAll(buildOnce);
beforeEach(async () => {
  dataDir = await makeDataDir();
  env = await instanceEnvironment(dataDir);
});
afterEach(() => removeDataDir(dataDir));

const masterKey = async () => (await readFile(join(dataDir, 'master.key'), 'utf8')).trim();

/** Registers a shop under an idempotency key of the same name, or gets the answer again that was sealed then. */
const register = async (url: string, token: string, shop: string) => {
  const answer = await fetch(`${url}/v1/shops`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': shop,
    },
    body: JSON.stringify({
      name: shop,
      shopUrl: `https://www.rakuten.ne.jp/${shop}`,
      serviceSecret: 'SP123456_abcdefghijklmnop',
      licenseKey: 'SL123456_QRSTUVWXYZ99abcd',
    }),
  });
  return [answer.status, answer.headers.get('idempotency-replayed') === 'true'];
};
const ANEW = [201, false];
const AGAIN = [201, true];

/** A further API on the database of an instance, as it runs on another machine. */
const startApiBeside = async (instance: TestInstance, key: string) => {
  const { postgresHome, ports } = await instance.state();
  const port = String(await freePort());
  const child = spawn(process.execPath, [resolve('dist/cli.js'), 'api'], {
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      OKURI_DATA_DIR: join(dataDir, 'nowhere'),
      DATABASE_URL: await postgresUrl(postgresHome ?? '', ports.postgres ?? 0),
      TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`,
      OKURI_MASTER_KEY: key,
      OKURI_ADMIN_TOKEN: await instance.token(),
      PORT: port,
    },
  });
  const url = `http://127.0.0.1:${port}`;
  const isReady = () =>
    fetch(`${url}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    );
  expect(await waitFor(isReady, 60_000)).toBe(true);
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
};

/** All that the processes wrote, without the files that are there for the keys. */
const logs = async () => {
  const files = await readdir(join(dataDir, 'logs'));
  const texts = await Promise.all(files.map((file) => readFile(join(dataDir, 'logs', file), 'utf8')));
  return texts.join('\n');
};

test('an instance goes on while its master key is changed, also after a death, and has the new one after a restart', async () => {
  const first = await startInstance(env);
  const token = await first.token();
  const old = await masterKey();
  expect(await register(first.url, token, 'before')).toEqual(ANEW);

  const begun = await okuri('rotate-master-key', env);
  expect([begun.code, begun.output]).toEqual([0, expect.stringContaining('goes on with the old key')]);
  const made = await masterKey();
  expect(made).not.toBe(old);
  const beside = await startApiBeside(first, made);
  expect(await register(beside.url, token, 'before')).toEqual(AGAIN);
  expect(await register(beside.url, token, 'by-the-new')).toEqual(ANEW);
  expect(await register(first.url, token, 'by-the-new')).toEqual(AGAIN);
  expect(await register(first.url, token, 'by-the-old')).toEqual(ANEW);
  expect(await register(beside.url, token, 'by-the-old')).toEqual(AGAIN);

  const early = await okuri('rotate-master-key --finish', env);
  expect([early.code, early.output]).toEqual([1, expect.stringContaining('still run on this database')]);
  for (const name of ['worker', 'api'])
    process.kill((await first.state()).children[name]?.pid ?? 0, 'SIGKILL');
  for (const name of ['worker', 'api']) await first.says(`${name} runs again`);
  expect(await register(first.url, token, 'before')).toEqual(AGAIN);
  await beside.stop();

  const pids = Object.values((await first.state()).children).map(({ pid }) => pid);
  for (const pid of [first.pid, ...pids]) process.kill(pid, 'SIGKILL');
  expect(await waitFor(() => !pids.some(isAlive), 10_000)).toBe(true);
  const second = await startInstance(env);
  for (const shop of ['before', 'by-the-new', 'by-the-old'])
    expect(await register(second.url, token, shop)).toEqual(AGAIN);
  const finished = await okuri('rotate-master-key --finish', env);
  expect([finished.code, finished.output]).toEqual([0, expect.stringContaining('Finished')]);
  const doctor = await okuri('doctor', env);
  expect([doctor.code, doctor.output]).toEqual([0, expect.not.stringContaining('PROBLEM')]);
  const refused = await okuri('doctor', { ...env, OKURI_MASTER_KEY: old });
  expect(refused.output).toContain('OKURI_MASTER_KEY is not the master key of this database');
  expect(await second.stop()).toBe(0);

  const third = await startInstance(env);
  expect(await register(third.url, token, 'before')).toEqual(AGAIN);
  expect(await third.stop()).toBe(0);
  const { postgresHome } = await third.state();
  const shown = [
    ...[first, second, third].map((instance) => instance.output()),
    ...[begun, early, finished, doctor, refused].map(({ output }) => output),
    await logs(),
  ].join('\n');
  const password = new URL(await postgresUrl(postgresHome ?? '', 1)).password;
  for (const key of [old, made, password]) {
    expect(key.length).toBeGreaterThan(8);
    expect(shown).not.toContain(key);
  }
});
