import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { jstDay } from '../../src/domain/jst';
import { TASK_QUEUE, WORKFLOW } from '../../src/temporal/ids';
import { perSecond } from './floor';
import type { GatewayRig } from './gateway-rig';
import { stock } from './life-shop';
import { shipOrders } from './shipping';

/** Whole lives of so many orders, all begun at once. */
export interface Lives {
  readonly orderNumbers: readonly string[];
  /**
   * How many of them came to their end in a second, until nine tenths had: the last ones mostly wait for Rakuten's
   * asynchronous report with nothing else left to do.
   */
  readonly perSecond: number;
  /** Orders that did not come to their end. */
  readonly unfinished: number;
}

const LIVES_MS = 300_000;
const SYNC_PAUSE_MS = 2_000;
const SHIP_PAUSE_MS = 250;
const NIGHT_PAUSE_MS = 1_000;
const DAY_MS = 86_400_000;
/** Orders like any other, only that nothing about them needs a person. */
const PLAIN = { settlementMethod: 1, remarks: '', wishedDate: false, gift: false };

/** Opens a shop whose worker and whose Rakuten limit nothing: everything that can wait for nobody does. */
export async function openEngineShop(rig: GatewayRig): Promise<string> {
  const shopId = `engine-${randomUUID().slice(0, 8)}`;
  await rig.openShop(shopId, {
    settings: {
      automaticOrderIntegration: true,
      automaticOrderConfirmation: true,
      automaticShippingInstructions: true,
      // A cycle of a minute makes every search, and the benchmark makes cycles without a pause.
      syncIntervalSeconds: 60,
    },
  });
  await stock(rig, shopId);
  return shopId;
}

/**
 * Buyers order, all at once; then the shop is synchronised, its parcels leave and Rakuten closes what was shipped, again
 * and again, so that no order waits for anything but its turn.
 */
export async function carryOrders(
  rig: GatewayRig,
  client: Client,
  shopId: string,
  count: number,
): Promise<Lives> {
  const began = Date.now();
  const orderNumbers = await rig.buy(shopId, count, PLAIN);
  const bought = Date.now();
  const stopping = new AbortController();
  const again = async (pauseMs: number, work: () => Promise<unknown>): Promise<void> => {
    while (!stopping.signal.aborted) {
      await work();
      await sleep(pauseMs);
    }
  };
  const sync = () =>
    client.workflow.execute(WORKFLOW.sync, {
      workflowId: `sync-bench/${randomUUID()}`,
      taskQueue: TASK_QUEUE,
      args: [{ shopId }],
    });
  const shipped = new Set<string>();
  const ship = async () => {
    const ready = (await inStage(rig, shopId, 'instructed', began)).filter((number) => !shipped.has(number));
    for (const number of ready) shipped.add(number);
    if (ready.length > 0) await shipOrders(rig.db, shopId, ready);
  };
  const night = () => rig.control('POST', '/night', { asOf: jstDay(new Date(Date.now() + DAY_MS)) });
  const watch = async () => {
    const done = (await inStage(rig, shopId, 'completed', began)).length;
    if (done >= count || Date.now() - began > LIVES_MS) stopping.abort();
  };
  await Promise.all([
    again(SYNC_PAUSE_MS, sync),
    again(SHIP_PAUSE_MS, ship),
    again(NIGHT_PAUSE_MS, night),
    again(SHIP_PAUSE_MS, watch),
  ]);
  const { rows } = await rig.pool.query<{ at: Date }>(
    `select finished_at as at from orders where shop_id = $1 and order_number = any($2) and stage = 'completed'`,
    [shopId, orderNumbers],
  );
  const tookMs = rows.map(({ at }) => at.getTime() - bought);
  return { orderNumbers, perSecond: perSecond(tookMs, count), unfinished: count - rows.length };
}

async function inStage(
  { pool }: GatewayRig,
  shopId: string,
  stage: string,
  since: number,
): Promise<string[]> {
  const { rows } = await pool.query<{ order_number: string }>(
    'select order_number from orders where shop_id = $1 and stage = $2 and created_at >= $3',
    [shopId, stage, new Date(since)],
  );
  return rows.map((row) => row.order_number);
}
