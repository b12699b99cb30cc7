import { sql } from 'drizzle-orm';
import type { Transaction } from './database';
import { wakeAtPace } from './outbox';

/**
 * What changed what can be sold of a SKU: an order that Rakuten has sold, which it took off by itself; an order that
 * left; or anything else, of which Rakuten knows nothing.
 */
export type StockCause = 'sold' | 'shipped' | 'other';

const list = (codes: readonly string[]) => sql`${sql.param([...new Set(codes)])}::text[]`;

/**
 * Notes for the shops that sell these SKUs that their published stock may be out of date. A shop that publishes at
 * shipment does not hear of what was merely sold. What orders of a SKU's only link moved may wait until others join it:
 * Rakuten took it off that link by itself, and no other link offers it. The moment is
 * that of the change, not of its transaction's beginning, which may lie before a publication that did not see it; two
 * changes never share a moment.
 */
export const markDirty = async (
  tx: Transaction,
  changes: readonly { readonly skuCode: string; readonly cause: StockCause }[],
): Promise<void> => {
  if (changes.length === 0) return;
  const codes = sql.param(changes.map(({ skuCode }) => skuCode));
  const causes = sql.param(changes.map(({ cause }) => cause));
  await tx.execute(sql`select mark_stock_dirty(${codes}::text[], ${causes}::text[])`);
};

/** Wakes the orders that are held for shortage of one of these SKUs, the most urgent first. */
export const wakeShortOrders = (tx: Transaction, skuCodes: readonly string[]): Promise<number> =>
  skuCodes.length === 0
    ? Promise.resolve(0)
    : wakeAtPace(
        tx,
        sql`(shop_id, order_number) in (
          select h.shop_id, h.order_number from holds h
          where h.code = 'stock_short' and h.released_at is null
            and string_to_array(h.cause, ', ') && ${list(skuCodes)})`,
      );

/** Wakes the open orders that contain one of these SKUs, by itself or in a set, the most urgent first. */
export const wakeOrdersOfSkus = (tx: Transaction, skuCodes: readonly string[]): Promise<number> =>
  wakeAtPace(
    tx,
    sql`(shop_id, order_number) in (
      with recursive sold(code) as (
        select unnest(${list(skuCodes)})
        union select c.set_code from sku_components c join sold on c.sku_code = sold.code)
      select l.shop_id, l.order_number from sold
      join sku_links k on k.sku_code = sold.code join order_lines l using (shop_id, manage_number, variant_id))`,
  );
