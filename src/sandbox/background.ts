import { setTimeout as sleep } from 'node:timers/promises';
import { carryOutAsyncShipping } from './async-shipping';
import type { Books } from './books';
import type { Clock } from './clock';
import { makeOrder } from './generator';
import { addDays, DAY_MS, jstDate } from './japan-time';
import { deliverEvents } from './outbox';
import { readSetting, type SettingsBook, writeSetting } from './settings';
import { findShop } from './shops';
import { makeDueMoves, runNight } from './transitions';
import { shipDueOrders, type WarehouseOptions } from './warehouse';

/** What happens by itself. */
export interface Background {
  /** Does all that is due now, and gives what was done. Calls that come meanwhile wait their turn. */
  tick(): Promise<TickReport>;
  /** Stops the loop; resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

/** What one tick did. */
interface TickReport {
  readonly moved: number;
  /** The ids of the asynchronous shipping reports that were carried out. */
  readonly carriedOut: readonly string[];
  readonly closed: readonly string[];
  readonly created: readonly string[];
  readonly shipped: number;
  readonly delivered: number;
}

/** What the background works with. */
export interface BackgroundParts {
  readonly books: Books;
  readonly clock: Clock;
  readonly settings: SettingsBook;
  readonly warehouse: WarehouseOptions | undefined;
  readonly log: (line: string) => void;
}

/** The nightly job begins a few minutes after midnight: the recorded completion dates say so (order reference §7.3). */
const NIGHT_MINUTES_AFTER_MIDNIGHT = 5;

/** Starts the one loop behind transitions, nights, new orders, the warehouse and its events. */
export const startBackground = (parts: BackgroundParts): Background => {
  const stopping = new AbortController();
  let turn: Promise<unknown> = Promise.resolve();
  const tick = (): Promise<TickReport> => {
    const next = turn.then(() => tickOnce(parts));
    // A failed tick is its caller's to report; the next one runs all the same.
    turn = next.catch(() => undefined);
    return next;
  };
  const loop = runLoop(parts, tick, stopping.signal);
  return {
    tick,
    stop: async () => {
      stopping.abort();
      await loop;
      await turn;
    },
  };
};

const runLoop = async (
  { settings, log }: BackgroundParts,
  tick: () => Promise<TickReport>,
  signal: AbortSignal,
): Promise<void> => {
  while (!signal.aborted) {
    // An aborted pause is the order to stop, which the loop's condition reads.
    await sleep(settings.current().tickEveryMs, undefined, { signal }).catch(() => undefined);
    // Read after the pause: a loop that was switched off meanwhile does nothing more.
    if (!settings.current().autoTick || signal.aborted) continue;
    await tick().catch((error: unknown) =>
      log(`sandbox: a tick failed and will be repeated: ${String(error)}`),
    );
  }
};

const tickOnce = async (parts: BackgroundParts): Promise<TickReport> => {
  const { books, clock, settings, warehouse } = parts;
  const now = clock.now();
  const created = await generate(parts, now);
  const moved = await makeDueMoves(books, now, settings.current());
  const carriedOut = await carryOutAsyncShipping(books, { due: now }, now);
  const closed = await nightIfDue(parts, now);
  const shipped = await shipDueOrders(books, now, settings.current(), warehouse !== undefined);
  const delivered = warehouse === undefined ? 0 : await deliverEvents(books, warehouse);
  await books.query(
    `DELETE FROM stock WHERE updated < $1 AND NOT EXISTS (SELECT FROM skus
       WHERE (skus.shop_code, skus.manage_number, skus.variant_id) = (stock.shop_code, stock.manage_number, stock.variant_id))`,
    // Stock of a SKU that does not exist is purged a day after its last change (inventory reference §3.2.2).
    [new Date(now.getTime() - DAY_MS)],
  );
  return { moved, carriedOut, closed, created, shipped, delivered };
};

const generate = async ({ books, settings }: BackgroundParts, now: Date): Promise<string[]> => {
  const { enabled, shopCode, seed, everySeconds, maxOpen, maxTotal } = settings.current().generator;
  if (!enabled) return [];
  return books.transaction(async (db) => {
    const shop = await findShop(db, shopCode);
    const last = await readSetting<string>(db, 'lastGenerated');
    const due = last === undefined || now.getTime() - Date.parse(last) >= everySeconds * 1000;
    if (shop === undefined || !due) return [];
    await writeSetting(db, 'lastGenerated', now.toISOString());
    const { rows } = await db.query<{ total: number; open: number }>(
      `SELECT count(*)::int AS total, count(*) FILTER (WHERE progress < 500)::int AS open
       FROM orders WHERE shop_code = $1`,
      [shopCode],
    );
    const counts = rows[0] ?? { total: 0, open: 0 };
    if (counts.total >= maxTotal || counts.open >= maxOpen) return [];
    return [await makeOrder(db, shop, seed + counts.total, {}, now)];
  });
};

const nightIfDue = async ({ books, settings }: BackgroundParts, now: Date): Promise<string[]> => {
  const { night, nightEverySeconds, nightClosesToday } = settings.current();
  if (night === 'on_request') return [];
  const today = jstDate(now);
  const last = await readSetting<string>(books, 'lastNight');
  const due =
    last === undefined ||
    (night === 'midnight'
      ? nightOf(new Date(last)) < nightOf(now)
      : now.getTime() - Date.parse(last) >= nightEverySeconds * 1000);
  if (!due) return [];
  const closed = await runNight(books, nightClosesToday ? addDays(today, 1) : today, now);
  await writeSetting(books, 'lastNight', now.toISOString());
  return closed;
};

/** The day whose night an instant belongs to; a night lasts until the next one begins. */
const nightOf = (at: Date): string => jstDate(new Date(at.getTime() - NIGHT_MINUTES_AFTER_MIDNIGHT * 60_000));
