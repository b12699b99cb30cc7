/** `npm run bench -- growth [--orders <n>] [--small]`: what an order costs with 1,000, 10,000 and 100,000 stored ones (docs/benchmarks.md). */
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { z } from 'zod';
import { ensureSearchAttributes } from '../src/temporal/search-attributes';
import { carryOrders, openEngineShop } from './support/engine-shop';
import { startEngineWorker } from './support/engine-worker';
import type { Figure } from './support/figures';
import { forked } from './support/forked';
import { openGatewayRig } from './support/gateway-rig';
import { askApi } from './support/growth-api';
import { type AtSize, growthFigures, sayWhatGrew } from './support/growth-figures';
import { seedCopies } from './support/growth-seed';
import { step } from './support/report';
import { runBenchmark } from './support/run';
import { type Servers, withServers } from './support/servers';
import { countedAddress, forgetStatements, statements } from './support/statements';
import { watched } from './support/watched';

interface Sizes {
  readonly stored: readonly number[];
  /** Carried at each size. */
  readonly orders: number;
  readonly templates: number;
  /** Of each request to the API. */
  readonly requests: number;
}

const FULL: Sizes = { stored: [1_000, 10_000, 100_000], orders: 150, templates: 20, requests: 300 };
const SMALL: Sizes = { stored: [200, 2_000], orders: 15, templates: 5, requests: 30 };

/** As many requests a second as a shop may have, as where the engine is measured. */
const LIMIT = { intervalMs: 1, toleranceMs: 1_000 };
const NO_LIMIT = 100_000;
const TOKEN = 'token-of-the-benchmark';

async function measure(servers: Servers, sizes: Sizes): Promise<Figure[]> {
  const databaseUrl = await servers.database();
  const rig = await openGatewayRig(databaseUrl, LIMIT, await servers.database());
  const address = await servers.temporal();
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  try {
    await rig.control('PUT', '/settings', {
      ...{ orderRequestsPerSecond: NO_LIMIT, inventoryReadsPerSecond: NO_LIMIT, fixDelaySeconds: 0 },
      ...{ inventoryWritesPerSecond: NO_LIMIT, asyncShippingDelaySeconds: 0 },
    });
    await ensureSearchAttributes(connection, client.options.namespace);
    const counted = await countedAddress(rig.pool, databaseUrl);
    const shopId = await openEngineShop(rig);
    const worker = await startEngineWorker({ ...rig.wiring, databaseUrl: counted }, address, undefined);
    const input = { databaseUrl, masterKey: rig.wiring.masterKey, token: TOKEN };
    const api = await forked('access-api', input, { ready: z.number(), stopped: z.null() });
    const named = async () => new Map([...(await servers.pids()), [worker.pid, 'worker']]);
    const carry = (count: number) => carryOrders(rig, client, shopId, count);
    try {
      step('orders that are copied');
      const templates = await carry(sizes.templates);
      if (templates.unfinished > 0) throw new Error('not all orders that are to be copied came to their end');
      const measured: AtSize[] = [];
      for (const stored of sizes.stored) {
        step(`${stored} stored orders`);
        await seedCopies(rig.pool, shopId, templates.orderNumbers, stored);
        await carry(sizes.templates);
        await forgetStatements(rig.pool);
        const { result, processor } = await watched(named, sizes.orders, () => carry(sizes.orders));
        const all = await statements(rig.pool);
        const answers = await askApi(rig.pool, {
          port: api.ready,
          token: TOKEN,
          shopId,
          requests: sizes.requests,
        });
        measured.push({
          stored,
          orders: sizes.orders,
          processor,
          statements: all,
          answers,
          unfinished: result.unfinished,
        });
      }
      sayWhatGrew(measured);
      return growthFigures(measured);
    } finally {
      await api.stop();
      await worker.stop();
    }
  } finally {
    await connection.close();
    await rig.close();
  }
}

function main(): Promise<Figure[]> {
  const options = { orders: { type: 'string' }, small: { type: 'boolean' } } as const;
  const { orders, small } = parseArgs({ options }).values;
  const usual = small ? SMALL : FULL;
  const sizes = { ...usual, orders: Number(orders ?? usual.orders) };
  return withServers((servers) => measure(servers, sizes), { countStatements: true });
}

runBenchmark(main);
