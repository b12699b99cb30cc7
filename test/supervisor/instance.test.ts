import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { freePort, isAlive, waitFor } from '../../src/machine';
import { readState } from '../../src/supervisor/data-dir';
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

jest.setTimeout(120_000);

const MASTER_KEY = Buffer.alloc(32, 1).toString('base64');

let dataDir: string;
let env: NodeJS.ProcessEnv;

beforeAll(buildOnce);
beforeEach(async () => {
  dataDir = await makeDataDir();
  env = await instanceEnvironment(dataDir);
});
afterEach(() => removeDataDir(dataDir));

const answers = async (instance: TestInstance) => (await fetch(`${instance.url}/readyz`)).status === 200;
const pidsOf = async (instance: TestInstance) =>
  Object.values((await instance.state()).children).map(({ pid }) => pid);

/** What a start on the database of this instance says that has another data directory, and so another master key. */
const refusedElsewhere = async (instance: TestInstance): Promise<string> => {
  const { postgresHome, ports } = await instance.state();
  const elsewhere = await makeDataDir();
  const url = await postgresUrl(postgresHome ?? '', ports.postgres ?? 0);
  const { code, output } = await okuri('up', {
    ...(await instanceEnvironment(elsewhere)),
    DATABASE_URL: url,
  });
  expect(code).toBe(1);
  expect((await readState(join(elsewhere, 'instance.json')))?.children).toEqual({});
  await removeDataDir(elsewhere);
  return output;
};

describe('a start that cannot be', () => {
  test('names a wrong variable', async () => {
    const { code, output } = await okuri('up', { ...env, OKURI_SANDBOX: 'ja' });
    expect(code).toBe(2);
    expect(output).toMatch(/OKURI_SANDBOX must be true or false/);
  });

  test('names a port that is taken, and leaves nothing running', async () => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(Number(env.PORT), '127.0.0.1', done));
    const { code, output } = await okuri('up', env);
    await new Promise((done) => other.close(done));
    expect(code).toBe(1);
    expect(output).toContain(`Port ${env.PORT} (PORT) is in use`);
    expect(output).not.toMatch(/ready/);
  });

  test('stops the database again when a Temporal port that was asked for is taken', async () => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(Number(env.OKURI_TEMPORAL_PORT), '127.0.0.1', done));
    const { code, output } = await okuri('up', env);
    await new Promise((done) => other.close(done));
    expect(code).toBe(1);
    expect(output).toContain('OKURI_TEMPORAL_PORT');
    expect(output).toContain('Stopping postgres');
  });

  test('names a data directory that cannot be written', async () => {
    const file = join(dataDir, 'a-file');
    await writeFile(file, '');
    const { code, output } = await okuri('up', { ...env, OKURI_DATA_DIR: join(file, 'data') });
    expect(code).toBe(1);
    expect(output).toMatch(/data directory .*a-file\/data cannot be written/);
  });

  test.each(['up', 'migrate', 'worker'])('names a database that does not answer: %s', async (command) => {
    const DATABASE_URL = `postgres://okuri:pass-word@127.0.0.1:${await freePort()}/okuri`;
    const { code, output } = await okuri(command, { ...env, DATABASE_URL, OKURI_MASTER_KEY: MASTER_KEY });
    expect(code).toBe(1);
    expect(output).toContain(`PostgreSQL does not answer at ${new URL(DATABASE_URL).host}/okuri`);
    expect(output).not.toContain('pass-word');
  });

  test.each(['up', 'api', 'worker', 'migrate', 'doctor', 'rotate-master-key'])(
    'is one in production without a master key, or with a weak one: %s',
    async (command) => {
      for (const [key, reason] of [
        ['', 'OKURI_MASTER_KEY must be given'],
        [MASTER_KEY, 'OKURI_MASTER_KEY is no random key'],
      ] as const) {
        const { code, output } = await okuri(command, {
          ...env,
          NODE_ENV: 'production',
          OKURI_MASTER_KEY: key,
        });
        expect([code, output]).toEqual([2, expect.stringContaining(reason)]);
        expect(output).not.toContain(MASTER_KEY);
      }
    },
  );

  test.each([
    [
      'ends at once',
      "process.stderr.write('no more memory\\n'); process.exit(3)",
      /it ended at once.*\s+no more memory/,
    ],
    [
      'says why',
      "process.send({ failed: 'no way' }, () => process.exit(1))",
      /The worker did not start: no way/,
    ],
  ])('gives the reason of a child that %s, and stops the rest', async (_, does, reason) => {
    const preload = join(dataDir, 'preload.cjs');
    await writeFile(preload, `if (process.argv[2] === 'worker') { ${does}; }`);
    const { code, output } = await okuri('up', { ...env, NODE_OPTIONS: `--require ${preload}` });
    expect(code).toBe(1);
    expect(output).toMatch(reason);
    expect(output).toContain(join(dataDir, 'logs', 'worker.log'));
    expect(output).toMatch(/Stopping temporal\nStopping postgres/);
  });

  test('names an unknown command', async () => {
    const { code, output } = await okuri('upp', env);
    expect(code).toBe(2);
    expect(output).toMatch(/"upp" is not a command/);
  });
});

