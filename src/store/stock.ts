import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm';
import type { MANUAL_KINDS, MovementKind } from '../domain/stock';
import type { Queryable, Transaction } from './database';
import type { StockRow } from './ledger';
import { book, heldForShortage, lockBalance, markDirty } from './ledger';
import { wakeOrders } from './outbox';
import { stockBalances, stockMovements } from './stock-schema';

/**
 * Books a movement that a person or warehouse entered. The first one gives the SKU its opening balance: units that
 * orders took before it are set off by an `adjust`, since nobody had counted the stock they came from.
 * Orders that are held for shortage of this SKU are woken, oldest first. The same idempotency key again books nothing.
 */
export const enterMovement = (
  db: Queryable,
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
