import { sql } from 'drizzle-orm';
import { RAKUTEN_STATUS } from '../domain/order';
import { promisable, sellable } from '../domain/stock';
import type { Queryable, Transaction } from './database';
import type { NewMovement } from './ledger';
import { lockBalances, placeKey } from './ledger';
import type { SellingLink } from './sku-links';
import { balancesOf } from './stock';

/** What open orders need of a SKU and have not reserved. */
export interface Backorder {
  readonly units: number;
  /** Up to twenty of the orders, the oldest first. */
  readonly orderNumbers: readonly string[];
}

/**
 * What was sold of SKUs at a location and is not reserved: of orders that are short, and of those whose link was just
 * made. Rakuten has taken it off its own stock already, so it must not be offered once more. By SKU; absent: nothing.
 * @param shopId counts the orders of this shop alone
 */
export const backordersOf = async (
  db: Queryable,
  skuCodes: readonly string[],
  location: string,
  shopId?: string,
): Promise<Map<string, Backorder>> => {
  if (skuCodes.length === 0) return new Map();
  const { shipped, paymentDone, cancelled } = RAKUTEN_STATUS;
  const { rows } = await db.execute<{ code: string; units: number; orderNumbers: string[] }>(sql`
    with recursive sold(origin, code, units) as (
      select code, code, 1::bigint from unnest(${sql.param([...new Set(skuCodes)])}::text[]) as u(code)
      union all
      select s.origin, c.set_code, s.units * c.quantity from sku_components c join sold s on c.sku_code = s.code
    ), claims as (
      select s.origin, l.shop_id, l.order_number, l.basket_id, l.item_detail_id, o.ordered_at,
        sum(l.units * s.units) as units
      from sold s join sku_links k on k.sku_code = s.code
      join shops on shops.shop_id = k.shop_id and shops.retired_at is null
        and shops.settings ->> 'stockLocation' = ${location}
        ${shopId === undefined ? sql`` : sql`and shops.shop_id = ${shopId}`}
      join order_lines l on (l.shop_id, l.manage_number, l.variant_id) = (k.shop_id, k.manage_number, k.variant_id)
      join orders o on (o.shop_id, o.order_number) = (l.shop_id, l.order_number)
        and o.finished_at is null and o.rakuten_status <> ${cancelled}
        and o.rakuten_status not between ${shipped} and ${paymentDone}
      group by 1, 2, 3, 4, 5, 6
    ), open as (
      select c.origin, c.order_number, c.ordered_at, c.units - m.units as units from claims c, lateral (
        select coalesce(sum(case kind when 'reserve' then quantity when 'release' then -quantity end), 0) as units
        from stock_movements m where m.shop_id = c.shop_id and m.order_number = c.order_number
          and m.basket_id = c.basket_id and m.item_detail_id = c.item_detail_id and m.sku_code = c.origin) m
      where c.units > m.units
    )
    select origin as code, sum(units)::int as units,
      (array_agg(order_number order by ordered_at, order_number))[1:20] as "orderNumbers"
    from open group by 1`);
  return new Map(rows.map(({ code, ...backorder }) => [code, backorder]));
};

/** What can be sold of each link at a location, by `manageNumber/variantId`; absent while a SKU of it has no opening balance. */
export const sellableOf = async (
  db: Queryable,
  links: readonly SellingLink[],
  location: string,
): Promise<Map<string, number>> => {
  const codes = links.flatMap(({ parts }) => parts.map((part) => part.skuCode));
  const balances = await balancesOf(db, codes, location);
  const backorders = await backordersOf(db, codes, location);
  return new Map(
    links.flatMap(({ link, parts }) => {
      const stock = parts.flatMap(({ skuCode, units }) => {
        const balance = balances.get(skuCode);
        return balance?.opened === true
          ? [{ sellable: sellable(balance, backorders.get(skuCode)?.units ?? 0), quantity: units }]
          : [];
      });
      if (stock.length < parts.length) return [];
      return [[`${link.manageNumber}/${link.variantId}`, promisable(stock)] as const];
    }),
  );
};

/** What orders of a shop have bought of a SKU. */
export interface Sold {
  /** Everything that was taken off for them, gone or not: it grows with each sale, and shipping does not change it. */
  readonly ever: number;
  /** Of that, what has not left yet. */
  readonly open: number;
}

/** What the orders of a shop have bought of each of these SKUs, reserved or not. */
export const soldOf = async (
  db: Queryable,
  shopId: string,
  skuCodes: readonly string[],
  location: string,
): Promise<(skuCode: string) => Sold> => {
  const { rows } = await db.execute<{ code: string; ever: number; gone: number }>(sql`
    select sku_code as code,
      coalesce(sum(case kind when 'reserve' then quantity when 'release' then -quantity end), 0)::int as ever,
      coalesce(sum(quantity) filter (where kind = 'consume'), 0)::int as gone
    from stock_movements where sku_code = any(${sql.param([...skuCodes])}::text[]) and location = ${location}
      and shop_id = ${shopId} group by 1`);
  const booked = new Map(rows.map(({ code, ...units }) => [code, units]));
  const backorders = await backordersOf(db, skuCodes, location, shopId);
  return (skuCode) => {
    const { ever = 0, gone = 0 } = booked.get(skuCode) ?? {};
    const waiting = backorders.get(skuCode)?.units ?? 0;
    return { ever: ever + waiting, open: ever - gone + waiting };
  };
};

/** A SKU whose number at Rakuten is to become ours. */
export interface Adoption {
  readonly skuCode: string;
  readonly theirs: number;
  /** What had been sold when that number was read (`Sold.ever`). */
  readonly sold: number;
  readonly actor: string;
  /** The same for the same request. */
  readonly idempotencyKey: string;
}

/**
 * The movements that make Rakuten's numbers ours: what it shows, and what open orders of the shop still need, is on
 * hand. A SKU that was sold since its number was read is left out. The balances are locked until the transaction ends.
 */
export const adoptionsOf = async (
  tx: Transaction,
  shopId: string,
  location: string,
  wanted: readonly Adoption[],
): Promise<NewMovement[]> => {
  const balances = await lockBalances(
    tx,
    wanted.map(({ skuCode }) => ({ skuCode, location })),
  );
  const soldNow = await soldOf(
    tx,
    shopId,
    wanted.map(({ skuCode }) => skuCode),
    location,
  );
  return wanted.flatMap(({ skuCode, theirs, sold, actor, idempotencyKey }): NewMovement[] => {
    const balance = balances.get(placeKey({ skuCode, location }));
    const now = soldNow(skuCode);
    if (balance === undefined || now.ever !== sold) return [];
    const quantity = theirs + now.open - balance.onHand;
    const reason = 'adopted from Rakuten';
    return [{ skuCode, location, kind: 'adjust', quantity, reason, actor, idempotencyKey }];
  });
};
