import type { Client } from '@temporalio/client';
import { resume, stop } from '../../src/store/stops';
import type { BareShape } from './bare-workflow';
import { type History, historyOf, median } from './engine-history';
import type { BareKind } from './floor';
import type { GatewayRig, JournalCall } from './gateway-rig';
import { stock, untilNone } from './life-shop';
import { step } from './report';

/** What an outage left to be done, and how it was done. */
export interface Drained {
  /** Orders that were here before the outage, unconfirmed, and whose workflows were parked by it. */
  readonly known: readonly string[];
  /** Orders that buyers placed during the outage. */
  readonly fresh: readonly string[];
  readonly all: readonly string[];
  /** When Rakuten answered again. */
  readonly backAt: Date;
  /** All calls from then until the last order was stored as confirmed. */
  readonly calls: readonly JournalCall[];
  /** Seconds until PostgreSQL had all orders where nothing but Rakuten moves them. */
  readonly settledSeconds: number;
  readonly unsettled: readonly string[];
  /** The day by which each order is wanted, `YYYY-MM-DD`. */
  readonly wantedOn: ReadonlyMap<string, string>;
  /** What the workflow of one order in the middle did since Rakuten was back. */
  readonly shapes: { readonly known: BareShape; readonly fresh: BareShape };
}

const SHOP = 'drain';
/** Orders like any other, wanted on days from three to eight ahead, and nothing about them needs a person. */
const WANTED = { settlementMethod: 1, remarks: '', wishedDate: true, gift: false };
const SETTLED = ['awaiting_rakuten'];
const PREPARE_SECONDS = 45 * 60;
const DRAIN_SECONDS = 45 * 60;
/** Histories are alike: these tell what the one in the middle is. */
const SAMPLE = 50;

/** Opens a shop that does everything by itself; Rakuten releases none of what it confirms, so that confirmed orders rest. */
export async function openDrainShop(rig: GatewayRig, syncIntervalSeconds: number): Promise<string> {
  await rig.openShop(SHOP, {
    settings: {
      automaticOrderIntegration: true,
      automaticOrderConfirmation: true,
      automaticShippingInstructions: true,
      syncIntervalSeconds,
    },
  });
  await stock(rig, SHOP);
  return SHOP;
}

/**
 * Half of the orders come in and are kept from being confirmed by the stop switch; Rakuten goes away; the switch is
 * lifted, so that they try and are parked; the other half is placed meanwhile. Then Rakuten is back, and all are
 * waited for.
 * @param probes how many probes of the parked shop the outage lasts at least
 */
export async function drainShop(
  rig: GatewayRig,
  client: Client,
  shopId: string,
  { orders, probes }: { readonly orders: number; readonly probes: number },
): Promise<Drained> {
  const half = Math.floor(orders / 2);
  step(`${half} orders come in`);
  await stop(rig.db, shopId, { reason: 'before the outage', stoppedBy: 'bench' });
  const known = await rig.buy(shopId, half, WANTED);
  await reached(() => notParked(rig, shopId, known, 'stopped'));
  step('Rakuten goes away');
  await rig.control('POST', '/faults', { operation: '*', kind: 'maintenance', shopCode: shopId });
  await resume(rig.db, shopId);
  await reached(() => notParked(rig, shopId, known, 'rakuten_unavailable'));
  const fresh = await rig.buy(shopId, orders - half, WANTED);
  await reached(() => probesMissing(rig, shopId, probes));
  step('Rakuten is back');
  const backAt = new Date();
  await rig.control('DELETE', '/faults?kind=maintenance');
  const all = [...known, ...fresh];
  const unsettled = await untilNone(() => unsettledOf(rig, shopId, all), DRAIN_SECONDS);
  const settledSeconds = (Date.now() - backAt.getTime()) / 1000;
  step(`settled after ${settledSeconds.toFixed(1)} s`);
  const shapeOf = async (numbers: readonly string[]) =>
    median(await sampled(client, shopId, numbers, backAt)).shape;
  return {
    ...{ known, fresh, all, backAt, settledSeconds, unsettled },
    calls: await rig.journal(shopId, backAt),
    wantedOn: await wantedOn(rig, shopId),
    shapes: { known: await shapeOf(known), fresh: await shapeOf(fresh) },
  };
}

/** As many bare workflows as orders waited, of the shape of what was left to do for them. */
export const bareKindsOf = ({ known, fresh, shapes }: Drained): BareKind[] => [
  { shape: shapes.known, count: known.length, waiting: true },
  { shape: shapes.fresh, count: fresh.length, waiting: false },
];

const reached = async (left: () => Promise<readonly unknown[]>): Promise<void> => {
  const rest = await untilNone(left, PREPARE_SECONDS);
  if (rest.length > 0) throw new Error(`the outage could not be prepared: ${rest.length} are missing`);
};

const notParked = async (
  { pool }: GatewayRig,
  shopId: string,
  numbers: readonly string[],
  cause: string,
): Promise<string[]> => {
  const { rows } = await pool.query<{ order_number: string }>(
    `select n as order_number from unnest($2::text[]) n
     where not exists (select 1 from orders where shop_id = $1 and order_number = n and parked = $3)`,
    [shopId, numbers, cause],
  );
  return rows.map((row) => row.order_number);
};

const probesMissing = async ({ pool }: GatewayRig, shopId: string, probes: number): Promise<unknown[]> => {
  const { rows } = await pool.query(`select 1 from circuits where shop_id = $1 and probes >= $2`, [
    shopId,
    probes,
  ]);
  return rows.length > 0 ? [] : ['probes'];
};

const unsettledOf = async (
  { pool }: GatewayRig,
  shopId: string,
  numbers: readonly string[],
): Promise<string[]> => {
  const { rows } = await pool.query<{ order_number: string }>(
    'select order_number from orders where shop_id = $1 and stage = any($2) and parked is null',
    [shopId, SETTLED],
  );
  const settled = new Set(rows.map((row) => row.order_number));
  return numbers.filter((number) => !settled.has(number));
};

const wantedOn = async ({ pool }: GatewayRig, shopId: string): Promise<ReadonlyMap<string, string>> => {
  const { rows } = await pool.query<{ order_number: string; wanted: string }>(
    `select order_number, facts->>'deliveryDate' as wanted from orders where shop_id = $1`,
    [shopId],
  );
  return new Map(rows.map((row) => [row.order_number, row.wanted]));
};

const sampled = (
  client: Client,
  shopId: string,
  numbers: readonly string[],
  since: Date,
): Promise<History[]> => {
  const every = Math.max(1, Math.floor(numbers.length / SAMPLE));
  const some = numbers.filter((_, index) => index % every === 0);
  return Promise.all(some.map((number) => historyOf(client, shopId, number, since)));
};
