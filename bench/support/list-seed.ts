import type { Pool } from 'pg';

/** The shops among which the orders are divided, from the largest. */
export const SEEDED_SHOPS = ['big', 'mid', 'tiny'] as const;

/** What the seeded orders can be looked for by, from what all have to what none has. */
export const SEEDED = {
  sku: { all: 'SKU-ALL', half: 'SKU-HALF', old: 'SKU-OLD', rare: 'SKU-RARE' },
  hold: { half: 'sku_unlinked', old: 'outside_change', few: 'stock_short', none: 'gift_address_pending' },
  /** Order numbers that begin so. */
  number: { all: '39', month: '393333-2025-03', one: '393333-2025-12-0000050001', none: '40' },
  /** The buyer of 3,000 orders, and one who ordered once. */
  name: { heavy: '卸問屋', once: 'buyer-50001' },
  tracking: 'T-50001',
  /** Of five orders. */
  rareStage: 'confirming',
} as const;

const TINY = 10;
const MID = 1_000;
const SNAPSHOT_BYTES = 2_560;

/**
 * Orders over two years, the newest last, twenty at a moment as a synchronisation takes them in. All but a few are
 * finished; numbers run with time. Everything is a function of the order's place, so that each run has the same.
 * @param pool of a superuser: foreign keys are not checked row by row
 * @param count at least 20,000
 * @param hashOf gives the hash of a name by which its orders are looked up
 */
export async function seedOrders(pool: Pool, count: number, hashOf: (name: string) => string): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`set statement_timeout = 0; set session_replication_role = replica`);
    for (const statement of [...statements(count), ...named(hashOf)]) await client.query(statement);
    // As autovacuum leaves tables that are in use.
    await client.query('vacuum (analyze)');
    await client.query('reset statement_timeout; reset session_replication_role');
  } finally {
    client.release();
  }
}

