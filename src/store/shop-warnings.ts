import { and, asc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import { isWarningCode, keyWarning, type WarningCode } from '../domain/warnings';
import type { Queryable } from './database';
import { credentials, shops, shopWarnings } from './shop-schema';

/** What looks wrong with how a shop is set up, as it is stored. */
export type ShopWarning = typeof shopWarnings.$inferSelect & { readonly code: WarningCode };

const is = (shopId: string, code: string) =>
  and(eq(shopWarnings.shopId, shopId), eq(shopWarnings.code, code));

/**
 * Raises a warning, or notes that it is still seen; `params` are those of the latest sight, `orderedAt` among them
 * when an order showed it. @returns whether it was raised anew
 */
export const raiseWarning = async (
  db: Queryable,
  warning: Pick<ShopWarning, 'shopId' | 'code' | 'params'>,
): Promise<boolean> => {
  const raised = await db
    .insert(shopWarnings)
    .values(warning)
    .onConflictDoNothing()
    .returning({ code: shopWarnings.code });
  if (raised.length > 0) return true;
  await db
    .update(shopWarnings)
    .set({ params: warning.params, lastSeenAt: sql`now()` })
    .where(is(warning.shopId, warning.code));
  return false;
};

/**
 * Takes a warning back: at all, or only when the order that showed it last was placed before `orderedAt`.
 * @returns whether there was one
 */
export const closeWarning = async (
  db: Queryable,
  shopId: string,
  code: string,
  orderedAt?: Date,
): Promise<boolean> => {
  const older =
    orderedAt === undefined
      ? undefined
      : sql`(${shopWarnings.params} ->> 'orderedAt')::timestamptz < ${orderedAt.toISOString()}::timestamptz`;
  const { rowCount } = await db.delete(shopWarnings).where(and(is(shopId, code), older));
  return (rowCount ?? 0) > 0;
};

/** The stored warnings of these shops, or of all, by shop and code. */
export const listWarnings = async (db: Queryable, shopIds?: readonly string[]): Promise<ShopWarning[]> => {
  const rows = await db
    .select()
    .from(shopWarnings)
    .where(shopIds === undefined ? undefined : inArray(shopWarnings.shopId, [...shopIds]))
    .orderBy(asc(shopWarnings.shopId), asc(shopWarnings.code));
  return rows.flatMap(({ code, ...row }) => (isWarningCode(code) ? [{ ...row, code }] : []));
};

/** Keys in use that end soon or have ended, of shops in service, as warnings: they follow from the clock alone. */
const keyWarnings = async (
  db: Queryable,
  now: Date,
  shopIds: readonly string[] | undefined,
): Promise<ShopWarning[]> => {
  const rows = await db
    .select({ shopId: credentials.shopId, expiresAt: credentials.expiresAt })
    .from(credentials)
    .innerJoin(shops, eq(shops.shopId, credentials.shopId))
    .where(
      and(
        credentials.inUse,
        isNotNull(credentials.expiresAt),
        isNull(shops.retiredAt),
        shopIds === undefined ? undefined : inArray(credentials.shopId, [...shopIds]),
      ),
    )
    .orderBy(asc(credentials.shopId));
  return rows.flatMap(({ shopId, expiresAt }) => {
    const warning = expiresAt === null ? undefined : keyWarning(expiresAt, now);
    return warning === undefined ? [] : [{ shopId, ...warning, lastSeenAt: now }];
  });
};

/** The warnings of these shops, or of all, stored ones first and then what the clock says of their keys. */
export const currentWarnings = async (
  db: Queryable,
  now: Date,
  shopIds?: readonly string[],
): Promise<ShopWarning[]> => {
  const [stored, keys] = await Promise.all([listWarnings(db, shopIds), keyWarnings(db, now, shopIds)]);
  return [...stored, ...keys];
};

/** Whether Rakuten left an open order to us for confirmation that was placed after this instant: it waits, or we did it. */
export const wasLeftToUsSince = async (db: Queryable, shopId: string, since: Date): Promise<boolean> => {
  const { rows } = await db.execute<{ left: boolean }>(sql`
    select exists (
      select 1 from orders o
      where o.shop_id = ${shopId} and o.finished_at is null and o.ordered_at > ${since.toISOString()}::timestamptz
        and (o.rakuten_status = 100
          or exists (select 1 from timeline t where t.shop_id = o.shop_id and t.order_number = o.order_number
                     and t.code = 'order.confirmed'))) as left`);
  return rows[0]?.left === true;
};
