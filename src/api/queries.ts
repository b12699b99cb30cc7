import { and, eq, inArray } from 'drizzle-orm';
import type { OrderLine, OrderRef } from '../domain/order';
import type { Queryable } from '../store/database';
import { orders, skuLinks } from '../store/schema';

/** The own SKU that each of these lines is linked to. */
export const linkedSkus = async (
  db: Queryable,
  shopId: string,
  lines: readonly OrderLine[],
): Promise<(line: OrderLine) => string | null> => {
  if (lines.length === 0) return () => null;
  const names = [...new Set(lines.map((line) => line.manageNumber))];
  const links = await db
    .select()
    .from(skuLinks)
    .where(and(eq(skuLinks.shopId, shopId), inArray(skuLinks.manageNumber, names)));
  return ({ manageNumber, variantId }) =>
    links.find((link) => link.manageNumber === manageNumber && link.variantId === variantId)?.skuCode ?? null;
};

/** Opens an order again that Rakuten did not know, so that it is asked for once more. @returns whether it was one */
export const reopenMissing = async (db: Queryable, ref: OrderRef): Promise<boolean> => {
  const reopened = await db
    .update(orders)
    .set({ stage: 'imported', missing: false, finishedAt: null })
    .where(
      and(
        eq(orders.shopId, ref.shopId),
        eq(orders.orderNumber, ref.orderNumber),
        eq(orders.stage, 'not_found'),
      ),
    )
    .returning({ orderNumber: orders.orderNumber });
  return reopened.length > 0;
};
