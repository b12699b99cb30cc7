import type { InferSelectModel } from 'drizzle-orm';
import { getTableColumns, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { OrderRef } from '../domain/order';
import { explode } from '../domain/stock';
import type { Cancellation } from './cancellations';
import type { Transaction } from './database';
import type { Hold } from './holds';
import type { LedgerEntry } from './order-stock';
import { ledgerOf } from './order-stock';
import { cancellations, fulfilmentOrders, holds, shipments, shippingSubmissions } from './schema';
import type { FulfilmentOrder, Shipment } from './shipments';
import { shops, stops } from './shop-schema';
import type { Shop } from './shops';
import type { PairDemand } from './sku-links';
import { ALL_SHOPS, type Stop } from './stops';
import type { Submission } from './submissions';

/** Everything that is kept of an order beside its own row. */
export interface OrderFile {
  readonly shop: Shop;
  readonly parcels: readonly Shipment[];
  readonly submission: Submission | undefined;
  /** The fulfilment order that counts: the one that was not recalled, else the last. */
  readonly fulfilment: FulfilmentOrder | undefined;
  /** The last cancellation that somebody asked for. */
  readonly cancellation: Cancellation | undefined;
  /** All holds that ever stood on the order, oldest first. */
  readonly holds: readonly Hold[];
  /** The stop switch that is on for the shop. It stays on until this transaction ends. */
  readonly stop: Stop | undefined;
  /** What each pair of the order stands for, by `manageNumber/variantId`; a pair without a link is absent. */
  readonly demand: ReadonlyMap<string, PairDemand>;
  /** What the order has done to the stock ledger, per line and SKU. */
  readonly ledger: readonly LedgerEntry[];
}

type Json = Readonly<Record<string, unknown>>;

/** A row of a table that came as JSON: names and types as a query of the table gives them. */
const rowOf = <T extends PgTable>(table: T, json: Json): InferSelectModel<T> =>
  Object.fromEntries(
    Object.entries(getTableColumns(table)).map(([key, column]) => {
      const value = json[column.name] ?? null;
      return [key, value === null ? null : column.mapFromDriverValue(value)];
    }),
  ) as InferSelectModel<T>;
const rowOrNone = <T extends PgTable>(table: T, json: Json | null): InferSelectModel<T> | undefined =>
  json === null ? undefined : rowOf(table, json);

interface Found extends Record<string, unknown> {
  readonly shop: Json;
  readonly submission: Json | null;
  readonly parcels: Json[];
  readonly fulfilment: Json | null;
  readonly cancellation: Json | null;
  readonly holds: Json[];
  readonly stop: Json | null;
  readonly links: { manageNumber: string; variantId: string; skuCode: string }[];
  readonly components: { setCode: string; skuCode: string; quantity: number }[];
  readonly ledger: LedgerEntry[];
}

/**
 * Reads everything about an order that its next step depends on, in one statement: an order is looked at about ten
 * times in its life, and each statement costs the worker more than PostgreSQL. Expects the order's row to be locked.
 */
export const readFile = async (
  tx: Transaction,
  { shopId, orderNumber }: OrderRef,
): Promise<OrderFile | undefined> => {
  const of = sql`shop_id = ${shopId} and order_number = ${orderNumber}`;
  const { rows } = await tx.execute<Found>(sql`
    with recursive stopped as materialized (
      select * from stops where scope in (${shopId}, ${ALL_SHOPS}) for share
    ), links as materialized (
      select distinct k.manage_number, k.variant_id, k.sku_code from order_lines l
      join sku_links k using (shop_id, manage_number, variant_id)
      where l.shop_id = ${shopId} and l.order_number = ${orderNumber}
    ), parts as (
      select c.* from sku_components c join links k on c.set_code = k.sku_code
      union
      select c.* from sku_components c join parts p on c.set_code = p.sku_code
    )
    select to_jsonb(s) - 'sealed_alert_secret' as shop,
      (select to_jsonb(x) from shipping_submissions x where ${of}) as submission,
      (select coalesce(jsonb_agg(to_jsonb(x) order by created_at, tracking_number), '[]') from shipments x where ${of}) as parcels,
      (select to_jsonb(x) from fulfilment_orders x where ${of}
        order by state = 'recalled', created_at desc limit 1) as fulfilment,
      (select to_jsonb(x) from cancellations x where ${of} order by requested_at desc limit 1) as cancellation,
      (select coalesce(jsonb_agg(to_jsonb(x) order by opened_at, blocks, code), '[]') from holds x where ${of}) as holds,
      (select to_jsonb(x) from stopped x order by scope = ${ALL_SHOPS} limit 1) as stop,
      (select coalesce(jsonb_agg(jsonb_build_object('manageNumber', manage_number, 'variantId', variant_id,
        'skuCode', sku_code)), '[]') from links) as links,
      (select coalesce(jsonb_agg(jsonb_build_object('setCode', set_code, 'skuCode', sku_code,
        'quantity', quantity)), '[]') from parts) as components,
      (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (${ledgerOf(of)}) x) as ledger
    from shops s where s.shop_id = ${shopId}`);
  const [found] = rows;
  return found === undefined ? undefined : fileOf(found);
};

const fileOf = (found: Found): OrderFile => {
  const partsOf = (setCode: string) => found.components.filter((part) => part.setCode === setCode);
  return {
    shop: rowOf(shops, found.shop),
    parcels: found.parcels.map((json) => rowOf(shipments, json)),
    submission: rowOrNone(shippingSubmissions, found.submission),
    fulfilment: rowOrNone(fulfilmentOrders, found.fulfilment),
    cancellation: rowOrNone(cancellations, found.cancellation),
    holds: found.holds.map((json) => rowOf(holds, json)),
    stop: rowOrNone(stops, found.stop),
    demand: new Map(
      found.links.map(({ manageNumber, variantId, skuCode }) => [
        `${manageNumber}/${variantId}`,
        { skuCode, parts: explode(skuCode, 1, partsOf) },
      ]),
    ),
    ledger: found.ledger,
  };
};
