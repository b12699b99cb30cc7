import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { sql } from 'drizzle-orm';
import { dataKeys, dataKeyWraps } from '../../src/store/access-schema';
import { openKey } from '../../src/store/credentials';
import { encrypt } from '../../src/store/gcm';
import { addKey, openKeyring, openVault, readVault } from '../../src/store/keyring';
import { importedKeys, masterKeyIdOf } from '../../src/store/master-key';
import { snapshotPlace } from '../../src/store/places';
import { readSnapshot } from '../../src/store/readings';
import { orders } from '../../src/store/schema';
import { credentials } from '../../src/store/shop-schema';
import { createVault, VaultError } from '../../src/store/vault';
import type { TestStore } from './store';
import { newShop, startStore } from './store';

const PLACE = 'order/tea/1';

let store: TestStore;
let masterKey: Buffer;
beforeEach(async () => {
  store = await startStore();
  masterKey = store.masterKey;
  await openKeyring(store.db, masterKey);
});
afterEach(() => store.close());

const never = (error: unknown): never => {
  throw error;
};

const tables = async () => {
  const keys = await store.db.select().from(dataKeys).orderBy(dataKeys.keyId);
  const wraps = await store.db.select().from(dataKeyWraps).orderBy(dataKeyWraps.keyId);
  return { keys, wraps };
};
const forget = () => store.db.delete(dataKeys);

/** As versions before there were data keys sealed: format 1, the key derived from the master key, no key id. */
const sealedBefore = (key: Buffer, place: string, text: string): Buffer => {
  const sealing = importedKeys(key).find(({ purpose }) => purpose === 'seal')?.key ?? Buffer.alloc(0);
  return Buffer.concat([Buffer.of(1), encrypt(sealing, Buffer.from(place), Buffer.from(text))]);
};

