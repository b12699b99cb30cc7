import { sql } from 'drizzle-orm';
import type { Queryable } from './database';

/**
 * Takes the next free slot of a shop and API family. Slots are spaced by the row's own interval, which all worker
 * processes share; a process that dies loses at most the slots it had taken.
 * @param defaultIntervalMs spacing for a row that does not exist yet
 * @returns milliseconds until the slot begins
 */
export const takeSlot = async (
  db: Queryable,
  shopId: string,
  family: string,
  defaultIntervalMs: number,
): Promise<number> => {
  const { rows } = await db.execute<{ wait: string }>(sql`
    insert into rate_limits as r (shop_id, family, interval_ms, free_at)
    values (${shopId}, ${family}, ${defaultIntervalMs}, clock_timestamp() + ${defaultIntervalMs} * interval '1 millisecond')
    on conflict (shop_id, family) do update
      set free_at = greatest(r.free_at, clock_timestamp()) + r.interval_ms * interval '1 millisecond'
    returning extract(epoch from (free_at - interval_ms * interval '1 millisecond' - clock_timestamp())) * 1000 as wait`);
  return Math.max(0, Number(rows[0]?.wait ?? 0));
};

/** Keeps the next slot of a shop and family back by this much: Rakuten asked for less. */
export const delaySlots = async (
  db: Queryable,
  shopId: string,
  family: string,
  delayMs: number,
): Promise<void> => {
  await db.execute(sql`
    update rate_limits set free_at = greatest(free_at, clock_timestamp() + ${delayMs} * interval '1 millisecond')
    where shop_id = ${shopId} and family = ${family}`);
};

/** Lets the next slot of a shop and family begin no sooner than one interval from now. */
export const spaceFromNow = async (db: Queryable, shopId: string, family: string): Promise<void> => {
  await db.execute(sql`
    update rate_limits set free_at = greatest(free_at, clock_timestamp() + interval_ms * interval '1 millisecond')
    where shop_id = ${shopId} and family = ${family}`);
};

/** Sets the spacing of a shop and family, in milliseconds. */
export const setSpacing = async (
  db: Queryable,
  shopId: string,
  family: string,
  intervalMs: number,
): Promise<void> => {
  await db.execute(sql`
    insert into rate_limits (shop_id, family, interval_ms, free_at) values (${shopId}, ${family}, ${intervalMs}, now())
    on conflict (shop_id, family) do update set interval_ms = excluded.interval_ms`);
};
