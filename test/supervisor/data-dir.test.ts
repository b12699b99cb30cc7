import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config';
import { type DataDir, ensureSecrets, openDataDir, recordMasterKey } from '../../src/supervisor/data-dir';
import { takeLock } from '../../src/supervisor/lock';
import { startPostgres } from '../../src/supervisor/postgres';

let path: string;
let dir: DataDir;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'okuri-data-'));
  dir = await openDataDir(path);
});
afterEach(() => rm(path, { recursive: true, force: true }));

describe('the data directory', () => {
  test('keeps the secrets that it made, readable by nobody else', async () => {
    const made = await ensureSecrets(dir, loadConfig({}));
    const kept = await ensureSecrets(await openDataDir(path), loadConfig({}));
    expect(made.tokenIsNew).toBe(true);
    expect(kept).toEqual({ ...made, tokenIsNew: false });
    for (const name of ['admin-token', 'master.key'])
      expect((await stat(join(path, name))).mode & 0o077).toBe(0);
  });

  test('takes what is written down at the same moment one after the other, and loses none of it', async () => {
    const ports = Array.from({ length: 20 }, (_, index) => index);
    await Promise.all(
      ports.map((port) => dir.record({ ports: { ...dir.state.ports, [`service-${port}`]: port } })),
    );
    const written = JSON.parse(await readFile(join(path, 'instance.json'), 'utf8'));
    expect(Object.values(written.ports)).toEqual(ports);
  });

  test('refuses another master key than the one its secrets are encrypted with', async () => {
    const { masterKey } = await ensureSecrets(dir, loadConfig({}));
    await recordMasterKey(dir, masterKey);
    await rm(join(path, 'master.key'));
    await expect(ensureSecrets(dir, loadConfig({}))).rejects.toThrow(/OKURI_MASTER_KEY/);
  });

  test('of an older schema is upgraded, with what stands in it', async () => {
    const file = join(path, 'instance.json');
    await writeFile(file, '{"schema":1,"temporalVersion":"1.5.1","ports":{"postgres":15999}}');
    await openDataDir(path);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      ...{ schema: 2, okuriVersion: expect.stringMatching(/^\d+\.\d+/) },
      ...{ temporalVersion: '1.5.1', ports: { postgres: 15999 } },
    });
  });

  test('of a later schema, or damaged, is refused and left as it is', async () => {
    const later = '{"schema":99,"okuriVersion":"9.0.0"}';
    await writeFile(join(path, 'instance.json'), later);
    await expect(openDataDir(path)).rejects.toThrow(/schema 99, written by version 9\.0\.0/);
    expect(await readFile(join(path, 'instance.json'), 'utf8')).toBe(later);
    await writeFile(join(path, 'instance.json'), '{"sch');
    await expect(openDataDir(path)).rejects.toThrow(/damaged/);
  });
});

// To root every file is its own.
(process.getuid?.() === 0 ? test.skip : test)(
  'files of another user are named, with what to do',
  async () => {
    const file = join(path, 'instance.json');
    await chmod(file, 0o000);
    await expect(openDataDir(path)).rejects.toThrow(/instance\.json belongs to another user.*chown -R/);
  },
);

test('a database of another major version of PostgreSQL is refused, with what to do', async () => {
  const cluster = join(path, 'postgres', 'data');
  // PostgreSQL's own account must get through when the tests run as root.
  await chmod(path, 0o711);
  await mkdir(cluster, { recursive: true });
  await writeFile(join(cluster, 'PG_VERSION'), '15\n');
  const options = {
    dataDir: path,
    logFile: join(path, 'postgres.log'),
    durable: false,
    say: () => undefined,
  };
  await expect(startPostgres({ ...options, knownHome: join(path, 'postgres') })).rejects.toThrow(
    /is of PostgreSQL 15, and this version of Okuri brings 18.*okuri backup.*okuri restore/,
  );
  expect(await readdir(cluster)).toEqual(['PG_VERSION']);
});

describe('the lock on a data directory', () => {
  const quiet = () => undefined;

  test('is held by one, and free again when it is returned', async () => {
    const unlock = await takeLock(path, quiet);
    await expect(takeLock(path, quiet)).rejects.toThrow(/Another instance/);
    await unlock();
    await (await takeLock(path, quiet))();
  });

  test('is taken over from a process that is gone, even when its id is in use again', async () => {
    await writeFile(join(path, 'lock'), JSON.stringify({ pid: process.pid, start: 'another time' }));
    const said: string[] = [];
    await takeLock(path, (line) => said.push(line));
    expect(said.join()).toMatch(/Took over/);
  });
});
