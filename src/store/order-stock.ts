import type { SQL } from 'drizzle-orm';
import { sql } from 'drizzle-orm';
import type { OrderLine, OrderRef } from '../domain/order';
import type { LineLedger, SkuDemand } from '../domain/stock';
import { available, dueMovements } from '../domain/stock';
import type { Transaction } from './database';
import { book, heldForShortage, lockBalance, MAIN_LOCATION, markDirty } from './ledger';
import { wakeOrders } from './outbox';

/** What an order's line should have reserved and consumed, per own SKU. */
export interface LineTarget {
  readonly line: OrderLine & { readonly basketId: string };
  /** Own SKUs for one unit of the line; empty when the pair is not linked. */
  readonly demand: readonly SkuDemand[];
  readonly held: number;
  readonly consumed: number;
}

/** What was booked for an order, and the SKUs of which too few could be promised. */
export interface Bookings {
  readonly booked: readonly { kind: 'reserve' | 'release' | 'consume'; skuCode: string; quantity: number }[];
  readonly short: readonly string[];
}

/** What one line has done to the ledger of one SKU so far. */
export interface LedgerEntry extends LineLedger {
  readonly basketId: string;
  readonly itemDetailId: string;
  readonly skuCode: string;
  readonly entries: number;
  /** Came back into stock after it was consumed. */
  readonly returned: number;
}

type LineSku = Pick<LedgerEntry, 'basketId' | 'itemDetailId' | 'skuCode'>;

const ledgerKey = ({ basketId, itemDetailId, skuCode }: LineSku): string =>
  `${basketId}/${itemDetailId}/${skuCode}`;

const nothingBooked = ({ basketId, itemDetailId, skuCode }: LineSku): LedgerEntry => ({
  ...{ basketId, itemDetailId, skuCode },
  ...{ reserved: 0, released: 0, consumed: 0, returned: 0, entries: 0 },
});

/** What an order has done to the ledger, a row per line and SKU with the names of `LedgerEntry`; `of` says which order. */
export const ledgerOf = (of: SQL): SQL => sql`
  select coalesce(basket_id, '') as "basketId", coalesce(item_detail_id, '') as "itemDetailId",
    sku_code as "skuCode", count(*)::int as entries,
    coalesce(sum(quantity) filter (where kind = 'reserve'), 0)::int as reserved,
    coalesce(sum(quantity) filter (where kind = 'release'), 0)::int as released,
    coalesce(sum(quantity) filter (where kind = 'consume'), 0)::int as consumed,
    coalesce(sum(quantity) filter (where kind = 'return'), 0)::int as returned
  from stock_movements where ${of} group by 1, 2, 3`;

const readLedger = async (tx: Transaction, { shopId, orderNumber }: OrderRef): Promise<LedgerEntry[]> =>
  (
    await tx.execute<LedgerEntry & Record<string, unknown>>(
      ledgerOf(sql`shop_id = ${shopId} and order_number = ${orderNumber}`),
    )
  ).rows;

/** Where the ledger of one line and SKU should be, and where it is. */
interface Wanted {
  readonly held: number;
  readonly consumed: number;
  readonly done: LedgerEntry;
}

/**
 * What is wanted of each line and SKU, in the order of SKU codes. What a line no longer stands for, because it was
 * removed or linked to another SKU, is given back; a line that left under its former link is not taken off again.
 */
const wantedOf = (targets: readonly LineTarget[], entries: readonly LedgerEntry[]): Wanted[] => {
  const ledger = new Map(entries.map((entry) => [ledgerKey(entry), entry]));
  const wanted = targets.flatMap(({ line: { basketId, itemDetailId }, demand, held, consumed }) => {
    const leftAsOther = entries.some(
      (entry) =>
        entry.consumed > 0 &&
        entry.basketId === basketId &&
        entry.itemDetailId === itemDetailId &&
        !demand.some((part) => part.skuCode === entry.skuCode),
    );
    return (leftAsOther ? [] : demand).map(({ skuCode, units }) => {
      const place = { basketId, itemDetailId, skuCode };
      const done = ledger.get(ledgerKey(place)) ?? nothingBooked(place);
      return { held: held * units, consumed: consumed * units, done };
    });
  });
  const kept = new Set(wanted.map(({ done }) => ledgerKey(done)));
  const dropped = entries
    .filter((entry) => !kept.has(ledgerKey(entry)))
    .map((done) => ({ held: 0, consumed: done.consumed, done }));
  return [...wanted, ...dropped].sort((a, b) => (a.done.skuCode < b.done.skuCode ? -1 : 1));
};

/**
 * Brings the ledger of an order to its targets: reserves, releases and consumes what is missing and nothing else, so
 * that a repeat books nothing. A SKU whose balance is known reserves only what is there, unless `evenIfShort`. What is
 * given back wakes the orders that are held for it. `ledger`: what the order has booked so far, where it was read already.
 * Expects the order's row to be locked; balances are locked in the order of their codes, so that orders do not deadlock.
 */
export const settleStock = async (
  tx: Transaction,
  ref: OrderRef,
  targets: readonly LineTarget[],
  evenIfShort: boolean,
  ledger?: readonly LedgerEntry[],
): Promise<Bookings> => {
  const booked: Bookings['booked'][number][] = [];
  const short = new Set<string>();
  for (const { done, ...target } of wantedOf(targets, ledger ?? (await readLedger(tx, ref)))) {
    const due = dueMovements(done, target);
    if (due.length === 0) continue;
    const { basketId, itemDetailId, skuCode } = done;
    const balance = await lockBalance(tx, skuCode, MAIN_LOCATION);
    const promised = due.find((movement) => movement.kind === 'reserve')?.quantity ?? 0;
    const shipping = due.some((movement) => movement.kind === 'consume');
    if (promised > 0 && balance.opened && available(balance) < promised && !shipping && !evenIfShort) {
      short.add(skuCode);
      continue;
    }
    for (const [index, { kind, quantity }] of due.entries()) {
      await book(tx, {
        ...{ skuCode, location: MAIN_LOCATION, kind, quantity, reason: 'order', actor: 'system' },
        of: { ...ref, basketId, itemDetailId },
        idempotencyKey: `${ref.shopId}/${ref.orderNumber}/${ledgerKey(done)}/${done.entries + index}`,
      });
      booked.push({ kind, skuCode, quantity });
    }
    const kinds = due.map((movement) => movement.kind);
    await markDirty(tx, skuCode, kinds);
    if (kinds.includes('release')) await wakeOrders(tx, await heldForShortage(tx, skuCode));
  }
  return { booked, short: [...short] };
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
  const back: { skuCode: string; quantity: number }[] = [];
  const entries = (await readLedger(tx, ref)).sort((a, b) => (a.skuCode < b.skuCode ? -1 : 1));
  for (const { consumed, returned, entries: booked, ...place } of entries) {
    const quantity = consumed - returned;
    if (quantity <= 0) continue;
    const { skuCode, basketId, itemDetailId } = place;
    await lockBalance(tx, skuCode, MAIN_LOCATION);
    await book(tx, {
      ...{
        skuCode,
        location: MAIN_LOCATION,
        kind: 'return',
        quantity,
        reason: 'cancelled after shipping',
        actor,
      },
      of: { ...ref, basketId, itemDetailId },
      idempotencyKey: `${ref.shopId}/${ref.orderNumber}/${ledgerKey(place)}/${booked}`,
    });
    back.push({ skuCode, quantity });
    await markDirty(tx, skuCode, ['return']);
    await wakeOrders(tx, await heldForShortage(tx, skuCode));
  }
  return back;
};
