import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { pino } from 'pino';
import type { ActivityContext } from '../../src/activities/context';
import { jstDay } from '../../src/domain/jst';
import type { ShopSettings } from '../../src/domain/settings';
import { manualProvider } from '../../src/fulfilment/manual';
import { putLinks } from '../../src/store/sku-links';
import { putSkus } from '../../src/store/skus';
import { enterMovement } from '../../src/store/stock';
import { syncScheduleId, TASK_QUEUE, WORKFLOW } from '../../src/temporal/ids';
import { ensureSearchAttributes } from '../../src/temporal/search-attributes';
import { loadBundle } from '../../src/worker/bundle';
import { startOutbox } from '../../src/worker/outbox';
import { runWorkers } from '../../src/worker/workers';
import './quiet-temporal';
import { type GatewayRig, type JournalCall, PAIRS } from './gateway-rig';
import { createRecorder, type RecordedSearch, type Recorder } from './recorder';
import { shipOrders } from './shipping';

/** A shop whose orders live from their import to their end: a worker on a real Temporal, its Schedule, and a recorder. */
export interface LifeShop {
  /** Buyers order; no synchronisation begins while many of them do. @returns the order numbers */
  buy(count: number): Promise<string[]>;
  /** One synchronisation from start to end, beside those of the Schedule. */
  sync(): Promise<void>;
  /** Rakuten releases confirmed orders (200 → 300) so many seconds after their confirmation; null: not at all. */
  releaseAfter(seconds: number | null): Promise<void>;
  /** The parcels of these orders leave, all at once. @returns how many there are of each */
  ship(orderNumbers: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Rakuten's night: what was shipped is closed. */
  night(): Promise<void>;
  /** Those of these orders that stand in one of these stages. */
  in(stages: readonly string[], orderNumbers: readonly string[]): Promise<string[]>;
  /** How many orders show this status at Rakuten. */
  atRakuten(status: number): Promise<number>;
  calls(since: Date): Promise<readonly JournalCall[]>;
  searches(): readonly RecordedSearch[];
  forgetSearches(): void;
  close(): Promise<void>;
}

const NAMESPACE = 'default';
const UNITS = 1_000_000;
const NEVER_SECONDS = 10_000_000;
const DAY_MS = 86_400_000;
/** Orders like any other, only that nothing about them needs a person. */
const PLAIN = { settlementMethod: 1, remarks: '', wishedDate: false, gift: false };
const POLL_MS = 200;
const log = pino({ level: process.env.BENCH_LOG ?? 'silent' });

/** Opens the shop and synchronises it once, so that what comes later is what an open shop meets. */
export async function openLifeShop(
  rig: GatewayRig,
  temporal: string,
  syncIntervalSeconds: number,
  settings: Partial<ShopSettings> = {},
): Promise<LifeShop> {
  // Both lives know the same Temporal.
  const shopId = `life-${randomUUID().slice(0, 8)}`;
  const recorder = createRecorder();
  await rig.openShop(shopId, {
    settings: {
      automaticOrderIntegration: true,
      automaticOrderConfirmation: true,
      automaticShippingInstructions: true,
      syncIntervalSeconds,
      ...settings,
    },
  });
  await stock(rig, shopId);
  const { client, close } = await startShopWorker(rig, temporal, recorder);
  const sync = async (): Promise<void> => {
    const options = { workflowId: `sync-bench/${randomUUID()}`, taskQueue: TASK_QUEUE };
    await client.workflow.execute(WORKFLOW.sync, { ...options, args: [{ shopId }] });
  };
  await sync();
  const schedule = client.schedule.getHandle(syncScheduleId(shopId));
  return {
    sync,
    buy: async (count) => {
      if (count === 1) return rig.buy(shopId, count, PLAIN);
      await schedule.pause();
      try {
        return await rig.buy(shopId, count, PLAIN);
      } finally {
        await schedule.unpause();
      }
    },
    releaseAfter: async (seconds) => {
      await rig.control('PUT', '/settings', { fixDelaySeconds: seconds ?? NEVER_SECONDS });
    },
    ship: (orderNumbers) => shipOrders(rig.db, shopId, orderNumbers),
    night: async () => {
      await rig.control('POST', '/night', { asOf: jstDay(new Date(Date.now() + DAY_MS)) });
    },
    in: async (stages, orderNumbers) => {
      const { rows } = await rig.pool.query<{ order_number: string }>(
        'select order_number from orders where shop_id = $1 and stage = any($2) and order_number = any($3)',
        [shopId, stages, orderNumbers],
      );
      return rows.map((row) => row.order_number);
    },
    atRakuten: async (status) => {
      const path = `/orders?shop=${shopId}&progress=${status}`;
      return (await rig.control<{ orders: unknown[] }>('GET', path)).orders.length;
    },
    calls: (since) => rig.journal(shopId, since),
    searches: recorder.searches,
    forgetSearches: recorder.clear,
    close: async () => {
      await schedule.delete();
      await close();
    },
  };
}

/** Links what a shop of the rig sells, and fills the shelves. */
export async function stock({ db }: GatewayRig, shopId: string): Promise<void> {
  const links = PAIRS.map((pair) => ({ ...pair, skuCode: `${pair.manageNumber}-${pair.variantId}` }));
  await putSkus(
    db,
    links.map(({ skuCode }) => ({ skuCode, name: skuCode })),
  );
  const opening = {
    location: 'main',
    kind: 'receive',
    quantity: UNITS,
    reason: 'opening',
    actor: 'bench',
  } as const;
  for (const { skuCode } of links) await enterMovement(db, { ...opening, skuCode });
  await putLinks(db, shopId, links);
}

/** Everything that a worker runs for an order, with the outbox that carries news to it. */
async function startShopWorker(
  rig: GatewayRig,
  address: string,
  recorder: Recorder,
): Promise<{ client: Client; close(): Promise<void> }> {
  const { db, pool, vault } = rig;
  const gateways = rig.worker();
  const context: ActivityContext = {
    ...{ db, pool, vault },
    gateway: (shopId) => recorder.record(gateways.of(shopId)),
    now: () => new Date(),
    provider: () => manualProvider,
  };
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace: NAMESPACE });
  await ensureSearchAttributes(connection, NAMESPACE);
  const native = await NativeConnection.connect({ address });
  const workflows = { code: await loadBundle(), buildId: undefined };
  const workers = await runWorkers({ context, log, connection: native, namespace: NAMESPACE, workflows });
  const outbox = startOutbox({ db, pool, client, log });
  return {
    client,
    close: async () => {
      await outbox.close();
      await workers.close();
      await native.close();
      await connection.close();
    },
  };
}

/** Waits until this gives nothing more, or for so many seconds; gives what is left. */
export async function untilNone<T>(
  left: () => Promise<readonly T[]>,
  seconds: number,
): Promise<readonly T[]> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const rest = await left();
    if (rest.length === 0 || Date.now() > end) return rest;
    await sleep(POLL_MS);
  }
}
