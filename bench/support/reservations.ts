import { performance } from 'node:perf_hooks';
import type { Pool } from 'pg';
import type { OrderRef } from '../../src/domain/order';
import type { Database } from '../../src/store/database';
import { settleStock } from '../../src/store/order-stock';
import { lockOrder } from '../../src/store/orders';
import type { Figure } from './figures';
import { seededCode } from './stock-seed';

/** As many as a worker's pool has connections. */
const AT_ONCE = 10;
const SECONDS = 8;
const ROUNDS = 3;
const MIN_PER_SECOND = 1000;
/** What the machine's floor excuses: the least that a reservation can be is one transaction with its commit. */
const MIN_OF_FLOOR = 0.5;

/** How many a second of what `work` does, by so many at once for some seconds; `n` counts up over all of them. */
async function rate(
  from: number,
  work: (n: number) => Promise<void>,
): Promise<{ perSecond: number; next: number }> {
  let n = from;
  const began = performance.now();
  const end = began + SECONDS * 1000;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (performance.now() < end) {
        n += 1;
        await work(n);
      }
    }),
  );
  return { perSecond: (1000 * (n - from)) / (performance.now() - began), next: n };
}

/** A reservation as an order's assessment makes it, behind the order's lock. */
const reserve = (db: Database, ref: OrderRef, skuCode: string): Promise<void> =>
  db.transaction(async (tx) => {
    await lockOrder(tx, ref);
    const line = { itemDetailId: '1', manageNumber: '', variantId: '', name: '', units: 1, basketId: '1' };
    await settleStock(tx, ref, [{ line, demand: [{ skuCode, units: 1 }], held: 1, consumed: 0 }], {
      location: 'main',
      // An assessment has read the order's file already, its ledger with it.
      ledger: [],
    });
  });

/** The least: one transaction that takes a lock, writes a row and counts it, in plain SQL on the same pool. */
async function bare(pool: Pool, ref: OrderRef, skuCode: string): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select 1 from orders where shop_id = $1 and order_number = $2 for update', [
      ref.shopId,
      ref.orderNumber,
    ]);
    await client.query(
      `with counted as (update bench_balances set reserved = reserved + 1 where sku_code = $1 returning sku_code)
       insert into bench_movements (sku_code, order_number) select sku_code, $2 from counted`,
      [skuCode, ref.orderNumber],
    );
    await client.query('commit');
  } finally {
    client.release();
  }
}

/**
 * Reservations a second of as many orders, each of another SKU or now and then of the same, beside bare transactions
 * in turn with them. Expects `skus` seeded ones, with stock for all of them.
 */
export async function reservations({
  db,
  pool,
  shopId,
  skus,
}: {
  db: Database;
  pool: Pool;
  shopId: string;
  skus: number;
}): Promise<Figure[]> {
  const most = ROUNDS * SECONDS * 6_000;
  await pool.query(
    `insert into orders (shop_id, order_number, stage) select $1, 'bench-' || n, 'imported' from generate_series(1, $2) n`,
    [shopId, most],
  );
  await pool.query('update stock_balances set on_hand = 1000000 where sku_code like $1', ['SEED-%']);
  await pool.query('create table bench_balances (sku_code text primary key, reserved int not null)');
  await pool.query(
    'create table bench_movements (id bigserial primary key, sku_code text not null, order_number text not null)',
  );
  await pool.query(`insert into bench_balances select sku_code, 0 from skus where sku_code like 'SEED-%'`);
  const skuOf = (n: number): string => seededCode(1 + ((n * 7919) % skus));
  const refOf = (n: number): OrderRef => ({ shopId, orderNumber: `bench-${n}` });
  const own: number[] = [];
  const floor: number[] = [];
  let next = 0;
  let nextBare = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const reserved = await rate(next, (n) => reserve(db, refOf(n), skuOf(n)));
    const plain = await rate(nextBare, (n) => bare(pool, refOf(n), skuOf(n)));
    own.push(reserved.perSecond);
    floor.push(plain.perSecond);
    ({ next } = reserved);
    nextBare = plain.next;
  }
  const best = Math.max(...own);
  const least = Math.max(...floor);
  const aim = Math.min(MIN_PER_SECOND, MIN_OF_FLOOR * least);
  const rounds = (values: readonly number[]) => values.map((value) => value.toFixed(0)).join(', ');
  return [
    { what: 'bare transactions a second', value: least, unit: '/s', detail: `rounds ${rounds(floor)}` },
    {
      what: 'reservations a second',
      value: best,
      unit: '/s',
      floor: least,
      aim: { atLeast: aim },
      detail: `rounds ${rounds(own)}; aim 1,000, or half of what bare transactions reach here`,
    },
  ];
}
