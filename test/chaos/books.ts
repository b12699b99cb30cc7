import type { QueryResultRow } from 'pg';
import { skuOf } from './load';
import { type Rate, readRates } from './rates';
import { SHOP } from './world';

/** An order as Rakuten's simulation and its warehouse have it. */
export interface Theirs {
  readonly orderNumber: string;
  /** `orderProgress`: 500 to 700 shipped, 900 cancelled, less is open. */
  readonly progress: number;
  readonly lines: readonly {
    readonly basketId: string;
    readonly itemDetailId: string;
    readonly sku: string;
    readonly units: number;
  }[];
  /** Shipping rows, as `<basketId>/<number>`. */
  readonly rows: readonly string[];
  /** How often a call of ours confirmed it. */
  readonly confirmed: number;
  /** Whether somebody typed the parcel into RMS by hand. */
  readonly byHand: boolean;
  /** Whether somebody reported the parcel through our API. */
  readonly byApi: boolean;
  readonly fulfilments: readonly {
    readonly id: string;
    readonly state: 'accepted' | 'shipped' | 'recalled';
    /** It came to the warehouse although a call of ours had been told before that the order was cancelled. */
    readonly sentKnowingly: boolean;
    readonly parcels: readonly {
      readonly basketId: string;
      readonly number: string;
      readonly lines: readonly { readonly itemDetailId: string; readonly units: number }[];
    }[];
  }[];
}

/** The same order as we have it. */
export interface Ours {
  readonly orderNumber: string;
  readonly stage: string;
  readonly parked: string | null;
  readonly finished: boolean;
  readonly openHolds: readonly string[];
  /** Codes of the timeline, oldest first; a change of status with the one before, `order.status_changed:100`. */
  readonly timeline: readonly string[];
  readonly shipments: readonly {
    readonly row: string;
    readonly reported: boolean;
    readonly refused: string | null;
  }[];
  readonly movements: readonly {
    readonly kind: string;
    readonly sku: string;
    readonly basketId: string;
    readonly itemDetailId: string;
    readonly quantity: number;
  }[];
}

/** The stock of one SKU on both sides. */
export interface StockOf {
  readonly sku: string;
  /** What there was at the beginning. */
  readonly opening: number;
  readonly atRakuten: number;
  readonly onHand: number;
  readonly reserved: number;
  /** What the movements add up to. */
  readonly sumOnHand: number;
  readonly sumReserved: number;
}

/** A movement that a person entered with a key, and how often it was booked. */
interface Entered {
  readonly key: string;
  readonly sku: string;
  readonly units: number;
  readonly booked: number;
}

/** Both sides' books after a run. */
export interface Books {
  readonly theirs: readonly Theirs[];
  readonly ours: readonly Ours[];
  readonly stock: readonly StockOf[];
  readonly entered: readonly Entered[];
  /** How Rakuten was called, limit by limit. */
  readonly rates: readonly Rate[];
  /** Messages that wait in the outbox. */
  readonly outbox: number;
  /** Orders that a buyer placed, by what the load knows. */
  readonly bought: readonly string[];
  readonly workflows: {
    /** Order numbers with a running workflow. */
    readonly running: readonly string[];
    /** Ids of workflows that failed, were terminated or timed out. */
    readonly broken: readonly string[];
    /** Ids of workflows whose task is tried again and again. */
    readonly stuck: readonly string[];
  };
  /** Lines of our logs about errors that nobody foresaw. */
  readonly unforeseen: readonly string[];
}

type Query = <Row extends QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>;

/** What the run itself knows. */
export interface Known {
  readonly bought: ReadonlyMap<string, { readonly byHand: boolean; readonly byApi: boolean }>;
  readonly opening: number;
  readonly entered: ReadonlyMap<string, { readonly sku: string; readonly units: number }>;
}

interface Body {
  readonly PackageModelList: readonly {
    readonly basketId: number;
    readonly ItemModelList: readonly {
      readonly itemDetailId: number;
      readonly units: number;
      readonly manageNumber: string;
      readonly SkuModelList: readonly { readonly variantId: string }[];
    }[];
    readonly ShippingModelList: readonly { readonly shippingNumber: string | null }[];
  }[];
  readonly ChangeReasonModelList:
    | readonly { readonly changeType: number; readonly changeApplyDatetime: string }[]
    | null;
}