describe('a running instance', () => {
  test('has its directory to itself, revives what dies, and stops in order', async () => {
    const instance = await startInstance(env);
    const second = await okuri('up', env);
    expect(second.code).toBe(1);
    expect(second.output).toContain(`Another instance (pid ${instance.pid})`);
    const doctor = await okuri('doctor', env);
    expect([doctor.code, doctor.output]).toEqual([0, expect.not.stringContaining('PROBLEM')]);

    expect(await refusedElsewhere(instance)).toMatch(
      /OKURI_MASTER_KEY is not the master key of this database/,
    );

    const { children } = await instance.state();
    for (const name of ['postgres', 'temporal', 'worker', 'api'])
      process.kill(children[name]?.pid ?? 0, 'SIGKILL');
    for (const name of ['postgres', 'temporal', 'worker', 'api']) await instance.says(`${name} runs again`);
    expect(await waitFor(() => answers(instance).catch(() => false), 30_000)).toBe(true);

    const pids = await pidsOf(instance);
    expect(await instance.stop()).toBe(0);
    expect(instance.output()).toMatch(
      /Stopping api\nStopping worker\nStopping temporal\nStopping postgres\nOkuri has stopped/,
    );
    expect(pids.filter(isAlive)).toEqual([]);
    for (const log of ['worker', 'api']) {
      const lines = (await readFile(join(dataDir, 'logs', `${log}.log`), 'utf8')).trim().split('\n');
      for (const line of lines) expect(JSON.parse(line)).toMatchObject({ name: log });
    }
  });

  test('goes on after a kill of its supervisor, with the servers that were left running', async () => {
    const first = await startInstance(env);
    const { children } = await first.state();
    await first.stop('SIGKILL');
    const second = await startInstance(env);
    expect(second.output()).toContain(`the instance before (pid ${first.pid}) ended without letting go`);
    expect(second.output()).toContain(
      `PostgreSQL: adopted the server that was left running (pid ${children.postgres?.pid}`,
    );
    expect(second.output()).toContain(
      `Temporal: adopted the server that was left running (pid ${children.temporal?.pid}`,
    );
    expect([children.api?.pid ?? 0, children.worker?.pid ?? 0].filter(isAlive)).toEqual([]);
    expect(second.output()).not.toContain(await second.token());
    expect(await answers(second)).toBe(true);
    expect(await second.stop('SIGINT')).toBe(0);
  });

  test('goes on after a kill of everything at once', async () => {
    const first = await startInstance(env);
    const pids = await pidsOf(first);
    for (const pid of [first.pid, ...pids]) process.kill(pid, 'SIGKILL');
    expect(await waitFor(() => !pids.some(isAlive), 10_000)).toBe(true);
    const second = await startInstance(env);
    expect(second.output()).toContain('PostgreSQL: the last run was cut short');
    expect(await answers(second)).toBe(true);
    expect(await second.stop()).toBe(0);
  });
});
