/**
 * The tables of the sandbox. `orders.body` is the OrderModel as Rakuten would answer it, kept as `json` (not
 * `jsonb`) so that its key order survives; the columns beside it are derived from it for searching.
 */
export const DDL = `
CREATE TABLE IF NOT EXISTS settings (
  name text PRIMARY KEY,
  value json NOT NULL
);
CREATE TABLE IF NOT EXISTS shops (
  shop_code text PRIMARY KEY,
  rakuten_shop_id text NOT NULL,
  functions text[],
  sku_migrated boolean NOT NULL DEFAULT true
);
CREATE TABLE IF NOT EXISTS shop_keys (
  service_secret text NOT NULL,
  license_key text NOT NULL,
  shop_code text NOT NULL REFERENCES shops,
  active_from timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (service_secret, license_key)
);
CREATE TABLE IF NOT EXISTS skus (
  shop_code text NOT NULL REFERENCES shops,
  manage_number text NOT NULL,
  variant_id text NOT NULL,
  item json NOT NULL,
  PRIMARY KEY (shop_code, manage_number, variant_id)
);
CREATE TABLE IF NOT EXISTS items (
  shop_code text NOT NULL REFERENCES shops,
  manage_number text NOT NULL,
  fields json NOT NULL,
  created timestamptz NOT NULL,
  updated timestamptz NOT NULL,
  deleted timestamptz,
  last_skus json,
  PRIMARY KEY (shop_code, manage_number)
);
INSERT INTO items (shop_code, manage_number, fields, created, updated)
  SELECT shop_code, manage_number, '{}', now(), now() FROM skus GROUP BY shop_code, manage_number
  ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS shop_infos (
  shop_code text PRIMARY KEY REFERENCES shops,
  info json NOT NULL
);
CREATE TABLE IF NOT EXISTS stock (
  shop_code text NOT NULL REFERENCES shops,
  manage_number text NOT NULL,
  variant_id text NOT NULL,
  quantity integer NOT NULL CHECK (quantity BETWEEN 0 AND 99999),
  lead_time json,
  ship_from_ids json,
  created timestamptz NOT NULL,
  updated timestamptz NOT NULL,
  PRIMARY KEY (shop_code, manage_number, variant_id)
);
CREATE TABLE IF NOT EXISTS orders (
  shop_code text NOT NULL REFERENCES shops,
  order_number text NOT NULL,
  body json NOT NULL,
  progress integer NOT NULL,
  ordered_at timestamptz NOT NULL,
  confirmed_at timestamptz,
  fixed_at timestamptz,
  completed_at timestamptz,
  settled_at timestamptz,
  paid_at timestamptz,
  cancel_due text NOT NULL,
  pay_due text,
  settlement_method integer,
  order_type integer,
  ship_dates text[] NOT NULL,
  numbered boolean NOT NULL,
  complete boolean NOT NULL,
  stock_taken json NOT NULL,
  appeared_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (shop_code, order_number)
);
CREATE INDEX IF NOT EXISTS orders_by_progress ON orders (shop_code, progress, ordered_at);
CREATE INDEX IF NOT EXISTS orders_by_date ON orders (shop_code, ordered_at);
CREATE INDEX IF NOT EXISTS orders_by_number ON orders (order_number);
CREATE TABLE IF NOT EXISTS journal (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  shop_code text NOT NULL,
  operation text NOT NULL,
  order_numbers text[] NOT NULL,
  changes json NOT NULL,
  http_status integer NOT NULL,
  duration_ms double precision NOT NULL,
  fault text
);
ALTER TABLE journal ADD COLUMN IF NOT EXISTS family text NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN IF NOT EXISTS batch_size integer NOT NULL DEFAULT 1;
ALTER TABLE journal ADD COLUMN IF NOT EXISTS outcome text NOT NULL DEFAULT 'answered';
CREATE INDEX IF NOT EXISTS journal_by_order ON journal USING gin (order_numbers);
CREATE TABLE IF NOT EXISTS async_shippings (
  request_id text PRIMARY KEY,
  shop_code text NOT NULL REFERENCES shops,
  orders json NOT NULL,
  accepted_at timestamptz NOT NULL,
  due_at timestamptz,
  done_at timestamptz,
  results json
);
CREATE INDEX IF NOT EXISTS async_shippings_waiting ON async_shippings (accepted_at) WHERE results IS NULL;
CREATE TABLE IF NOT EXISTS faults (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  operation text NOT NULL,
  kind text NOT NULL,
  times_left integer NOT NULL,
  delay_ms integer NOT NULL,
  order_number text
);
ALTER TABLE faults ADD COLUMN IF NOT EXISTS skip_left integer NOT NULL DEFAULT 0;
ALTER TABLE faults ADD COLUMN IF NOT EXISTS shop_code text;
ALTER TABLE faults ADD COLUMN IF NOT EXISTS options json NOT NULL DEFAULT '{}';
CREATE TABLE IF NOT EXISTS warehouse_orders (
  id text PRIMARY KEY,
  shop_id text NOT NULL,
  order_number text NOT NULL,
  baskets json NOT NULL,
  state text NOT NULL,
  received_at timestamptz NOT NULL,
  packages json
);
ALTER TABLE warehouse_orders ADD COLUMN IF NOT EXISTS ship_from json;
ALTER TABLE warehouse_orders ADD COLUMN IF NOT EXISTS customer json;
CREATE TABLE IF NOT EXISTS warehouse_outbox (
  event_id text PRIMARY KEY,
  body text NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_at timestamptz NOT NULL,
  delivered_at timestamptz,
  last_error text
);
CREATE SEQUENCE IF NOT EXISTS order_serial;
CREATE SEQUENCE IF NOT EXISTS detail_id START 2700001;
CREATE SEQUENCE IF NOT EXISTS shipping_detail_id START 39100001;
CREATE SEQUENCE IF NOT EXISTS change_id START 5100001;
CREATE SEQUENCE IF NOT EXISTS tracking_serial START 10000001;
`;
