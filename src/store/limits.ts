import { sql } from 'drizzle-orm';
import type { Queryable } from './database';
import type { CircuitCause } from './shop-schema';

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

/** In the place of a turn: the shop is parked, and why, since when. */
export interface Parked {
  readonly cause: CircuitCause;
  readonly since: Date;
}

/** Whether there is no turn because the shop is parked. */
export const isParked = (answer: object): answer is Parked => 'since' in answer;

/** The circuit of a shop as a row, or none for whoever may pass in spite of it. */
const circuitOf = (shopId: string, whileParked: boolean) =>
  sql`parked as materialized (
      select cause, opened_at from circuits where shop_id = ${shopId} and not ${whileParked}::boolean)`;

interface ParkedRow extends Record<string, unknown> {
  readonly cause: CircuitCause | null;
  readonly since: Date | string | null;
}
const parkedOf = ({ cause, since }: ParkedRow): Parked | undefined =>
  cause === null || since === null ? undefined : { cause, since: new Date(since) };

/**
 * Takes the next free slot of a shop and API family, unless the shop is parked. Slots keep the interval from each other that all worker
 * processes share; a process that dies loses at most the slots it had taken.
 * The shop's own rate is read in the same statement, so that a changed setting counts from the next slot.
 * @param pace the usual, before it was slowed down
 * @param whileParked whether a parked shop gives one too
 */
export const takeSlot = async (
  db: Queryable,
  shopId: string,
  family: string,
  { usualMs, atOneMs }: Pace,
  whileParked = false,
): Promise<Slot | Parked> => {
  const { rows } = await db.execute<SlotRow>(sql`
    with ${circuitOf(shopId, whileParked)}, pace as materialized (
      select coalesce(${atOneMs}::float8 / (
        select settings -> 'requestsPerSecond' ->> ${family} from shops where shop_id = ${shopId}
      )::float8, ${usualMs}::float8) as ms
    ), slot as (
      insert into rate_limits as r (shop_id, family, free_at)
      select ${shopId}, ${family}, clock_timestamp() + ms * interval '1 millisecond' from pace
      where not exists (select from parked)
      on conflict (shop_id, family) do update
        set free_at = greatest(r.free_at, clock_timestamp()) + (select ms from pace) * r.slowness * interval '1 millisecond'
      returning slowness, free_at
    )
    select slowness, ms as interval, cause, opened_at as since,
      extract(epoch from (free_at - ms * slowness * interval '1 millisecond' - clock_timestamp())) * 1000 as wait
    from pace left join slot on true left join parked on true`);
  const [row] = rows;
  const parked = row && parkedOf(row);
  if (parked !== undefined) return parked;
  if (row === undefined || row.wait === null || row.slowness === null)
    throw new Error(`No slot was given to shop ${shopId} for ${family}`);
  return { waitMs: Math.max(0, Number(row.wait)), slowness: row.slowness, intervalMs: row.interval };
};

interface SlotRow extends ParkedRow {
  readonly wait: string | null;
  readonly slowness: number | null;
  readonly interval: number;
}

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
 * when its slot came sends late, and the slots that were taken meanwhile do not know. A shop that was parked meanwhile
 * lets none leave.
 * @returns milliseconds until it may leave
 */
export const beginSending = async (
  db: Queryable,
  shopId: string,
  family: string,
  intervalMs: number,
  whileParked = false,
): Promise<{ readonly waitMs: number } | Parked> => {
  const { rows } = await db.execute<ParkedRow & { wait: string | null }>(sql`
    with ${circuitOf(shopId, whileParked)}, begun as (
      update rate_limits
      set sent_at = greatest(clock_timestamp(), sent_at + ${intervalMs}::float8 * slowness * interval '1 millisecond')
      where shop_id = ${shopId} and family = ${family} and not exists (select from parked)
      returning extract(epoch from (sent_at - clock_timestamp())) * 1000 as wait
    )
    select wait, cause, opened_at as since
    from (select) as one left join begun on true left join parked on true`);
  const [row] = rows;
  const parked = row && parkedOf(row);
  return parked ?? { waitMs: Math.max(0, Number(row?.wait ?? 0)) };
};

/** The request that was to leave earlier leaves now: whoever comes next keeps its distance from this moment. */
export const sendLate = async (db: Queryable, shopId: string, family: string): Promise<void> => {
  await db.execute(sql`
    update rate_limits set sent_at = greatest(sent_at, clock_timestamp())
    where shop_id = ${shopId} and family = ${family}`);
};
