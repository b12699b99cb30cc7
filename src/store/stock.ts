import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm';
import type { OrderLine, OrderRef } from '../domain/order';
import type { Balance, LineLedger, MovementKind, SkuDemand } from '../domain/stock';
import { available, dueMovements, type MANUAL_KINDS, MOVEMENT_EFFECT } from '../domain/stock';
import type { Database, Queryable, Transaction } from './database';
import { wakeOrders } from './outbox';
import { holds, orders, stockBalances, stockMovements } from './schema';

/** Where stock is kept when nobody says otherwise. */
export const MAIN_LOCATION = 'main';

/** A movement to book. */
interface NewMovement {
  readonly skuCode: string;
  readonly location: string;
  readonly kind: MovementKind;
  readonly quantity: number;
  readonly reason: string;
  readonly actor: string;
  readonly of?: OrderRef & { readonly basketId: string; readonly itemDetailId: string };
  readonly idempotencyKey?: string | undefined;
}

/** A balance with the SKU and location it is of. */
export type StockRow = Balance & { readonly skuCode: string; readonly location: string };

const lockBalance = async (tx: Transaction, skuCode: string, location: string): Promise<Balance> => {
  await tx.insert(stockBalances).values({ skuCode, location }).onConflictDoNothing();
  const [row] = await tx
    .select()
    .from(stockBalances)
    .where(and(eq(stockBalances.skuCode, skuCode), eq(stockBalances.location, location)))
    .for('update');
  if (row === undefined) throw new Error(`The balance of ${skuCode} vanished while it was being locked`);
  return row;
};

const book = async (tx: Transaction, movement: NewMovement): Promise<void> => {
  const { of, ...row } = movement;
  const effect = MOVEMENT_EFFECT[movement.kind];
  await tx.insert(stockMovements).values({ ...row, ...of });
  await tx
    .update(stockBalances)
    .set({
      onHand: sql`${stockBalances.onHand} + ${effect.onHand * movement.quantity}`,
      reserved: sql`${stockBalances.reserved} + ${effect.reserved * movement.quantity}`,
    })
    .where(and(eq(stockBalances.skuCode, movement.skuCode), eq(stockBalances.location, movement.location)));
};

/**
 * Notes for the shops that sell this SKU that their published stock may be out of date. A shop that publishes at
 * shipment does not hear of mere reservations: Rakuten has taken its own orders off already. The moment is that of the
 * change, not of its transaction's beginning, which may lie before a publication that did not see it; two changes never
 * share a moment.
 */
const markDirty = (tx: Transaction, skuCode: string, kinds: readonly MovementKind[]): Promise<unknown> => {
  const onlyReservations = kinds.every((kind) => kind === 'reserve' || kind === 'release');
  return tx.execute(sql`
    with recursive sold(code) as (
      select ${skuCode}::text
      union select c.set_code from sku_components c join sold on c.sku_code = sold.code)
    insert into stock_dirty (shop_id, sku_code, since)
    select distinct l.shop_id, ${skuCode}, clock_timestamp() from sku_links l
      join sold on l.sku_code = sold.code join shops s on s.shop_id = l.shop_id
    where s.settings ->> 'stockSync' = 'reservation'
       or (s.settings ->> 'stockSync' = 'shipment' and not ${onlyReservations})
    order by 1
    on conflict (shop_id, sku_code) do update
      set since = greatest(excluded.since, stock_dirty.since + interval '1 millisecond')`);
};

/**
 * Books a movement that a person or warehouse entered. The first one gives the SKU its opening balance: units that
 * orders took before it are set off by an `adjust`, since nobody had counted the stock they came from.
 * Orders that are held for shortage of this SKU are woken, oldest first. The same idempotency key again books nothing.
 */
export const enterMovement = (
  db: Database,
  entry: {
    skuCode: string;
    location: string;
    kind: (typeof MANUAL_KINDS)[number];
    quantity: number;
    reason: string;
    actor: string;
    idempotencyKey?: string | undefined;
  },
): Promise<StockRow> =>
  db.transaction(async (tx) => {
    const { skuCode, location, idempotencyKey } = entry;
    const before = await lockBalance(tx, skuCode, location);
    if (idempotencyKey !== undefined && (await isBooked(tx, idempotencyKey)))
      return { ...before, skuCode, location };
    if (!before.opened && before.onHand !== 0)
      await book(tx, {
        ...entry,
        kind: 'adjust',
        quantity: -before.onHand,
        reason: 'opening balance',
        idempotencyKey: undefined,
      });
    await book(tx, entry);
    const [after] = await tx
      .update(stockBalances)
      .set({ opened: true })
      .where(and(eq(stockBalances.skuCode, skuCode), eq(stockBalances.location, location)))
      .returning();
    if (after === undefined) throw new Error(`The balance of ${skuCode} vanished while it was locked`);
    await markDirty(tx, skuCode, [entry.kind]);
    await wakeOrders(tx, await heldForShortage(tx, skuCode));
    return after;
  });

const isBooked = async (tx: Transaction, idempotencyKey: string): Promise<boolean> =>
  (await tx.$count(stockMovements, eq(stockMovements.idempotencyKey, idempotencyKey))) > 0;

