import { randomBytes } from 'node:crypto';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config';
import { openDatabase } from '../../src/store/database';
import { type OpenVault, openKeyring, openVault } from '../../src/store/keyring';
import { masterKeyIdOf } from '../../src/store/master-key';
import { applicationName } from '../../src/store/rotation';
import { alertSecretOf, createShop, findShop } from '../../src/store/shops';
import { ensureSecrets, openDataDir } from '../../src/supervisor/data-dir';
import { demandMasterKey } from '../../src/supervisor/database';
import { type RotationStep, rotateMasterKey } from '../../src/supervisor/rotate';
import { newShop, startStore, type TestStore } from '../store/store';
import { buildOnce, okuri } from '../support/instance';

jest.setTimeout(120_000);

const PLACE = 'order/tea/1';

let store: TestStore;
let dataDir: string;
let old: Buffer;
let next: Buffer;
beforeAll(buildOnce);
beforeEach(async () => {
  store = await startStore();
  dataDir = await mkdtemp(join(tmpdir(), 'okuri-rotate-'));
  old = store.masterKey;
  next = randomBytes(32);
  await openKeyring(store.db, old);
});
afterEach(async () => {
  await store.close();
  await rm(dataDir, { recursive: true, force: true });
});

const text = (key: Buffer) => key.toString('base64');
const environment = (more: Record<string, string> = {}) => ({
  DATABASE_URL: store.url,
  OKURI_DATA_DIR: dataDir,
  ...more,
});
/** Makes a step with the key in the environment. @returns what it said */
const rotate = async (step: RotationStep, key: Buffer, newKey?: Buffer): Promise<string> => {
  const said: string[] = [];
  const keys = { OKURI_MASTER_KEY: text(key), ...(newKey && { OKURI_NEW_MASTER_KEY: text(newKey) }) };
  await rotateMasterKey(loadConfig(environment(keys)), step, (line) => said.push(line));
  return said.join('\n');
};
const opens = (key: Buffer) => demandMasterKey(store.url, key);

/** A process with this master key: its own pool, and its own vault. */
const startProcess = async (key: Buffer): Promise<OpenVault> => {
  const { db, close } = openDatabase(store.url, { name: applicationName(key), onIdleError: () => undefined });
  const keys = await openVault(db, key, () => undefined);
  return {
    ...keys,
    close: async () => {
      await keys.close();
      await close();
    },
  };
};

describe('a change of the master key', () => {
  test('lets processes with the old and the new one read and write side by side, before and after the new data key seals', async () => {
    await createShop(store.db, store.vault, { ...newShop('before'), alertSecret: 'whsec_of_before' });
    const running = await startProcess(old);
    expect(await rotate('begin', old, next)).toMatch(/both master keys open everything[\s\S]*--finish/);
    const restarted = await startProcess(next);
    await running.refresh();
    const shop = await findShop(store.db, 'before');
    for (const { vault } of [running, restarted])
      expect(shop && alertSecretOf(vault, shop)).toBe('whsec_of_before');
    const ids = new Set<string>();
    for (const minutes of [0, 2]) {
      const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + minutes * 60_000);
      for (const [writer, reader] of [
        [running, restarted],
        [restarted, running],
      ] as const) {
        const sealed = writer.vault.seal(PLACE, `${minutes}`);
        ids.add(sealed.subarray(1, 5).toString('hex'));
        expect(reader.vault.open(PLACE, sealed)).toBe(`${minutes}`);
      }
      clock.mockRestore();
    }
    expect(ids.size).toBe(2);
    for (const { vault } of [running, restarted]) {
      expect(vault.fingerprint('山田')).toBe(store.vault.fingerprint('山田'));
      expect(vault.signingSecret('tea')).toBe(store.vault.signingSecret('tea'));
    }
    await Promise.all([running.close(), restarted.close()]);
  });

  test('once finished refuses the old key, with what to do', async () => {
    await rotate('begin', old, next);
    expect(await rotate('finish', next)).toContain(
      `the master key ${masterKeyIdOf(old)} opens nothing here any more`,
    );
    await opens(next);
    await expect(opens(old)).rejects.toThrow(
      /OKURI_MASTER_KEY is not the master key of this database.*after `okuri rotate-master-key --finish` that is the new one/,
    );
    expect(await rotate('finish', next)).toMatch(/Nothing was left to finish/);
    for (const command of ['api', 'worker', 'doctor']) {
      const { code, output } = await okuri(command, {
        ...environment({ OKURI_MASTER_KEY: text(old), OKURI_ADMIN_TOKEN: 'token-of-a-test-run' }),
        PATH: process.env.PATH,
        TEMPORAL_ADDRESS: '127.0.0.1:1',
      });
      expect([command, code]).toEqual([command, 1]);
      expect(output).toContain('OKURI_MASTER_KEY is not the master key of this database');
      expect(output).not.toContain(text(old));
    }
  });

  test('is not finished while a process with the old key runs', async () => {
    const running = await startProcess(old);
    await rotate('begin', old, next);
    await expect(rotate('finish', next)).rejects.toThrow(
      new RegExp(`Processes with another master key \\(${masterKeyIdOf(old)}\\) still run`),
    );
    await opens(old);
    await running.close();
    await rotate('finish', next);
    await expect(opens(old)).rejects.toThrow();
  });

  test('can be repeated at every step, and made again after it', async () => {
    await rotate('begin', old, next);
    expect(await rotate('begin', old, next)).toMatch(/was wrapped .* already/);
    await rotate('finish', next);
    const third = randomBytes(32);
    await rotate('begin', next, third);
    await rotate('finish', third);
    await opens(third);
    for (const key of [old, next]) await expect(opens(key)).rejects.toThrow();
  });

  test('can be taken back until it is finished', async () => {
    await rotate('begin', old, next);
    await expect(rotate('cancel', next)).rejects.toThrow(/is the newest key/);
    expect(await rotate('cancel', old)).toMatch(/Taken back/);
    await opens(old);
    await expect(opens(next)).rejects.toThrow();
    expect(await rotate('cancel', old)).toMatch(/Nothing was to be taken back/);
  });

  test.each([
    ['without a new key', () => rotate('begin', old), /OKURI_NEW_MASTER_KEY/],
    ['to the same key', () => rotate('begin', old, old), /is the one that is in use/],
    [
      'from a key that is not that of the database',
      () => rotate('begin', next, old),
      /is not the master key/,
    ],
    ['finished with a key that is not there', () => rotate('finish', next), /is not the master key/],
  ])('is refused %s', async (_, run, reason) => {
    await expect(run()).rejects.toThrow(reason);
    await opens(old);
  });

  test('that has begun is refused to a third key, backwards, and to be finished with the old key', async () => {
    await rotate('begin', old, next);
    const third = randomBytes(32);
    await expect(rotate('begin', old, third)).rejects.toThrow(/A change of the master key is under way/);
    await expect(rotate('begin', next, third)).rejects.toThrow(/A change of the master key is under way/);
    await expect(rotate('begin', next, old)).rejects.toThrow(/is the older of the two/);
    await expect(rotate('finish', old)).rejects.toThrow(/still the old key/);
    await Promise.all([opens(old), opens(next)]);
  });
});