describe('the keys of a database', () => {
  test('no data key stands there as it is, and every wrap has the id of its master key', async () => {
    const { keys, wraps } = await tables();
    expect(keys.map(({ purpose }) => purpose)).toEqual(['seal', 'fingerprint', 'signing']);
    expect(wraps.map((wrap) => wrap.masterKeyId)).toEqual(Array(3).fill(masterKeyIdOf(masterKey)));
    const opened = await openKeyring(store.db, masterKey);
    for (const { key } of opened)
      for (const { wrapped } of wraps) {
        expect(wrapped.includes(key)).toBe(false);
        expect(wrapped.includes(masterKey)).toBe(false);
      }
  });

  test('processes that start at once on an empty database agree on one ring', async () => {
    await forget();
    const rings = await Promise.all(
      Array.from({ length: 6 }, () => openKeyring(store.another().db, masterKey)),
    );
    expect((await tables()).keys).toHaveLength(3);
    const shown = rings.map((ring) => ring.map(({ keyId, key }) => `${keyId} ${key.toString('hex')}`));
    for (const ring of shown) expect(ring).toEqual(shown[0]);
  });

  test('of two master keys that start at once on an empty database, one is refused', async () => {
    await store.db.delete(credentials);
    await forget();
    const both = [randomBytes(32), randomBytes(32)];
    const ends = await Promise.allSettled(both.map((key) => openKeyring(store.another().db, key)));
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('another master key is refused, and the error says which it is and what to do', async () => {
    const other = randomBytes(32);
    const refusal: Error = await openKeyring(store.db, other).then(
      () => new Error('it was accepted'),
      (error) => error,
    );
    expect(refusal).toBeInstanceOf(VaultError);
    expect(refusal.message).toMatch(/OKURI_MASTER_KEY is not the master key of this database.*Start with/);
    expect(refusal.message).toContain(masterKeyIdOf(other));
    expect(refusal.message).toContain(masterKeyIdOf(masterKey));
    for (const key of [other, masterKey])
      for (const spelling of ['hex', 'base64'] as const)
        expect(refusal.message).not.toContain(key.toString(spelling));
  });

  test('a wrap that was altered in any byte, or moved to another data key, is refused', async () => {
    const { wraps } = await tables();
    const put = (wrapped: Buffer) =>
      store.db.update(dataKeyWraps).set({ wrapped }).where(sql`${dataKeyWraps.keyId} = '00000001'`);
    const [own, other] = wraps;
    if (own === undefined || other === undefined) throw new Error('there are no wraps');
    for (const index of own.wrapped.keys()) {
      const altered = Buffer.from(own.wrapped);
      altered[index] = (altered[index] ?? 0) ^ 1;
      await put(altered);
      await expect(openKeyring(store.db, masterKey)).rejects.toThrow(VaultError);
    }
    await put(other.wrapped);
    await expect(openKeyring(store.db, masterKey)).rejects.toThrow('00000001 was altered');
    await put(own.wrapped);
    await openKeyring(store.db, masterKey);
  });
});

describe('a database from before there were data keys', () => {
  const ref = { shopId: 'tea', orderNumber: '777-20260701-0000000001' };
  beforeEach(async () => {
    await store.order(ref.orderNumber);
    await forget();
    await store.db.update(orders).set({
      sealedSnapshot: sealedBefore(masterKey, snapshotPlace(ref), '{"name":"山田花子"}'),
    });
    const { serviceSecret, licenseKey } = newShop('tea');
    await store.db.update(credentials).set({
      sealedServiceSecret: sealedBefore(masterKey, 'shop/tea/serviceSecret', serviceSecret),
      sealedLicenseKey: sealedBefore(masterKey, 'shop/tea/licenseKey', licenseKey),
    });
  });

  test('opens with its master key, and goes on with the same fingerprints and signing secrets', async () => {
    const vault = await readVault(store.db, masterKey);
    expect(await readSnapshot(store.db, vault, ref)).toBe('{"name":"山田花子"}');
    const { serviceSecret, licenseKey } = newShop('tea');
    expect(await openKey(store.db, vault, 'tea')).toMatchObject({ serviceSecret, licenseKey });
    const before = createVault(masterKey);
    expect(vault.fingerprint('山田')).toBe(before.fingerprint('山田'));
    expect(vault.signingSecret('tea')).toBe(before.signingSecret('tea'));
  });

  test('is not taken over by another master key, which would shut out the right one', async () => {
    await expect(openKeyring(store.db, randomBytes(32))).rejects.toThrow(/opens nothing of what is sealed/);
    expect((await tables()).keys).toEqual([]);
    await openKeyring(store.db, masterKey);
  });

  test('is taken over although one of its values is damaged', async () => {
    await store.db.update(credentials).set({ sealedServiceSecret: Buffer.from('damaged') });
    await openKeyring(store.db, masterKey);
  });

  test('an old value that was altered in any byte does not open', async () => {
    const vault = await readVault(store.db, masterKey);
    const sealed = sealedBefore(masterKey, PLACE, 'x');
    for (const index of sealed.keys()) {
      const altered = Buffer.from(sealed);
      altered[index] = (altered[index] ?? 0) ^ 1;
      expect(() => vault.open(PLACE, altered)).toThrow(VaultError);
    }
    expect(() => vault.open('order/tea/2', sealed)).toThrow(VaultError);
  });
});

describe('a vault that is open', () => {
  const open = (onError: (error: unknown) => void = never) => openVault(store.db, masterKey, onError);

  test('learns of a key that it does not know when it is told to read again', async () => {
    const keys = await open();
    const other = await withNewSealKey();
    const sealed = other.seal(PLACE, 'x');
    expect(() => keys.vault.open(PLACE, sealed)).toThrow(/data key [0-9a-f]{8}, which is not known here/);
    await keys.refresh();
    expect(keys.vault.open(PLACE, sealed)).toBe('x');
    await keys.close();
  });

  test('goes on opening when its master key was taken away, says so, and in the end seals no more', async () => {
    const errors: unknown[] = [];
    const keys = await open((error) => errors.push(error));
    const sealed = keys.vault.seal(PLACE, 'x');
    await store.db.update(dataKeyWraps).set({ masterKeyId: 'another' });
    await keys.refresh();
    expect(errors).toEqual([expect.any(VaultError)]);
    expect(keys.vault.open(PLACE, keys.vault.seal(PLACE, 'y'))).toBe('y');
    const later = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 301_000);
    expect(() => keys.vault.seal(PLACE, 'z')).toThrow(/nothing is sealed until/);
    expect(keys.vault.open(PLACE, sealed)).toBe('x');
    later.mockRestore();
    await keys.close();
  });

  test('seals on when the clock of the machine jumps', async () => {
    const keys = await open(() => undefined);
    const later = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
    expect(keys.vault.open(PLACE, keys.vault.seal(PLACE, 'y'))).toBe('y');
    later.mockRestore();
    await keys.close();
  });

  test('seals with a new key only from its time on', async () => {
    const other = await withNewSealKey(sql`now() + interval '1 minute'`);
    expect(other.seal(PLACE, 'x').subarray(1, 5).toString('hex')).toBe('00000001');
    const later = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
    expect(other.seal(PLACE, 'x').subarray(1, 5).toString('hex')).not.toBe('00000001');
    later.mockRestore();
  });

  const withNewSealKey = async (activeFrom = sql`now()`) => {
    const keyId = randomBytes(4).toString('hex');
    await store.db.transaction((tx) =>
      addKey(tx, { keyId, purpose: 'seal', key: randomBytes(32) }, { activeFrom, under: [[masterKey, 1]] }),
    );
    return readVault(store.db, masterKey);
  };
});
