import { sql } from 'drizzle-orm';
import type { Queryable } from './database';

/** Each time Rakuten asks for less the interval grows by this factor, up to the largest; success narrows it again. */
const WIDER = 1.5;
const WIDEST = 16;
const NARROWER = 0.9;

/** A turn at a shop's rate limit. */
export interface Slot {
  /** Milliseconds until the slot begins. */
  readonly waitMs: number;
  /** How many times its usual interval the family keeps at present; 1 is usual. */
  readonly slowness: number;
  /** That usual interval, in milliseconds. */
  readonly intervalMs: number;
}

/** How far slots of a family stand apart, in milliseconds. */
export interface Pace {
  /** Where the shop's settings name no rate of its own. */
  readonly usualMs: number;
  /** At one request a second; a rate of the shop's own divides it. */
  readonly atOneMs: number;
}

/**
 * Takes the next free slot of a shop and API family. Slots keep the interval from each other that all worker
 * processes share; a process that dies loses at most the slots it had taken.
 * The shop's own rate is read in the same statement, so that a changed setting counts from the next slot.
 * @param pace the usual, before it was slowed down
 */
export const takeSlot = async (
  db: Queryable,
  shopId: string,
  family: string,
  { usualMs, atOneMs }: Pace,
): Promise<Slot> => {
  const { rows } = await db.execute<{ wait: string; slowness: number; interval: number }>(sql`
    with pace as materialized (
      select coalesce(${atOneMs}::float8 / (
        select settings -> 'requestsPerSecond' ->> ${family} from shops where shop_id = ${shopId}
      )::float8, ${usualMs}::float8) as ms
    ), slot as (
      insert into rate_limits as r (shop_id, family, free_at)
      select ${shopId}, ${family}, clock_timestamp() + ms * interval '1 millisecond' from pace
      on conflict (shop_id, family) do update
        set free_at = greatest(r.free_at, clock_timestamp()) + (select ms from pace) * r.slowness * interval '1 millisecond'
      returning slowness, free_at
    )
    select slowness, ms as interval,
      extract(epoch from (free_at - ms * slowness * interval '1 millisecond' - clock_timestamp())) * 1000 as wait
    from slot, pace`);
  const [slot] = rows;
  if (slot === undefined) throw new Error(`No slot was given to shop ${shopId} for ${family}`);
  return { waitMs: Math.max(0, Number(slot.wait)), slowness: slot.slowness, intervalMs: slot.interval };
};

/** Rakuten asked for less: keeps the next slot back by this much and widens the interval from then on. */
export const slowDown = async (
  db: Queryable,
  shopId: string,
  family: string,
  pauseMs: number,
): Promise<void> => {
  await db.execute(sql`
    update rate_limits
    set free_at = greatest(free_at, clock_timestamp() + ${pauseMs}::float8 * interval '1 millisecond'),
        slowness = least(slowness * ${WIDER}, ${WIDEST})
    where shop_id = ${shopId} and family = ${family}`);
};

/** Rakuten serves again: narrows the interval by a step, down to the usual. */
export const speedUp = async (db: Queryable, shopId: string, family: string): Promise<void> => {
  await db.execute(sql`
    update rate_limits set slowness = greatest(slowness * ${NARROWER}, 1)
    where shop_id = ${shopId} and family = ${family}`);
};

/**
 * A request is about to leave, now or an interval after the one that really left before it: a process that was busy
 * when its slot came sends late, and the slots that were taken meanwhile do not know.
 * @returns milliseconds until it may leave
 */
export const beginSending = async (
  db: Queryable,
  shopId: string,
  family: string,
  intervalMs: number,
): Promise<number> => {
  const { rows } = await db.execute<{ wait: string }>(sql`
    update rate_limits
    set sent_at = greatest(clock_timestamp(), sent_at + ${intervalMs}::float8 * slowness * interval '1 millisecond')
    where shop_id = ${shopId} and family = ${family}
    returning extract(epoch from (sent_at - clock_timestamp())) * 1000 as wait`);
  return Math.max(0, Number(rows[0]?.wait ?? 0));
};

/** The request that was to leave earlier leaves now: whoever comes next keeps its distance from this moment. */
export const sendLate = async (db: Queryable, shopId: string, family: string): Promise<void> => {
  await db.execute(sql`
    update rate_limits set sent_at = greatest(sent_at, clock_timestamp())
    where shop_id = ${shopId} and family = ${family}`);
};