const WAREHOUSE = `select id, order_number, state, packages, (extract(epoch from received_at) * 1000)::float8 as received
  from sandbox.warehouse_orders where shop_id = $1`;
const CONFIRMED = `
  select c ->> 'orderNumber' as order_number, count(*)::int as times
  from sandbox.journal j, json_array_elements(j.changes) c
  where j.shop_code = $1 and c ->> 'kind' = 'confirmed' group by 1`;
/** When our calls were told how cancelled orders stand. */
const READ = `
  select n as order_number, (extract(epoch from j.at) * 1000)::float8 as at
  from sandbox.journal j, unnest(j.order_numbers) n
  where j.shop_code = $1 and j.operation = 'getOrder' and j.outcome = 'answered' and j.fault is null and n = any($2)`;

interface WarehouseRow {
  readonly order_number: string;
  readonly id: string;
  readonly state: 'accepted' | 'shipped' | 'recalled';
  readonly received: number;
  readonly packages:
    | readonly {
        readonly basketId: string | number;
        readonly trackingNumber: string;
        readonly lines: readonly { readonly itemDetailId: string | number; readonly units: number }[];
      }[]
    | null;
}

/** Rakuten writes whole seconds. */
const SECOND_MS = 1_000;
/** What is under way when a buyer cancels may still arrive; after so long it was sent without looking. */
const UNDER_WAY_MS = 60_000;

/** What Rakuten's simulation has, order by order: its own tables, read without any code of the product. */
const readTheirs = async (query: Query, { bought }: Known): Promise<Theirs[]> => {
  const shop = [SHOP.shopId];
  const orders = await query<{ order_number: string; progress: number; body: Body }>(
    'select order_number, progress, body from sandbox.orders where shop_code = $1 order by order_number',
    shop,
  );
  const confirmed = new Map(
    (await query<{ order_number: string; times: number }>(CONFIRMED, shop)).map((row) => [
      row.order_number,
      row.times,
    ]),
  );
  const fulfilments = groupBy(await query<WarehouseRow>(WAREHOUSE, shop), 'order_number');
  const cancelled = orders.filter(({ progress }) => progress === 900).map((row) => row.order_number);
  const reads = groupBy(
    await query<{ order_number: string; at: number }>(READ, [SHOP.shopId, cancelled]),
    'order_number',
  );
  return orders.map(({ order_number: orderNumber, progress, body }) => {
    const at = progress === 900 ? cancelledAt(body) : Number.POSITIVE_INFINITY;
    const told = (reads.get(orderNumber) ?? [])
      .map((read) => read.at)
      .filter((read) => read > at + SECOND_MS);
    return {
      ...{ orderNumber, progress, ...linesAndRows(body) },
      confirmed: confirmed.get(orderNumber) ?? 0,
      byHand: bought.get(orderNumber)?.byHand ?? false,
      byApi: bought.get(orderNumber)?.byApi ?? false,
      fulfilments: (fulfilments.get(orderNumber) ?? []).map(({ id, state, packages, received }) => ({
        ...{ id, state },
        sentKnowingly: received > at + UNDER_WAY_MS || told.some((read) => read < received - SECOND_MS),
        parcels: (packages ?? []).map(({ basketId, trackingNumber, lines }) => ({
          basketId: String(basketId),
          number: trackingNumber,
          lines: lines.map(({ itemDetailId, units }) => ({ itemDetailId: String(itemDetailId), units })),
        })),
      })),
    };
  });
};

const linesAndRows = ({ PackageModelList }: Body): Pick<Theirs, 'lines' | 'rows'> => ({
  lines: PackageModelList.flatMap(({ basketId, ItemModelList }) =>
    ItemModelList.map((item) => ({
      ...{ basketId: String(basketId), itemDetailId: String(item.itemDetailId), units: item.units },
      sku: skuOf(item.manageNumber),
    })),
  ),
  rows: PackageModelList.flatMap(({ basketId, ShippingModelList }) =>
    ShippingModelList.map((row) => `${basketId}/${row.shippingNumber}`),
  ).sort(),
});

