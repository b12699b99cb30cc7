import { RmsError } from '../../src/rms/errors';
import { createShop, liveKey } from '../../src/store/shops';
import { keyExpiryReader } from '../../src/worker/key-expiry';
import type { TestStore } from '../store/store';
import { newShop, startStore } from '../store/store';
import { silent } from '../support/house';

const EXPIRY = new Date('2026-12-31T23:59:59+09:00');

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
  await createShop(store.db, store.vault, newShop('unticked'));
});
afterAll(() => store.close());

test('a key’s expiry is asked for until Rakuten tells, and never again; a shop without the function is asked once', async () => {
  const asked: string[] = [];
  let away = true;
  const answers: Readonly<Record<string, () => Promise<Date>>> = {
    tea: async () => {
      if (away) throw new RmsError({ kind: 'unavailable', operation: 'license.expiryDate.get' });
      return EXPIRY;
    },
    unticked: async () => {
      throw new RmsError({ kind: 'unauthorised', operation: 'license.expiryDate.get' });
    },
  };
  const gateway = (shopId: string) => ({
    getLicenseExpiry: () => {
      asked.push(shopId);
      return answers[shopId]?.() ?? Promise.reject(new Error('unknown shop'));
    },
  });
  const read = keyExpiryReader({ db: store.db, gateway, log: silent });
  await read();
  expect(asked.sort()).toEqual(['tea', 'unticked']);
  expect(await liveKey(store.db, store.vault, 'tea')).not.toHaveProperty('expiresAt');
  away = false;
  await read();
  await read();
  expect(asked.sort()).toEqual(['tea', 'tea', 'unticked']);
  expect(await liveKey(store.db, store.vault, 'tea')).toMatchObject({ expiresAt: EXPIRY });
});
