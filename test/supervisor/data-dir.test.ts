import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config';
import { type DataDir, ensureSecrets, openDataDir, recordMasterKey } from '../../src/supervisor/data-dir';
import { takeLock } from '../../src/supervisor/lock';

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

  test('refuses another master key than the one its secrets are encrypted with', async () => {
    const { masterKey } = await ensureSecrets(dir, loadConfig({}));
    await recordMasterKey(dir, masterKey);
    await rm(join(path, 'master.key'));
    await expect(ensureSecrets(dir, loadConfig({}))).rejects.toThrow(/OKURI_MASTER_KEY/);
  });

  test('of another schema, or damaged, is refused', async () => {
    await writeFile(join(path, 'instance.json'), '{"schema":99}');
    await expect(openDataDir(path)).rejects.toThrow(/schema 99/);
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