const heldForShortage = (tx: Transaction, skuCode: string): Promise<OrderRef[]> =>
  tx
    .select({ shopId: holds.shopId, orderNumber: holds.orderNumber })
    .from(holds)
    .innerJoin(orders, and(eq(orders.shopId, holds.shopId), eq(orders.orderNumber, holds.orderNumber)))
    .where(
      sql`${holds.code} = 'stock_short' and ${holds.releasedAt} is null
          and ${skuCode} = any(string_to_array(${holds.cause}, ', '))`,
    )
    .orderBy(asc(orders.orderedAt));

/** Balances, filtered and a page at a time, by SKU and location. */
export const listStock = (
  db: Queryable,
  filter: { skuCode?: string | undefined; location?: string | undefined },
  after: { skuCode: string; location: string },
  limit: number,
): Promise<StockRow[]> =>
  db
    .select()
    .from(stockBalances)
    .where(
      and(
        filter.skuCode === undefined ? undefined : eq(stockBalances.skuCode, filter.skuCode),
        filter.location === undefined ? undefined : eq(stockBalances.location, filter.location),
        sql`(${stockBalances.skuCode}, ${stockBalances.location}) > (${after.skuCode}, ${after.location})`,
      ),
    )
    .orderBy(asc(stockBalances.skuCode), asc(stockBalances.location))
    .limit(limit);

/** Balances of these SKUs at one location, by SKU code. */
export const balancesOf = async (
  db: Queryable,
  skuCodes: readonly string[],
  location: string,
): Promise<Map<string, StockRow>> => {
  if (skuCodes.length === 0) return new Map();
  const rows = await db
    .select()
    .from(stockBalances)
    .where(and(inArray(stockBalances.skuCode, [...new Set(skuCodes)]), eq(stockBalances.location, location)));
  return new Map(rows.map((row) => [row.skuCode, row]));
};

/** Movements of a SKU, oldest first, a page at a time. */
export const listMovements = (
  db: Queryable,
  filter: {
    skuCode?: string | undefined;
    orderNumber?: string | undefined;
    kind?: MovementKind | undefined;
  },
  after: number,
  limit: number,
) =>
  db
    .select()
    .from(stockMovements)
    .where(
      and(
        filter.skuCode === undefined ? undefined : eq(stockMovements.skuCode, filter.skuCode),
        filter.orderNumber === undefined ? undefined : eq(stockMovements.orderNumber, filter.orderNumber),
        filter.kind === undefined ? undefined : eq(stockMovements.kind, filter.kind),
        gt(stockMovements.movementId, after),
      ),
    )
    .orderBy(asc(stockMovements.movementId))
    .limit(limit);

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
interface LedgerEntry extends LineLedger {
  readonly basketId: string;
  readonly itemDetailId: string;
  readonly skuCode: string;
  readonly entries: number;
}

type LineSku = Pick<LedgerEntry, 'basketId' | 'itemDetailId' | 'skuCode'>;

const ledgerKey = ({ basketId, itemDetailId, skuCode }: LineSku): string =>
  `${basketId}/${itemDetailId}/${skuCode}`;

const nothingBooked = ({ basketId, itemDetailId, skuCode }: LineSku): LedgerEntry => ({
  ...{ basketId, itemDetailId, skuCode },
  ...{ reserved: 0, released: 0, consumed: 0, entries: 0 },
});

const ledgerOf = async (tx: Transaction, ref: OrderRef): Promise<Map<string, LedgerEntry>> => {
  const rows = await tx
    .select()
    .from(stockMovements)
    .where(and(eq(stockMovements.shopId, ref.shopId), eq(stockMovements.orderNumber, ref.orderNumber)));
  const ledger = new Map<string, LedgerEntry>();
  const column = { reserve: 'reserved', release: 'released', consume: 'consumed' } as const;
  for (const { basketId, itemDetailId, skuCode, kind, quantity } of rows) {
    const place = { basketId: basketId ?? '', itemDetailId: itemDetailId ?? '', skuCode };
    const sums = ledger.get(ledgerKey(place)) ?? nothingBooked(place);
    const name = column[kind as keyof typeof column];
    ledger.set(ledgerKey(place), {
      ...sums,
      [name]: sums[name] + quantity,
      entries: sums.entries + 1,
    });
  }
  return ledger;
};

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
const wantedOf = (targets: readonly LineTarget[], ledger: ReadonlyMap<string, LedgerEntry>): Wanted[] => {
  const entries = [...ledger.values()];
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
 * given back wakes the orders that are held for it.
 * Expects the order's row to be locked; balances are locked in the order of their codes, so that orders do not deadlock.
 */
export const settleStock = async (
  tx: Transaction,
  ref: OrderRef,
  targets: readonly LineTarget[],
  evenIfShort: boolean,
): Promise<Bookings> => {
  const booked: Bookings['booked'][number][] = [];
  const short = new Set<string>();
  for (const { done, ...target } of wantedOf(targets, await ledgerOf(tx, ref))) {
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
