import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { RequestsPerSecond } from '../../src/domain/rate-limits';
import { DEMO_SHOP } from '../../src/sandbox';
import type { OpenDatabase } from '../../src/store/database';
import { changeSettings } from '../../src/store/shops';
import { orderWorkflowId } from '../../src/temporal/ids';
import type { TestInstance } from '../../test/support/instance';
import { type callersOf, REAL_SHOP } from '../../test/support/real-shop';

/** What the measurements of one instance work with. */
export interface Bench {
  readonly instance: TestInstance;
  readonly control: Awaited<ReturnType<typeof callersOf>>['control'];
  readonly database: OpenDatabase;
  readonly client: Client;
  /** Host and port of the Temporal server. */
  readonly temporal: string;
}

/** How many requests a second the sandbox lets a shop make, and Okuri makes. */
export interface Limit {
  readonly perSecond: number;
  /** The inventory functions have this limit, too; otherwise they keep theirs. */
  readonly inventory: boolean;
}

/** The limits that are measured. */
export const LIMITS = {
  rakuten: { perSecond: 1, inventory: false },
  demo: { perSecond: 5, inventory: false },
  none: { perSecond: 1000, inventory: true },
} as const satisfies Record<string, Limit>;

const POLL_MS = 500;
const SHOPS = [REAL_SHOP.shopId, DEMO_SHOP.shopCode];

/** Sets the limit of the order API at both ends; without any limit that of the inventory API, too. */
export async function setLimit({ control, database }: Bench, limit: Limit): Promise<void> {
  const { perSecond, inventory } = limit;
  await control('PUT', '/control/settings', {
    // The sandbox has room to spare where there is to be no limit.
    orderRequestsPerSecond: inventory ? 10 * perSecond : perSecond,
    ...(inventory && { inventoryReadsPerSecond: 10 * perSecond, inventoryWritesPerSecond: 10 * perSecond }),
  });
  const requestsPerSecond: RequestsPerSecond = {
    order: perSecond,
    ...(inventory && { 'inventories.bulk.get': perSecond, 'inventories.bulk.upsert': perSecond }),
  };
  for (const shopId of SHOPS) await changeSettings(database.db, shopId, { requestsPerSecond });
}

/** Buyers order, all at once; each order is another one. @returns the order numbers */
export async function buyAtOnce({ control }: Bench, count: number, seed: number): Promise<string[]> {
  const { orderNumbers } = await control<{ orderNumbers: string[] }>(
    'POST',
    `/control/shops/${REAL_SHOP.shopId}/orders`,
    { count, seed },
  );
  return orderNumbers;
}

/** Buyers order one after the other. @returns the order numbers */
export async function buyInTurn(
  bench: Bench,
  { count, everyMs, seed }: { count: number; everyMs: number; seed: number },
): Promise<string[]> {
  const numbers: string[] = [];
  for (let index = 0; index < count; index += 1) {
    if (index > 0) await sleep(everyMs);
    numbers.push(...(await buyAtOnce(bench, 1, seed + index)));
  }
  return numbers;
}

/** One call as the sandbox has written it down. */
export interface JournalCall {
  readonly at: string;
  readonly operation: string;
  readonly httpStatus: number;
  readonly durationMs: number;
  readonly changes: readonly { readonly kind: string; readonly orderNumber?: string }[];
}

/** The shop's calls as the sandbox has written them down, oldest first. */
export async function journal({ control }: Bench, since?: Date): Promise<readonly JournalCall[]> {
  const query = new URLSearchParams({ shop: REAL_SHOP.shopId, limit: '100000' });
  if (since !== undefined) query.set('since', since.toISOString());
  return (await control<{ calls: JournalCall[] }>('GET', `/control/journal?${query}`)).calls;
}

/** When each order was confirmed, in milliseconds since the epoch; an order that was confirmed twice has two times. */
export function confirmationsOf(calls: readonly JournalCall[]): ReadonlyMap<string, readonly number[]> {
  const times = new Map<string, number[]>();
  for (const { at, durationMs, changes } of calls)
    for (const { kind, orderNumber } of changes)
      if (kind === 'confirmed' && orderNumber !== undefined)
        times.set(orderNumber, [...(times.get(orderNumber) ?? []), Date.parse(at) + durationMs]);
  return times;
}

/** When each order of the shop appeared, in milliseconds since the epoch. */
export async function appearances({ control }: Bench): Promise<ReadonlyMap<string, number>> {
  const { orders } = await control<{ orders: { orderNumber: string; appearedAt: string }[] }>(
    'GET',
    `/control/orders?shop=${REAL_SHOP.shopId}`,
  );
  return new Map(orders.map(({ orderNumber, appearedAt }) => [orderNumber, Date.parse(appearedAt)]));
}

/** Waits until all these orders stand in one of these stages; gives those that still do not after a minute and a half. */
export async function stragglers(
  { database }: Bench,
  numbers: readonly string[],
  stages: readonly string[],
): Promise<string[]> {
  const end = Date.now() + 90_000;
  for (;;) {
    const { rows } = await database.pool.query<{ order_number: string }>(
      'select order_number from orders where shop_id = $1 and stage = any($2)',
      [REAL_SHOP.shopId, stages],
    );
    const there = new Set(rows.map((row) => row.order_number));
    const missing = numbers.filter((number) => !there.has(number));
    if (missing.length === 0 || Date.now() > end) return missing;
    await sleep(POLL_MS);
  }
}

/** When the last parcel of each order was seen at Rakuten, in milliseconds since the epoch. */
export async function reportTimes({ database }: Bench, numbers: readonly string[]): Promise<number[]> {
  const { rows } = await database.pool.query<{ at: Date }>(
    `select max(reported_at) as at from shipments where shop_id = $1 and order_number = any($2)
     group by order_number having count(*) = count(reported_at)`,
    [REAL_SHOP.shopId, numbers],
  );
  return rows.map(({ at }) => at.getTime());
}

/** The length of each order's history in Temporal. */
export function historyLengths({ client }: Bench, numbers: readonly string[]): Promise<number[]> {
  return Promise.all(
    numbers.map(async (orderNumber) => {
      const workflowId = orderWorkflowId({ shopId: REAL_SHOP.shopId, orderNumber });
      return (await client.workflow.getHandle(workflowId).describe()).historyLength;
    }),
  );
}
