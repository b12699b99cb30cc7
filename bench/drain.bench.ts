/** `npm run bench -- drain [--orders <n>] [--small]`: orders that wait after an outage, until the last is confirmed (docs/benchmarks.md). */
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { z } from 'zod';
import { ensureSearchAttributes } from '../src/temporal/search-attributes';
import type { ArrivalLimit } from './support/arrivals';
import { drainFigures } from './support/drain-figures';
import { bareKindsOf, type Drained, drainShop, openDrainShop } from './support/drain-shop';
import { startEngineWorker } from './support/engine-worker';
import type { Figure } from './support/figures';
import { carryBare, drainBare } from './support/floor';
import { forked } from './support/forked';
import { type GatewayRig, openGatewayRig } from './support/gateway-rig';
import { idleFigures } from './support/idle';
import { step } from './support/report';
import { runBenchmark } from './support/run';
import { type Servers, withServers } from './support/servers';

/** How much waits, at which limit. */
interface Sizes extends ArrivalLimit {
  readonly orders: number;
  readonly syncIntervalSeconds: number;
  /** So long that probes are as far apart as they get. */
  readonly probes: number;
  readonly idleSeconds: number;
}

const FULL: Sizes = {
  ...{ orders: 5_000, intervalMs: 1_000, toleranceMs: 50 },
  ...{ syncIntervalSeconds: 60, probes: 5, idleSeconds: 60 },
};
/** In little, at ten times Rakuten's limit. */
const SMALL: Sizes = {
  ...{ orders: 60, intervalMs: 100, toleranceMs: 50 },
  ...{ syncIntervalSeconds: 5, probes: 1, idleSeconds: 10 },
};

const WARM_UP = 20;

async function measure(servers: Servers, rig: GatewayRig, sizes: Sizes): Promise<Figure[]> {
  const address = await servers.temporal();
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  await ensureSearchAttributes(connection, client.options.namespace);
  const shopId = await openDrainShop(rig, sizes.syncIntervalSeconds);
  const worker = await startEngineWorker(rig.wiring, address, undefined);
  const bareWorker = await forked('bare-worker', { address }, { ready: z.null(), stopped: z.null() });
  const named = async () =>
    new Map([...(await servers.pids()), [worker.pid, 'worker'], [rig.sandboxPid, 'sandbox']]);
  try {
    const drained: Drained = await drainShop(rig, client, shopId, sizes);
    step('idle');
    const idle = await idleFigures({
      ...{ rig, client, shopId, named, orders: drained.all },
      idleSeconds: sizes.idleSeconds,
    });
    step('bare workflows');
    const kinds = bareKindsOf(drained);
    for (const { shape } of kinds) await carryBare(client, `warm-up ${shape.signals}`, WARM_UP, shape);
    const bareSeconds = await drainBare(client, kinds);
    return [...drainFigures(rig, drained, kinds, bareSeconds), ...idle];
  } finally {
    await worker.stop();
    await bareWorker.stop();
    await connection.close();
  }
}

function main(): Promise<Figure[]> {
  const options = { orders: { type: 'string' }, small: { type: 'boolean' } } as const;
  const { orders, small } = parseArgs({ options }).values;
  const usual = small ? SMALL : FULL;
  const sizes = { ...usual, orders: Number(orders ?? usual.orders) };
  return withServers(async (servers) => {
    const rig = await openGatewayRig(await servers.database(), sizes, await servers.database());
    try {
      return await measure(servers, rig, sizes);
    } finally {
      await rig.close();
    }
  });
}

runBenchmark(main);
