CREATE TABLE "credentials" (
	"credential_id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"shop_id" text NOT NULL,
	"state" text NOT NULL,
	"sealed_service_secret" "bytea" NOT NULL,
	"sealed_license_key" "bytea" NOT NULL,
	"license_key_last4" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "fulfilment_events" (
	"event_id" text PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "fulfilment_orders" (
	"fulfilment_order_id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"shop_id" text NOT NULL,
	"order_number" text NOT NULL,
	"provider" text NOT NULL,
	"state" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "holds" (
	"hold_id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"shop_id" text NOT NULL,
	"order_number" text NOT NULL,
	"code" text NOT NULL,
	"text" text,
	"cause" text NOT NULL,
	"blocks" text NOT NULL,
	"manual" boolean NOT NULL,
	"opened_by" text NOT NULL,
	"opened_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"released_by" text,
	"released_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"scope" text NOT NULL,
	"key" text NOT NULL,
	"body_hash" text NOT NULL,
	"status" integer,
	"response" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_scope_key_pk" PRIMARY KEY("scope","key")
);
--> statement-breakpoint
CREATE TABLE "order_lines" (
	"shop_id" text NOT NULL,
	"order_number" text NOT NULL,
	"basket_id" text NOT NULL,
	"item_detail_id" text NOT NULL,
	"manage_number" text NOT NULL,
	"variant_id" text NOT NULL,
	"name" text NOT NULL,
	"units" integer NOT NULL,
	CONSTRAINT "order_lines_shop_id_order_number_basket_id_item_detail_id_pk" PRIMARY KEY("shop_id","order_number","basket_id","item_detail_id")
);
--> statement-breakpoint
CREATE TABLE "order_lookups" (
	"shop_id" text NOT NULL,
	"order_number" text NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "order_lookups_shop_id_order_number_hash_pk" PRIMARY KEY("shop_id","order_number","hash")
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"shop_id" text NOT NULL,
	"order_number" text NOT NULL,
	"stage" text NOT NULL,
	"parked" text,
	"rakuten_status" integer DEFAULT 0 NOT NULL,
	"missing" boolean DEFAULT false NOT NULL,
	"facts" jsonb,
	"checked" jsonb,
	"confirm_refused" text,
	"sealed_snapshot" "bytea",
	"ordered_at" timestamp (3) with time zone,
	"read_at" timestamp (3) with time zone,
	"workflow_run_id" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "orders_shop_id_order_number_pk" PRIMARY KEY("shop_id","order_number")
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"message_id" bigserial PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"shop_id" text NOT NULL,
	"order_number" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rate_limits" (
	"shop_id" text NOT NULL,
	"family" text NOT NULL,
	"free_at" timestamp (3) with time zone NOT NULL,
	"interval_ms" integer NOT NULL,
	CONSTRAINT "rate_limits_shop_id_family_pk" PRIMARY KEY("shop_id","family")
);
--> statement-breakpoint
CREATE TABLE "shipments" (
	"shipment_id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"shop_id" text NOT NULL,
	"order_number" text NOT NULL,
	"basket_id" text NOT NULL,
	"carrier" text NOT NULL,
	"tracking_number" text NOT NULL,
	"shipped_on" text NOT NULL,
	"lines" jsonb,
	"source" text NOT NULL,
	"reported_at" timestamp (3) with time zone,
	"refused_code" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "shops" (
	"shop_id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"shop_url" text NOT NULL,
	"rakuten_shop_id" text,
	"rms_base_url" text,
	"settings" jsonb NOT NULL,
	"demo" boolean DEFAULT false NOT NULL,
	"retired_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "shops_shop_url_unique" UNIQUE("shop_url")
);
--> statement-breakpoint
CREATE TABLE "sku_components" (
	"set_code" text NOT NULL,
	"sku_code" text NOT NULL,
	"quantity" integer NOT NULL,
	CONSTRAINT "sku_components_set_code_sku_code_pk" PRIMARY KEY("set_code","sku_code"),
	CONSTRAINT "sku_components_quantity" CHECK ("sku_components"."quantity" > 0)
);
--> statement-breakpoint
CREATE TABLE "sku_links" (
	"shop_id" text NOT NULL,
	"manage_number" text NOT NULL,
	"variant_id" text NOT NULL,
	"sku_code" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sku_links_shop_id_manage_number_variant_id_pk" PRIMARY KEY("shop_id","manage_number","variant_id")
);
--> statement-breakpoint
CREATE TABLE "skus" (
	"sku_code" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "stock_balances" (
	"sku_code" text NOT NULL,
	"location" text NOT NULL,
	"on_hand" integer DEFAULT 0 NOT NULL,
	"reserved" integer DEFAULT 0 NOT NULL,
	"safety" integer DEFAULT 0 NOT NULL,
	"opened" boolean DEFAULT false NOT NULL,
	CONSTRAINT "stock_balances_sku_code_location_pk" PRIMARY KEY("sku_code","location"),
	CONSTRAINT "stock_balances_reserved" CHECK ("stock_balances"."reserved" >= 0)
);
--> statement-breakpoint
CREATE TABLE "stock_dirty" (
	"shop_id" text NOT NULL,
	"sku_code" text NOT NULL,
	"since" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "stock_dirty_shop_id_sku_code_pk" PRIMARY KEY("shop_id","sku_code")
);
--> statement-breakpoint
CREATE TABLE "stock_movements" (
	"movement_id" bigserial PRIMARY KEY NOT NULL,
	"sku_code" text NOT NULL,
	"location" text NOT NULL,
	"kind" text NOT NULL,
	"quantity" integer NOT NULL,
	"shop_id" text,
	"order_number" text,
	"basket_id" text,
	"item_detail_id" text,
	"idempotency_key" text,
	"reason" text NOT NULL,
	"actor" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "stock_movements_idempotency_key_unique" UNIQUE("idempotency_key")
);
--> statement-breakpoint
CREATE TABLE "sync_cursors" (
	"shop_id" text NOT NULL,
	"search" text NOT NULL,
	"until" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "sync_cursors_shop_id_search_pk" PRIMARY KEY("shop_id","search")
);
--> statement-breakpoint
CREATE TABLE "timeline" (
	"line_id" bigserial PRIMARY KEY NOT NULL,
	"shop_id" text NOT NULL,
	"order_number" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"code" text NOT NULL,
	"params" jsonb NOT NULL,
	"actor" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "credentials" ADD CONSTRAINT "credentials_shop_id_shops_shop_id_fk" FOREIGN KEY ("shop_id") REFERENCES "public"."shops"("shop_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "fulfilment_orders" ADD CONSTRAINT "fulfilment_orders_shop_id_order_number_orders_shop_id_order_number_fk" FOREIGN KEY ("shop_id","order_number") REFERENCES "public"."orders"("shop_id","order_number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_shop_id_order_number_orders_shop_id_order_number_fk" FOREIGN KEY ("shop_id","order_number") REFERENCES "public"."orders"("shop_id","order_number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "order_lines" ADD CONSTRAINT "order_lines_shop_id_order_number_orders_shop_id_order_number_fk" FOREIGN KEY ("shop_id","order_number") REFERENCES "public"."orders"("shop_id","order_number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "order_lookups" ADD CONSTRAINT "order_lookups_shop_id_order_number_orders_shop_id_order_number_fk" FOREIGN KEY ("shop_id","order_number") REFERENCES "public"."orders"("shop_id","order_number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_shop_id_shops_shop_id_fk" FOREIGN KEY ("shop_id") REFERENCES "public"."shops"("shop_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shipments" ADD CONSTRAINT "shipments_shop_id_order_number_orders_shop_id_order_number_fk" FOREIGN KEY ("shop_id","order_number") REFERENCES "public"."orders"("shop_id","order_number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sku_components" ADD CONSTRAINT "sku_components_set_code_skus_sku_code_fk" FOREIGN KEY ("set_code") REFERENCES "public"."skus"("sku_code") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sku_components" ADD CONSTRAINT "sku_components_sku_code_skus_sku_code_fk" FOREIGN KEY ("sku_code") REFERENCES "public"."skus"("sku_code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sku_links" ADD CONSTRAINT "sku_links_shop_id_shops_shop_id_fk" FOREIGN KEY ("shop_id") REFERENCES "public"."shops"("shop_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sku_links" ADD CONSTRAINT "sku_links_sku_code_skus_sku_code_fk" FOREIGN KEY ("sku_code") REFERENCES "public"."skus"("sku_code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stock_balances" ADD CONSTRAINT "stock_balances_sku_code_skus_sku_code_fk" FOREIGN KEY ("sku_code") REFERENCES "public"."skus"("sku_code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stock_dirty" ADD CONSTRAINT "stock_dirty_shop_id_shops_shop_id_fk" FOREIGN KEY ("shop_id") REFERENCES "public"."shops"("shop_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stock_movements" ADD CONSTRAINT "stock_movements_sku_code_location_stock_balances_sku_code_location_fk" FOREIGN KEY ("sku_code","location") REFERENCES "public"."stock_balances"("sku_code","location") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sync_cursors" ADD CONSTRAINT "sync_cursors_shop_id_shops_shop_id_fk" FOREIGN KEY ("shop_id") REFERENCES "public"."shops"("shop_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "timeline" ADD CONSTRAINT "timeline_shop_id_order_number_orders_shop_id_order_number_fk" FOREIGN KEY ("shop_id","order_number") REFERENCES "public"."orders"("shop_id","order_number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "credentials_one_live" ON "credentials" USING btree ("shop_id") WHERE "credentials"."state" = 'live';--> statement-breakpoint
CREATE UNIQUE INDEX "fulfilment_orders_one_active" ON "fulfilment_orders" USING btree ("shop_id","order_number") WHERE "fulfilment_orders"."state" <> 'recalled';--> statement-breakpoint
CREATE UNIQUE INDEX "holds_one_open" ON "holds" USING btree ("shop_id","order_number","code") WHERE "holds"."released_at" is null and not "holds"."manual";--> statement-breakpoint
CREATE INDEX "holds_by_order" ON "holds" USING btree ("shop_id","order_number");--> statement-breakpoint
CREATE INDEX "idempotency_keys_by_age" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "order_lines_by_pair" ON "order_lines" USING btree ("shop_id","manage_number","variant_id");--> statement-breakpoint
CREATE INDEX "order_lookups_by_hash" ON "order_lookups" USING btree ("hash");--> statement-breakpoint
CREATE INDEX "orders_by_stage" ON "orders" USING btree ("shop_id","stage","order_number");--> statement-breakpoint
CREATE INDEX "orders_by_status" ON "orders" USING btree ("shop_id","rakuten_status");--> statement-breakpoint
CREATE INDEX "orders_by_age" ON "orders" USING btree ("created_at","shop_id","order_number");--> statement-breakpoint
CREATE INDEX "orders_open" ON "orders" USING btree ("shop_id","ordered_at") WHERE "orders"."finished_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "shipments_one_parcel" ON "shipments" USING btree ("shop_id","order_number","basket_id","tracking_number");--> statement-breakpoint
CREATE INDEX "shipments_by_tracking" ON "shipments" USING btree ("tracking_number");--> statement-breakpoint
CREATE INDEX "sku_links_by_sku" ON "sku_links" USING btree ("sku_code");--> statement-breakpoint
CREATE INDEX "stock_movements_by_order" ON "stock_movements" USING btree ("shop_id","order_number");--> statement-breakpoint
CREATE INDEX "stock_movements_by_sku" ON "stock_movements" USING btree ("sku_code","location","movement_id");--> statement-breakpoint
CREATE INDEX "timeline_by_order" ON "timeline" USING btree ("shop_id","order_number","line_id");