const statements = (count: number): readonly string[] => [
  `create temp table seeded as
   select i, case when i % ${Math.floor(count / TINY)} = 7 then 'tiny' when i % ${Math.floor(count / MID)} = 3 then 'mid' else 'big' end as shop_id,
     timestamptz '2024-12-01Z' + (i / 20) * (interval '730 days' / (${count} / 20)) as created_at
   from generate_series(1, ${count}) i`,
  `alter table seeded add order_number text;
   update seeded set order_number = '393333-' || to_char(created_at, 'YYYY-MM') || '-' || lpad(i::text, 10, '0');
   create unique index on seeded (i)`,
  `create temp table blobs as
   select n, (select string_agg(sha512((n || '/' || j)::bytea), '') from generate_series(1, ${SNAPSHOT_BYTES / 64}) j) as blob
   from generate_series(0, 99) n`,
  `insert into orders (shop_id, order_number, stage, rakuten_status, facts, checked, sealed_snapshot, ordered_at, read_at,
     workflow_run_id, created_at, finished_at)
   select shop_id, order_number, stage, case stage when 'completed' then 500 when 'cancelled' then 900 else 300 end, ${FACTS},
     '{"address":"a","lines":"b","amounts":"c"}', blob, created_at, created_at, gen_random_uuid()::text, created_at,
     case when stage in ('completed', 'cancelled') then created_at + interval '3 days' end
   from (select s.*, case when i % ${Math.floor(count / 5)} = 11 then '${SEEDED.rareStage}' when i > ${count} * 0.97 then 'awaiting_rakuten'
           when i > ${count} * 0.94 then 'held' when i % 20 = 0 then 'cancelled' else 'completed' end as stage from seeded s) s
   join blobs on n = i % 100 order by i`,
  // What every order goes through: its row is written anew several times.
  `update orders set parked = 'internal' where order_number ~ '[05]$'`,
  `update orders set parked = null where parked is not null`,
  `insert into order_lines (shop_id, order_number, basket_id, item_detail_id, manage_number, variant_id, name, units)
   select shop_id, order_number, '10', '1', 'item-all', 'a', 'Green tea', 1 from seeded
   union all select shop_id, order_number, '10', '2', 'item-half', 'a', 'Cup', 1 from seeded where i % 2 = 0
   union all select shop_id, order_number, '10', '3', 'item-old', 'a', 'Old cup', 1 from seeded where i <= ${count} * 0.2
   union all select shop_id, order_number, '10', '4', 'item-rare', 'a', 'Pot', 1 from seeded where i % ${Math.floor(count / 3)} = 5
   union all select shop_id, order_number, '10', '5', 'item-' || i % 500, 'v' || i % 3, 'Tin', 1 from seeded`,
  `insert into skus (sku_code, name) select 'SKU-' || n, n from unnest('{ALL,HALF,OLD,RARE}'::text[]) n
   union all select 'SKU-' || n, n::text from generate_series(0, 499) n`,
  `insert into sku_links (shop_id, manage_number, variant_id, sku_code)
   select shop_id, 'item-' || lower(n), 'a', 'SKU-' || n from unnest('{ALL,HALF,OLD,RARE}'::text[]) n, shops
   union all select shop_id, 'item-' || n, 'v' || v, 'SKU-' || n from generate_series(0, 499) n, generate_series(0, 2) v, shops`,
  `insert into order_lookups (shop_id, order_number, hash)
   select shop_id, order_number, 'buyer-' || i from seeded
   union all select shop_id, order_number, 'phone-' || i % 40000 from seeded
   union all select shop_id, order_number, 'mail-' || i % 30000 from seeded
   union all select shop_id, order_number, '${SEEDED.name.heavy}' from seeded where i % ${Math.floor(count / 3000)} = 1`,
  `insert into holds (shop_id, order_number, code, cause, blocks, manual, opened_by, opened_at, released_at)
   select shop_id, order_number, '${SEEDED.hold.half}', 'item-all/a', 'ship', false, 'system', created_at, null::timestamptz
     from seeded where i % 2 = 1
   union all select shop_id, order_number, '${SEEDED.hold.old}', 'address', 'ship', false, 'system', created_at, null
     from seeded where i <= ${count} * 0.1
   union all select shop_id, order_number, '${SEEDED.hold.few}', 'SKU-1', 'confirm', false, 'system', created_at, null
     from seeded where i % ${Math.floor(count / 200)} = 9
   union all select shop_id, order_number, '${SEEDED.hold.none}', 'gift', 'ship', false, 'system', created_at, created_at
     from seeded where i % 3 = 0`,
  `insert into shipments (shop_id, order_number, basket_id, carrier, tracking_number, shipped_on, source, reported_at)
   select shop_id, order_number, '10', '1001', 'T-' || i, '2026-01-01', 'warehouse', created_at from seeded
   where i <= ${count} * 0.94`,
  'drop table seeded; drop table blobs',
];

const named = (hashOf: (name: string) => string): readonly string[] =>
  Object.values(SEEDED.name).map(
    (name) => `update order_lookups set hash = '${hashOf(name)}' where hash = '${name}'`,
  );

const FACTS = `jsonb_build_object('rakutenStatus', 300, 'orderedAt', created_at, 'settlementMethodCode', 1, 'amountsUnfixed', false,
  'giftAddressPending', false, 'cancelDueDate', '2026-07-15', 'paymentDueDate', '2026-07-14', 'deliveryDate', null,
  'fingerprints', '{"address":"a","lines":"b","amounts":"c"}'::jsonb,
  'baskets', jsonb_build_array(jsonb_build_object('basketId', '10', 'shippingRows', '[]'::jsonb, 'lines', (
    select jsonb_agg(jsonb_build_object('itemDetailId', n::text, 'manageNumber', 'item-all', 'variantId', 'a', 'units', 1,
      'name', '静岡県産 深蒸し茶 100g 送料無料')) from generate_series(1, 3) n))))`;
