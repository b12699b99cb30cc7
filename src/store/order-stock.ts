import type { SQL } from 'drizzle-orm';
import { sql } from 'drizzle-orm';
import type { OrderLine, OrderRef } from '../domain/order';
import type { DueMovement, LineLedger, SkuDemand } from '../domain/stock';
import { dueMovements, reservable } from '../domain/stock';
import type { Transaction } from './database';
import type { NewMovement, StockPlace, StockRow } from './ledger';
import { book, lockBalances, MAIN_LOCATION, placeKey } from './ledger';

/** What an order's line should have reserved and consumed, per own SKU. */
export interface LineTarget {
  readonly line: OrderLine & { readonly basketId: string };
  /** Own SKUs for one unit of the line; empty when the pair is not linked. */
  readonly demand: readonly SkuDemand[];
  readonly held: number;
  readonly consumed: number;
}

/** What was booked for an order, and the SKUs of which too few could be reserved. */
export interface Bookings {
  readonly booked: readonly { kind: 'reserve' | 'release' | 'consume'; skuCode: string; quantity: number }[];
  readonly short: readonly string[];
}

/** What one line has done to the ledger of one SKU at one location so far. */
export interface LedgerEntry extends LineLedger, StockPlace {
  readonly basketId: string;
  readonly itemDetailId: string;
  readonly entries: number;
  /** Came back into stock after it was consumed. */
  readonly returned: number;
}

type LinePlace = Pick<LedgerEntry, 'basketId' | 'itemDetailId' | 'skuCode' | 'location'>;

/** The key of a line's movements of a SKU; of the usual location it is left out, as in movements that are older than others. */
const ledgerKey = ({ basketId, itemDetailId, skuCode, location }: LinePlace): string =>
  `${basketId}/${itemDetailId}/${skuCode}${location === MAIN_LOCATION ? '' : `@${location}`}`;

const nothingBooked = (place: LinePlace): LedgerEntry => ({
  ...place,
  ...{ reserved: 0, released: 0, consumed: 0, returned: 0, entries: 0 },
});

/** What an order has done to the ledger, a row per line and SKU with the names of `LedgerEntry`; `of` says which order. */
export const ledgerOf = (of: SQL): SQL => sql`
  select coalesce(basket_id, '') as "basketId", coalesce(item_detail_id, '') as "itemDetailId",
    sku_code as "skuCode", location, count(*)::int as entries,
    coalesce(sum(quantity) filter (where kind = 'reserve'), 0)::int as reserved,
    coalesce(sum(quantity) filter (where kind = 'release'), 0)::int as released,
    coalesce(sum(quantity) filter (where kind = 'consume'), 0)::int as consumed,
    coalesce(sum(quantity) filter (where kind = 'return'), 0)::int as returned
  from stock_movements where ${of} group by 1, 2, 3, 4`;

const readLedger = async (tx: Transaction, { shopId, orderNumber }: OrderRef): Promise<LedgerEntry[]> =>
  (
    await tx.execute<LedgerEntry & Record<string, unknown>>(
      ledgerOf(sql`shop_id = ${shopId} and order_number = ${orderNumber}`),
    )
  ).rows;

/** How the stock of an order is settled. */
export interface Settlement {
  /** Where its goods are kept. */
  readonly location: string;
  /** Reserve also what is not there, because a person said so. */
  readonly evenIfShort?: boolean;
  /** The goods were handed over for shipping: what a line stands for is what was reserved for it then. */
  readonly handedOver?: boolean;
  /** What the order has booked so far, where it was read already. */
  readonly ledger?: readonly LedgerEntry[];
}

/** Where the ledger of one line and SKU should be, and where it is. */
interface Wanted {
  readonly held: number;
  readonly consumed: number;
  readonly done: LedgerEntry;
}

/** What a line stands for: units of SKUs at locations for one unit of it. */
type PlacedDemand = StockPlace & { readonly units: number };

/**
 * What a line stands for by what was reserved for it, where that tells: a whole number of each SKU per unit. Its link
 * may have changed since it was handed over, but what leaves is what was packed.
 */
const packedOf = (units: number, entries: readonly LedgerEntry[]): PlacedDemand[] | undefined => {
  const packed = entries
    .map(({ skuCode, location, reserved, released }) => ({
      skuCode,
      location,
      units: (reserved - released) / units,
    }))
    .filter((part) => part.units > 0);
  return packed.length > 0 && packed.every((part) => Number.isInteger(part.units)) ? packed : undefined;
};

const isOf = (line: LineTarget['line'], entry: LedgerEntry): boolean =>
  entry.basketId === line.basketId && entry.itemDetailId === line.itemDetailId;

const isAt = (place: StockPlace, other: StockPlace): boolean =>
  place.skuCode === other.skuCode && place.location === other.location;

/**
 * What is wanted of each line and SKU, in the order of their places. What a line no longer stands for, because it was
 * removed or linked to another SKU, is given back; a line that left under its former link is not taken off again.
 */