describe('a master key in the data directory', () => {
  const file = (name: string) => join(dataDir, name);
  const keyIn = async (name: string) => (await readFile(file(name), 'utf8')).trim();
  const names = async () => (await readdir(dataDir)).filter((name) => name.startsWith('master.key')).sort();
  const run = (args: string, env: NodeJS.ProcessEnv = {}) =>
    okuri(args, { PATH: process.env.PATH, ...environment(), ...env });
  /** What a start does about the master key. */
  const starts = async () => {
    const { masterKey } = await ensureSecrets(await openDataDir(dataDir), loadConfig(environment()));
    await opens(masterKey);
  };
  beforeEach(() => writeFile(file('master.key'), `${text(old)}\n`));

  test('is made and replaced there by one command, and the old one kept until the change is finished', async () => {
    await starts();
    const { code, output } = await run('rotate-master-key');
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/restart[\s\S]*okuri rotate-master-key --finish/),
    ]);
    expect(await names()).toEqual(['master.key', 'master.key.old']);
    expect(await keyIn('master.key.old')).toBe(text(old));
    const made = await keyIn('master.key');
    await starts();
    const again = await run('rotate-master-key');
    expect([again.code, again.output]).toEqual([0, expect.stringContaining('changed already')]);
    const finished = await run('rotate-master-key --finish');
    expect([finished.code, finished.output]).toEqual([0, expect.stringContaining('Finished')]);
    expect(await names()).toEqual(['master.key']);
    await starts();
    await expect(opens(old)).rejects.toThrow();
    for (const shown of [output, again.output, finished.output])
      for (const key of [text(old), made]) expect(shown).not.toContain(key);
  });

  test('goes back by --cancel', async () => {
    await run('rotate-master-key');
    expect((await run('rotate-master-key --cancel')).code).toBe(0);
    expect(await names()).toEqual(['master.key']);
    expect(await keyIn('master.key')).toBe(text(old));
    await starts();
  });

  /** Ends the process by itself just before or just after its so-many-th file takes its place. */
  const dyingAt = async (call: number, when: 'before' | 'after'): Promise<NodeJS.ProcessEnv> => {
    const preload = file('preload.cjs');
    await writeFile(
      preload,
      `const fs = require('node:fs/promises'); const { rename } = fs; let calls = 0;
       fs.rename = async (...args) => {
         calls += 1;
         if (calls === ${call} && '${when}' === 'before') process.kill(process.pid, 'SIGKILL');
         await rename(...args);
         if (calls === ${call} && '${when}' === 'after') process.kill(process.pid, 'SIGKILL');
       };`,
    );
    return { NODE_OPTIONS: `--require ${preload}` };
  };

  test.each([
    [1, 'before'],
    [1, 'after'],
    [2, 'before'],
    [2, 'after'],
    [3, 'before'],
    [3, 'after'],
  ] as const)(
    'starts, and the change goes on, after a death at file %i, %s it took its place',
    async (call, when) => {
      const died = await run('rotate-master-key', await dyingAt(call, when));
      expect(died.code).toBeNull();
      await starts();
      const { code, output } = await run('rotate-master-key');
      expect([code, output]).toEqual([0, expect.stringContaining('--finish')]);
      await starts();
      const finished = await run('rotate-master-key --finish');
      expect([finished.code, finished.output]).toEqual([0, expect.stringContaining('Finished')]);
      expect(await names()).toEqual(['master.key']);
      await starts();
      await expect(opens(old)).rejects.toThrow();
    },
  );

  test('is not finished before all of the change is done', async () => {
    await run('rotate-master-key', await dyingAt(2, 'before'));
    const { code, output } = await run('rotate-master-key --finish');
    expect([code, output]).toEqual([1, expect.stringMatching(/cut short/)]);
    await starts();
  });

  test('that was deleted is asked for, and not replaced by a new one', async () => {
    const dir = await openDataDir(dataDir);
    await dir.record({ masterKeyPrint: '0123456789abcdef' });
    await rm(file('master.key'));
    await expect(starts()).rejects.toThrow(/The master key is missing/);
    await expect(access(file('master.key'))).rejects.toThrow();
  });
});
