import { randomUUID } from 'node:crypto';
import { and, asc, eq, gt, gte, inArray, lt, sql } from 'drizzle-orm';
import type { MANUAL_KINDS, MovementKind } from '../domain/stock';
import type { Database, Queryable, Transaction } from './database';
import type { NewMovement, StockPlace, StockRow } from './ledger';
import { book, lockBalances, placeKey } from './ledger';
import { markDirty } from './stock-news';
import { stockBalances, stockMovements } from './stock-schema';

/** A movement that a person or warehouse enters. */
export interface EnteredMovement extends StockPlace {
  readonly kind: (typeof MANUAL_KINDS)[number];
  readonly quantity: number;
  readonly reason: string;
  readonly actor: string;
  readonly idempotencyKey?: string | undefined;
}

/**
 * Books a movement that a person or warehouse entered. The first one gives the SKU its opening balance: units that
 * orders took before it are set off by an `adjust`, since nobody had counted the stock they came from.
 * Orders that are held for shortage of this SKU are woken. The same idempotency key again books nothing.
 */
export const enterMovement = (db: Queryable, entry: EnteredMovement): Promise<StockRow> =>
  db.transaction(async (tx) => {
    await enterMovements(tx, [entry]);
    const row = (await lockBalances(tx, [entry])).get(placeKey(entry));
    if (row === undefined) throw new Error(`The balance of ${entry.skuCode} vanished while it was locked`);
    return row;
  });

/** Books movements that were entered together, up to some thousand, as `enterMovement` does each. */
export const enterMovements = async (tx: Transaction, entries: readonly EnteredMovement[]): Promise<void> => {
  const balances = await lockBalances(tx, entries);
  const done = await bookedAmong(
    tx,
    entries.flatMap(({ idempotencyKey }) => idempotencyKey ?? []),
  );
  const fresh = entries.filter(
    ({ idempotencyKey }) => idempotencyKey === undefined || !done.has(idempotencyKey),
  );
  const opened = new Set<string>();
  const opening: NewMovement[] = fresh.flatMap((entry) => {
    const key = placeKey(entry);
    const balance = balances.get(key);
    if (balance === undefined || balance.opened || balance.onHand === 0 || opened.has(key)) return [];
    opened.add(key);
    const { skuCode, location, actor } = entry;
    return [
      {
        ...{ skuCode, location, kind: 'adjust', quantity: -balance.onHand, reason: 'opening balance', actor },
        idempotencyKey: `opening/${key}`,
      },
    ];
  });
  const entered = fresh.map((entry) => ({
    ...entry,
    idempotencyKey: entry.idempotencyKey ?? `entered/${randomUUID()}`,
  }));
  await book(tx, [...opening, ...entered], { opens: true });
};

const bookedAmong = async (tx: Transaction, keys: readonly string[]): Promise<ReadonlySet<string>> => {
  if (keys.length === 0) return new Set();
  const rows = await tx
    .select({ key: stockMovements.idempotencyKey })
    .from(stockMovements)
    .where(sql`${stockMovements.idempotencyKey} = any(${sql.param([...keys])}::text[])`);
  return new Set(rows.flatMap(({ key }) => key ?? []));
};

/** Sets how many units are kept back from sale, once per SKU and location. What can be sold of them is published. */
export const setSafetyStock = (
  db: Database,
  levels: readonly (StockPlace & { readonly safety: number })[],
): Promise<void> =>
  db.transaction(async (tx) => {
    const before = await lockBalances(tx, levels);
    const changed = levels.filter((level) => before.get(placeKey(level))?.safety !== level.safety);
    if (changed.length === 0) return;
    await tx.execute(sql`
      update stock_balances b set safety = l.safety
      from jsonb_to_recordset(${JSON.stringify(changed)}::jsonb) as l("skuCode" text, location text, safety int)
      where b.sku_code = l."skuCode" and b.location = l.location`);
    await markDirty(
      tx,
      changed.map(({ skuCode }) => ({ skuCode, cause: 'other' })),
    );
  });

/** What a list of stock shows. */
export interface StockFilter {
  readonly skuCode?: string | undefined;
  /** The beginning of SKU codes. */
  readonly q?: string | undefined;
  readonly location?: string | undefined;
  /** Whether the opening balance is known. */
  readonly opened?: boolean | undefined;
  /** Only what can be sold no more, or oversold. */
  readonly soldOut?: boolean | undefined;
}

/** Balances, filtered and a page at a time, by SKU and location. */
export const listStock = (
  db: Queryable,
  { skuCode, q, location, opened, soldOut }: StockFilter,
  after: StockPlace,
  limit: number,
): Promise<StockRow[]> =>
  db
    .select()
    .from(stockBalances)
    .where(
      and(
        skuCode === undefined ? undefined : eq(stockBalances.skuCode, skuCode),
        q === undefined ? undefined : sql`starts_with(${stockBalances.skuCode}, ${q})`,
        location === undefined ? undefined : eq(stockBalances.location, location),
        opened === undefined ? undefined : eq(stockBalances.opened, opened),
        soldOut === undefined
          ? undefined
          : sql`(${stockBalances.onHand} - ${stockBalances.reserved} - ${stockBalances.safety} <= 0) = ${soldOut}`,
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

/** What a list of movements shows. */
export interface MovementFilter {
  readonly skuCode?: string | undefined;
  readonly location?: string | undefined;
  readonly shopId?: string | undefined;
  readonly orderNumber?: string | undefined;
  readonly kind?: MovementKind | undefined;
  /** From this moment on, and before that one. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** Movements, oldest first, a page at a time. */
export const listMovements = (
  db: Queryable,
  { from, to, ...equal }: MovementFilter,
  after: number,
  limit: number,
) =>
  db
    .select()
    .from(stockMovements)
    .where(
      and(
        ...(['skuCode', 'location', 'shopId', 'orderNumber', 'kind'] as const).map((name) =>
          equal[name] === undefined ? undefined : eq(stockMovements[name], equal[name]),
        ),
        from === undefined ? undefined : gte(stockMovements.at, from),
        to === undefined ? undefined : lt(stockMovements.at, to),
        gt(stockMovements.movementId, after),
      ),
    )
    .orderBy(asc(stockMovements.movementId))
    .limit(limit);
