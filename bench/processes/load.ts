import { openDatabase } from '../../src/store/database';
import { createVault } from '../../src/store/vault';
import { gatewaysOf } from '../../src/worker/gateways';
import type { Served } from '../support/forked';
import type { WorkerWiring } from '../support/gateway-rig';
import { load, oneCall } from '../support/load';

/** As many as a worker has. */
const CONNECTIONS = 25;

/** A worker's gateways in a process of its own, with calls that wait for one shop until it is stopped; gives how calls failed. */
export async function serve({
  databaseUrl,
  rmsBaseUrl,
  masterKey,
  shopId,
}: WorkerWiring & { readonly shopId: string }): Promise<Served<null, string[]>> {
  const database = openDatabase(databaseUrl, { max: CONNECTIONS, onIdleError: () => undefined });
  const vault = createVault(Buffer.from(masterKey, 'hex'));
  const observer = { call: () => undefined };
  const gateways = gatewaysOf({ db: database.db, vault, rmsBaseUrl, observer });
  const gateway = gateways.of(shopId);
  await oneCall(gateway);
  const stopping = new AbortController();
  const loaded = load([gateway], stopping.signal);
  return {
    ready: null,
    stop: async () => {
      stopping.abort();
      const failures = await loaded;
      await gateways.close();
      await database.close();
      return failures;
    },
  };
}
