import { performance } from 'node:perf_hooks';
import { MockActivityEnvironment } from '@temporalio/testing';
import { reconciliationActivities } from '../../src/activities/reconcile-stock';
import { manualProvider } from '../../src/fulfilment/manual';
import { openDatabase } from '../../src/store/database';
import { createVault } from '../../src/store/vault';
import { gatewaysOf } from '../../src/worker/gateways';
import type { Served } from '../support/forked';
import type { WorkerWiring } from '../support/gateway-rig';

const LOOK_MS = 100;
const BYTES_PER_MB = 1024 * 1024;

/** What a reconciliation took in its process. */
export interface Reconciled {
  readonly seconds: number;
  /** The most memory that the process held at once, in MB, and what it held before. */
  readonly peakMb: number;
  readonly beforeMb: number;
}

/** One reconciliation of a shop in a process of its own; it has ended when PostgreSQL says so. */
export async function serve({
  databaseUrl,
  rmsBaseUrl,
  masterKey,
  ...input
}: WorkerWiring & { readonly shopId: string; readonly reconciliationId: string }): Promise<
  Served<null, Reconciled>
> {
  const { db, pool, close } = openDatabase(databaseUrl, { onIdleError: () => undefined });
  const vault = createVault(Buffer.from(masterKey, 'hex'));
  const gateways = gatewaysOf({ db, vault, rmsBaseUrl, observer: { call: () => undefined } });
  const provider = () => manualProvider;
  const context = { db, pool, vault, now: () => new Date(), gateway: gateways.of, provider };
  const memory = (): number => process.memoryUsage.rss() / BYTES_PER_MB;
  const beforeMb = memory();
  let peakMb = beforeMb;
  const looking = setInterval(() => {
    peakMb = Math.max(peakMb, memory());
  }, LOOK_MS);
  const began = performance.now();
  const running = new MockActivityEnvironment()
    .run(reconciliationActivities(context).reconcileStock, input)
    .then(() => (performance.now() - began) / 1000);
  return {
    ready: null,
    stop: async () => {
      const seconds = await running;
      clearInterval(looking);
      await gateways.close();
      await close();
      return { seconds, peakMb, beforeMb };
    },
  };
}
