import { sql } from 'drizzle-orm';
import type { Database } from '../../src/store/database';

/** A statement is bounded to 30 seconds; so many SKUs take a few of them. */
const CHUNK = 20_000;
/** SKUs of one item. */
const PER_ITEM = 5;
const MOST_ON_HAND = 50;

/** The code of the n-th seeded SKU, from 1. */
export const seededCode = (n: number): string => `SEED-${String(n).padStart(7, '0')}`;

/**
 * Creates SKUs `SEED-0000001` and on, five to an item (`seed-0000000`, `v0` to `v4`), linked in a shop, each with a
 * balance at the main location that one `receive` gave it. What is there already stays, so that more can be seeded
 * later. Nothing is published by this: no SKU is marked as changed.
 */
export async function seedStock(
  db: Database,
  { shopId, skus }: { readonly shopId: string; readonly skus: number },
): Promise<void> {
  for (let from = 1; from <= skus; from += CHUNK)
    await seedChunk(db, shopId, from, Math.min(skus, from + CHUNK - 1));
  await db.execute(sql`analyze skus, sku_links, stock_balances, stock_movements`);
}

const seedChunk = (db: Database, shopId: string, from: number, to: number): Promise<void> =>
  db.transaction(async (tx) => {
    const seeded = sql`(
      select 'SEED-' || lpad(n::text, 7, '0') as code, 1 + n % ${MOST_ON_HAND}::int as units,
        'seed-' || lpad((n / ${PER_ITEM}::int)::text, 7, '0') as manage_number, 'v' || n % ${PER_ITEM}::int as variant_id
      from generate_series(${from}::int, ${to}::int) n) s`;
    await tx.execute(sql`
      insert into skus (sku_code, name) select code, 'Seeded ' || code from ${seeded} on conflict do nothing`);
    await tx.execute(sql`
      insert into sku_links (shop_id, manage_number, variant_id, sku_code)
      select ${shopId}, manage_number, variant_id, code from ${seeded} on conflict do nothing`);
    await tx.execute(sql`
      with fresh as (
        insert into stock_balances (sku_code, location, on_hand, opened)
        select code, 'main', units, true from ${seeded} on conflict do nothing returning sku_code, location, on_hand)
      insert into stock_movements (sku_code, location, kind, quantity, reason, actor)
      select sku_code, location, 'receive', on_hand, 'seeded', 'bench' from fresh order by sku_code`);
  });
