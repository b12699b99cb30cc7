CREATE TABLE "file_chunks" (
	"import_id" uuid NOT NULL,
	"part" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "file_chunks_import_id_part_pk" PRIMARY KEY("import_id","part")
);
--> statement-breakpoint
CREATE TABLE "file_imports" (
	"import_id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"subject" text NOT NULL,
	"shop_id" text,
	"encoding" text,
	"format" text NOT NULL,
	"dry_run" boolean NOT NULL,
	"state" text NOT NULL,
	"bytes" integer NOT NULL,
	"rows_read" integer DEFAULT 0 NOT NULL,
	"rows_applied" integer DEFAULT 0 NOT NULL,
	"errors" jsonb NOT NULL,
	"error_count" integer DEFAULT 0 NOT NULL,
	"failure" text,
	"requested_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "file_rows" (
	"import_id" uuid NOT NULL,
	"row" integer NOT NULL,
	"values" jsonb NOT NULL,
	CONSTRAINT "file_rows_import_id_row_pk" PRIMARY KEY("import_id","row")
);
--> statement-breakpoint
CREATE TABLE "listing_reads" (
	"read_id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"shop_id" text NOT NULL,
	"state" text NOT NULL,
	"cursor_mark" text,
	"pages" integer DEFAULT 0 NOT NULL,
	"items" integer DEFAULT 0 NOT NULL,
	"skus" integer DEFAULT 0 NOT NULL,
	"expected" integer,
	"malformed" integer DEFAULT 0 NOT NULL,
	"failure" text,
	"requested_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "listings" (
	"shop_id" text NOT NULL,
	"manage_number" text NOT NULL,
	"variant_id" text NOT NULL,
	"item_number" text,
	"merchant_defined_sku_id" text,
	"title" text NOT NULL,
	"option_text" text NOT NULL,
	"single" boolean NOT NULL,
	"hidden" boolean NOT NULL,
	"name_key" text GENERATED ALWAYS AS (lower(regexp_replace(normalize((title || ' ' || option_text), NFKC), '\s+', '', 'g'))) STORED NOT NULL,
	"seen_in" uuid NOT NULL,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"gone_at" timestamp (3) with time zone,
	CONSTRAINT "listings_shop_id_manage_number_variant_id_pk" PRIMARY KEY("shop_id","manage_number","variant_id")
);
--> statement-breakpoint
CREATE TABLE "stock_differences" (
	"reconciliation_id" uuid NOT NULL,
	"manage_number" text NOT NULL,
	"variant_id" text NOT NULL,
	"sku_code" text NOT NULL,
	"theirs" integer,
	"ours" integer,
	"causes" jsonb NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"fix" text,
	"fixed_by" text,
	CONSTRAINT "stock_differences_reconciliation_id_manage_number_variant_id_pk" PRIMARY KEY("reconciliation_id","manage_number","variant_id")
);
--> statement-breakpoint
CREATE TABLE "stock_publications" (
	"shop_id" text NOT NULL,
	"manage_number" text NOT NULL,
	"variant_id" text NOT NULL,
	"state" text NOT NULL,
	"theirs" integer,
	"ours" integer,
	"code" text,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "stock_publications_shop_id_manage_number_variant_id_pk" PRIMARY KEY("shop_id","manage_number","variant_id")
);
--> statement-breakpoint
CREATE TABLE "stock_reconciliations" (
	"reconciliation_id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"shop_id" text NOT NULL,
	"state" text NOT NULL,
	"manage_number" text DEFAULT '' NOT NULL,
	"variant_id" text DEFAULT '' NOT NULL,
	"pairs" integer DEFAULT 0 NOT NULL,
	"compared" integer DEFAULT 0 NOT NULL,
	"differing" integer DEFAULT 0 NOT NULL,
	"unbalanced" integer DEFAULT 0 NOT NULL,
	"failure" text,
	"requested_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "sku_links" ADD COLUMN "linked_by" text DEFAULT 'system' NOT NULL;--> statement-breakpoint
ALTER TABLE "skus" ADD COLUMN "cart_code" text;--> statement-breakpoint
ALTER TABLE "skus" ADD COLUMN "name_key" text GENERATED ALWAYS AS (lower(regexp_replace(normalize(name, NFKC), '\s+', '', 'g'))) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "stock_dirty" ADD COLUMN "orders_only" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "stock_dirty" ADD COLUMN "adopt_for" text;--> statement-breakpoint
ALTER TABLE "stock_dirty" ADD COLUMN "register" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "file_chunks" ADD CONSTRAINT "file_chunks_import_id_file_imports_import_id_fk" FOREIGN KEY ("import_id") REFERENCES "public"."file_imports"("import_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "file_rows" ADD CONSTRAINT "file_rows_import_id_file_imports_import_id_fk" FOREIGN KEY ("import_id") REFERENCES "public"."file_imports"("import_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "listing_reads" ADD CONSTRAINT "listing_reads_shop_id_shops_shop_id_fk" FOREIGN KEY ("shop_id") REFERENCES "public"."shops"("shop_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "listings" ADD CONSTRAINT "listings_shop_id_shops_shop_id_fk" FOREIGN KEY ("shop_id") REFERENCES "public"."shops"("shop_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stock_differences" ADD CONSTRAINT "stock_differences_reconciliation_id_stock_reconciliations_reconciliation_id_fk" FOREIGN KEY ("reconciliation_id") REFERENCES "public"."stock_reconciliations"("reconciliation_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stock_publications" ADD CONSTRAINT "stock_publications_shop_id_shops_shop_id_fk" FOREIGN KEY ("shop_id") REFERENCES "public"."shops"("shop_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stock_reconciliations" ADD CONSTRAINT "stock_reconciliations_shop_id_shops_shop_id_fk" FOREIGN KEY ("shop_id") REFERENCES "public"."shops"("shop_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "file_imports_by_age" ON "file_imports" USING btree ("created_at","import_id");--> statement-breakpoint
CREATE UNIQUE INDEX "listing_reads_one_running" ON "listing_reads" USING btree ("shop_id") WHERE "listing_reads"."state" = 'running';--> statement-breakpoint
CREATE INDEX "listing_reads_by_shop" ON "listing_reads" USING btree ("shop_id","created_at");--> statement-breakpoint
CREATE INDEX "listings_by_code" ON "listings" USING btree ("shop_id","merchant_defined_sku_id");--> statement-breakpoint
CREATE INDEX "listings_by_item_number" ON "listings" USING btree ("shop_id","item_number");--> statement-breakpoint
CREATE INDEX "listings_by_name_key" ON "listings" USING btree ("shop_id","name_key");--> statement-breakpoint
CREATE INDEX "stock_publications_by_state" ON "stock_publications" USING btree ("shop_id","state");--> statement-breakpoint
CREATE UNIQUE INDEX "stock_reconciliations_one_running" ON "stock_reconciliations" USING btree ("shop_id") WHERE "stock_reconciliations"."state" = 'running';--> statement-breakpoint
CREATE INDEX "stock_reconciliations_by_shop" ON "stock_reconciliations" USING btree ("shop_id","created_at");--> statement-breakpoint
CREATE INDEX "sku_components_by_part" ON "sku_components" USING btree ("sku_code");--> statement-breakpoint
CREATE UNIQUE INDEX "skus_by_cart_code" ON "skus" USING btree ("cart_code");--> statement-breakpoint
CREATE INDEX "skus_by_name" ON "skus" USING btree ("name");--> statement-breakpoint
CREATE INDEX "skus_by_name_key" ON "skus" USING btree ("name_key");--> statement-breakpoint
ALTER TABLE "stock_balances" ADD CONSTRAINT "stock_balances_safety" CHECK ("stock_balances"."safety" >= 0);--> statement-breakpoint
CREATE FUNCTION "stock_movements_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'stock_movements is append-only: correct it by another movement';
END $$;--> statement-breakpoint
CREATE TRIGGER "stock_movements_kept" BEFORE DELETE OR UPDATE OF "movement_id", "sku_code", "location", "kind", "quantity", "shop_id", "basket_id", "item_detail_id", "idempotency_key", "reason", "actor", "at" ON "stock_movements" FOR EACH ROW EXECUTE FUNCTION "stock_movements_append_only"();--> statement-breakpoint
CREATE FUNCTION "lock_stock"("codes" text[], "places" text[]) RETURNS SETOF "stock_balances" LANGUAGE plpgsql AS $$
DECLARE
  place record;
  balance "stock_balances";
BEGIN
  FOR place IN SELECT DISTINCT code, location FROM unnest(codes, places) AS u(code, location) ORDER BY 1, 2 LOOP
    SELECT * INTO balance FROM stock_balances b WHERE b.sku_code = place.code AND b.location = place.location FOR UPDATE;
    IF NOT FOUND THEN
      INSERT INTO stock_balances (sku_code, location) VALUES (place.code, place.location) ON CONFLICT DO NOTHING;
      SELECT * INTO STRICT balance FROM stock_balances b WHERE b.sku_code = place.code AND b.location = place.location FOR UPDATE;
    END IF;
    RETURN NEXT balance;
  END LOOP;
END $$;--> statement-breakpoint
CREATE FUNCTION "mark_stock_dirty"("codes" text[], "causes" text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO stock_dirty (shop_id, sku_code, since, orders_only)
  WITH RECURSIVE changed AS (
    SELECT u.code, bool_and(u.cause <> 'other') AS orders_only, bool_or(u.cause <> 'sold') AS at_shipment
    FROM unnest(codes, causes) AS u(code, cause) GROUP BY 1
  ), sold(origin, code) AS (
    SELECT c.code, c.code FROM changed c
    UNION SELECT s.origin, c.set_code FROM sold s JOIN sku_components c ON c.sku_code = s.code
  ), sellers AS (
    SELECT c.code, c.at_shipment, k.shop_id, c.orders_only AND count(*) OVER (PARTITION BY c.code) = 1 AS orders_only
    FROM changed c JOIN sold ON sold.origin = c.code JOIN sku_links k ON k.sku_code = sold.code
  )
  SELECT e.shop_id, e.code, clock_timestamp(), e.orders_only
  FROM sellers e JOIN shops s ON s.shop_id = e.shop_id
  WHERE s.settings ->> 'stockSync' = 'reservation' OR (s.settings ->> 'stockSync' = 'shipment' AND e.at_shipment)
  GROUP BY 1, 2, 4 ORDER BY 1, 2
  ON CONFLICT (shop_id, sku_code) DO UPDATE
    SET since = greatest(excluded.since, stock_dirty.since + interval '1 millisecond'),
      orders_only = stock_dirty.orders_only AND excluded.orders_only;
END $$;--> statement-breakpoint
CREATE FUNCTION "book_stock"("movements" jsonb, "opens" boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  total record;
BEGIN
  INSERT INTO stock_movements (sku_code, location, kind, quantity, reason, actor, shop_id, order_number, basket_id, item_detail_id, idempotency_key)
  SELECT m->>'skuCode', m->>'location', m->>'kind', (m->>'quantity')::int, m->>'reason', m->>'actor', m->>'shopId', m->>'orderNumber', m->>'basketId', m->>'itemDetailId', m->>'idempotencyKey'
  FROM jsonb_array_elements(movements) WITH ORDINALITY AS u(m, n) ORDER BY n;
  FOR total IN
    SELECT m->>'skuCode' AS code, m->>'location' AS location, sum((m->>'onHand')::int) AS on_hand, sum((m->>'reserved')::int) AS reserved
    FROM jsonb_array_elements(movements) AS u(m) GROUP BY 1, 2
  LOOP
    UPDATE stock_balances b SET on_hand = b.on_hand + total.on_hand, reserved = b.reserved + total.reserved, opened = b.opened OR opens
    WHERE b.sku_code = total.code AND b.location = total.location;
  END LOOP;
  PERFORM mark_stock_dirty(array_agg(m->>'skuCode'), array_agg(m->>'cause')) FROM jsonb_array_elements(movements) AS u(m);
END $$;--> statement-breakpoint
UPDATE "shops" SET "settings" = '{"stockLocation": "main", "stockCoalesceSeconds": 30, "automaticSkuLinks": false}' || "settings";