/** When a cancellation was applied for (changeType 0; order reference §4.2). */
const cancelledAt = ({ ChangeReasonModelList }: Body): number =>
  Math.max(
    ...(ChangeReasonModelList ?? []).flatMap(({ changeType, changeApplyDatetime: text }) =>
      changeType === 0 ? [Date.parse(text.replace('+0900', '+09:00'))] : [],
    ),
  );

const groupBy = <Row, Key extends keyof Row>(rows: readonly Row[], key: Key): Map<Row[Key], Row[]> => {
  const groups = new Map<Row[Key], Row[]>();
  for (const row of rows) groups.set(row[key], [...(groups.get(row[key]) ?? []), row]);
  return groups;
};

const OURS = `
  select o.order_number as "orderNumber", o.stage, o.parked, o.finished_at is not null as finished,
    coalesce(h.codes, '{}') as "openHolds", coalesce(t.codes, '{}') as timeline,
    coalesce(s.rows, '[]') as shipments, coalesce(m.rows, '[]') as movements
  from orders o
  left join (select order_number, array_agg(code) as codes from holds
    where shop_id = $1 and released_at is null group by 1) h using (order_number)
  left join (select order_number, array_agg(code || coalesce(':' || (params ->> 'from'), '') order by line_id) as codes
      from timeline
    where shop_id = $1 group by 1) t using (order_number)
  left join (select order_number, json_agg(json_build_object('row', basket_id || '/' || tracking_number,
      'reported', reported_at is not null, 'refused', refused_code)) as rows from shipments
    where shop_id = $1 group by 1) s using (order_number)
  left join (select order_number, json_agg(json_build_object('kind', kind, 'sku', sku_code, 'basketId', basket_id,
      'itemDetailId', item_detail_id, 'quantity', quantity) order by movement_id) as rows from stock_movements
    where shop_id = $1 group by 1) m using (order_number)
  where o.shop_id = $1 order by 1`;

/** What we have, order by order: the tables, read without any code of the product. */
const readOurs = (query: Query): Promise<Ours[]> => query<Ours>(OURS, [SHOP.shopId]);

const STOCK = `
  select b.sku_code as sku, r.quantity as "atRakuten", b.on_hand as "onHand", b.reserved,
    m.on_hand::int as "sumOnHand", m.reserved::int as "sumReserved"
  from stock_balances b
  join sandbox.stock r on r.shop_code = $1 and 'CHAOS-' || upper(r.manage_number) = b.sku_code
  join (select sku_code, sum(case when kind in ('receive', 'adjust', 'return') then quantity
        when kind = 'consume' then -quantity else 0 end) as on_hand,
      sum(case when kind = 'reserve' then quantity when kind in ('release', 'consume') then -quantity else 0 end)
        as reserved
    from stock_movements group by 1) m on m.sku_code = b.sku_code`;
const BOOKED = `select reason, count(*)::int as booked, sum(quantity)::int as units from stock_movements
  where reason like 'goods %' group by 1`;

/** Reads both sides' books as they stand now. */
export const readBooks = async (
  query: Query,
  known: Known,
): Promise<Omit<Books, 'workflows' | 'unforeseen'>> => {
  const booked = new Map(
    (await query<{ reason: string; booked: number }>(BOOKED)).map((row) => [row.reason, row.booked]),
  );
  const [outbox] = await query<{ waiting: number }>('select count(*)::int as waiting from outbox');
  return {
    theirs: await readTheirs(query, known),
    ours: await readOurs(query),
    stock: (await query<Omit<StockOf, 'opening'>>(STOCK, [SHOP.shopId])).map((row) => ({
      ...row,
      opening: known.opening,
    })),
    entered: [...known.entered].map(([key, movement]) => ({
      ...{ key, ...movement },
      booked: booked.get(`goods ${key}`) ?? 0,
    })),
    rates: await readRates(query, SHOP.shopId),
    outbox: outbox?.waiting ?? 0,
    bought: [...known.bought.keys()],
  };
};
