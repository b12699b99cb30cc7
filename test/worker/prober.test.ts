import type { RmsGateway } from '../../src/rms/gateway';
import { findCircuit, openCircuit } from '../../src/store/circuits';
import { probeParkedShops } from '../../src/worker/prober';
import type { TestStore } from '../store/store';
import { startStore } from '../store/store';
import { silent } from '../support/house';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.close());

/** Makes all probes due and lets them end as told; gives the shops that were probed. */
const probeAll = async (
  verdicts: Readonly<Record<string, () => ReturnType<RmsGateway['probe']>>>,
  withAnotherKey: readonly string[] = [],
) => {
  await store.pool.query('update circuits set probe_at = now()');
  const probed: string[] = [];
  const gateway = (shopId: string) => ({
    probe: () => {
      probed.push(shopId);
      return verdicts[shopId]?.() ?? Promise.resolve('live' as const);
    },
    fallBack: async () => withAnotherKey.includes(shopId),
  });
  await probeParkedShops({ db: store.db, gateway, log: silent });
  return probed.sort();
};

test('each parked shop is probed; one that answers goes on, one that does not stays for the reason found now, and one that cannot be asked keeps nobody back', async () => {
  for (const shopId of ['back', 'still', 'broken']) await openCircuit(store.db, shopId, 'rakuten_down');
  const probed = await probeAll({
    still: async () => 'key_refused',
    broken: () => Promise.reject(new Error('no key')),
  });
  expect(probed).toEqual(['back', 'broken', 'still']);
  expect(await findCircuit(store.db, 'back')).toBeUndefined();
  expect(await findCircuit(store.db, 'still')).toMatchObject({ cause: 'key_refused' });
  expect(await findCircuit(store.db, 'broken')).toMatchObject({ cause: 'rakuten_down' });
});

test('a shop whose key is refused goes on when another of its keys is taken', async () => {
  await openCircuit(store.db, 'tea', 'key_refused');
  await probeAll({ tea: async () => 'key_refused' }, ['tea']);
  expect(await findCircuit(store.db, 'tea')).toBeUndefined();
});

test('no shop is probed before its time, and none that is not parked', async () => {
  await store.pool.query('truncate circuits');
  expect(await probeAll({})).toEqual([]);
  await openCircuit(store.db, 'early', 'rakuten_down');
  const tooEarly = () => Promise.reject(new Error('too early'));
  const gateway = () => ({ probe: tooEarly, fallBack: tooEarly });
  await probeParkedShops({ db: store.db, gateway, log: silent });
  expect(await findCircuit(store.db, 'early')).toMatchObject({ probes: 0 });
});