const wantedOf = (
  targets: readonly LineTarget[],
  entries: readonly LedgerEntry[],
  { location, handedOver = false }: Settlement,
): Wanted[] => {
  const ledger = new Map(entries.map((entry) => [ledgerKey(entry), entry]));
  const wanted = targets.flatMap(({ line, demand, held, consumed }) => {
    const own = entries.filter((entry) => isOf(line, entry));
    const linked = demand.map((part) => ({ ...part, location }));
    const parts = (handedOver ? packedOf(line.units, own) : undefined) ?? linked;
    const leftAsOther = own.some((entry) => entry.consumed > 0 && !parts.some((part) => isAt(part, entry)));
    const { basketId, itemDetailId } = line;
    return (leftAsOther ? [] : parts).map(({ units, ...at }) => {
      const place = { basketId, itemDetailId, ...at };
      const done = ledger.get(ledgerKey(place)) ?? nothingBooked(place);
      return { held: held * units, consumed: consumed * units, done };
    });
  });
  const kept = new Set(wanted.map(({ done }) => ledgerKey(done)));
  const dropped = entries
    .filter((entry) => !kept.has(ledgerKey(entry)))
    .map((done) => ({ held: 0, consumed: done.consumed, done }));
  return [...wanted, ...dropped];
};

interface Due {
  readonly done: LedgerEntry;
  readonly due: readonly DueMovement[];
}

/** Splits what is due into what can be booked and the SKUs of which too few are there, line by line. */
const dealOut = (
  wanted: readonly Due[],
  balances: ReadonlyMap<string, StockRow>,
  evenIfShort: boolean,
): { bookable: Due[]; short: Set<string> } => {
  const free = new Map([...balances].map(([key, balance]) => [key, reservable(balance)]));
  const short = new Set<string>();
  const bookable = wanted.filter(({ done, due }) => {
    const key = placeKey(done);
    const promised = due.find(({ kind }) => kind === 'reserve')?.quantity ?? 0;
    const shipping = due.some(({ kind }) => kind === 'consume');
    const left = free.get(key) ?? 0;
    const mayFail = promised > 0 && balances.get(key)?.opened === true && !shipping && !evenIfShort;
    if (mayFail && left < promised) {
      short.add(done.skuCode);
      return false;
    }
    free.set(key, left - promised + (due.find(({ kind }) => kind === 'release')?.quantity ?? 0));
    return true;
  });
  return { bookable, short };
};

/** The movements of what is due. Each has a key of its own per line and SKU, so that none is booked twice. */
const movementsOf = (ref: OrderRef, bookable: readonly Due[]): NewMovement[] =>
  bookable.flatMap(({ done, due }) => {
    const { basketId, itemDetailId, skuCode, location, entries } = done;
    return due.map(({ kind, quantity }, index) => ({
      ...{ skuCode, location, kind, quantity, reason: 'order', actor: 'system' },
      of: { ...ref, basketId, itemDetailId },
      idempotencyKey: `${ref.shopId}/${ref.orderNumber}/${ledgerKey(done)}/${entries + index}`,
    }));
  });

/**
 * Brings the ledger of an order to its targets: reserves, releases and consumes what is missing and nothing else, so
 * that a repeat books nothing. A SKU whose balance is known reserves only what is there, unless `evenIfShort`. What is
 * given back wakes the orders that are held for it. Expects the order's row to be locked.
 */
export const settleStock = async (
  tx: Transaction,
  ref: OrderRef,
  targets: readonly LineTarget[],
  settlement: Settlement,
): Promise<Bookings> => {
  const entries = settlement.ledger ?? (await readLedger(tx, ref));
  const wanted = wantedOf(targets, entries, settlement)
    .map(({ done, ...target }) => ({ done, due: dueMovements(done, target) }))
    .filter(({ due }) => due.length > 0);
  if (wanted.length === 0) return { booked: [], short: [] };
  const balances = await lockBalances(
    tx,
    wanted.map(({ done }) => done),
  );
  const { bookable, short } = dealOut(wanted, balances, settlement.evenIfShort ?? false);
  await book(tx, movementsOf(ref, bookable));
  const booked = bookable.flatMap(({ done: { skuCode }, due }) =>
    due.map(({ kind, quantity }) => ({ kind, skuCode, quantity })),
  );
  return { booked, short: [...short].sort() };
};

/**
 * Takes everything that an order consumed back into stock, once: what came back already stays. What is back on sale
 * wakes the orders that are held for it. Expects the order's row to be locked. @returns what came back, by SKU
 */
export const returnConsumed = async (
  tx: Transaction,
  ref: OrderRef,
  actor: string,
): Promise<{ skuCode: string; quantity: number }[]> => {
  const back = (await readLedger(tx, ref)).filter(({ consumed, returned }) => consumed > returned);
  await lockBalances(tx, back);
  await book(
    tx,
    back.map((done) => {
      const { consumed, returned, entries, skuCode, location, basketId, itemDetailId } = done;
      return {
        ...{ skuCode, location, kind: 'return', quantity: consumed - returned },
        ...{ reason: 'cancelled after shipping', actor },
        of: { ...ref, basketId, itemDetailId },
        idempotencyKey: `${ref.shopId}/${ref.orderNumber}/${ledgerKey(done)}/${entries}`,
      };
    }),
  );
  return back.map(({ skuCode, consumed, returned }) => ({ skuCode, quantity: consumed - returned }));
};
