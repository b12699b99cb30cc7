CREATE TABLE "alerts" (
	"alert_id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"shop_id" text NOT NULL,
	"order_number" text,
	"code" text NOT NULL,
	"params" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"due_at" timestamp (3) with time zone DEFAULT now(),
	"attempts" integer DEFAULT 0 NOT NULL,
	"delivered_at" timestamp (3) with time zone,
	"failure" text
);
--> statement-breakpoint
CREATE TABLE "cancellations" (
	"cancellation_id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"shop_id" text NOT NULL,
	"order_number" text NOT NULL,
	"reason" integer NOT NULL,
	"restore_inventory" boolean NOT NULL,
	"state" text NOT NULL,
	"refused_code" text,
	"requested_by" text NOT NULL,
	"requested_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"settled_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "daily_counts" (
	"shop_id" text NOT NULL,
	"day" text NOT NULL,
	"theirs" integer NOT NULL,
	"ours" integer NOT NULL,
	"missing" text[] NOT NULL,
	"counted_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "daily_counts_shop_id_day_pk" PRIMARY KEY("shop_id","day")
);
--> statement-breakpoint
CREATE TABLE "deadline_notices" (
	"shop_id" text NOT NULL,
	"order_number" text NOT NULL,
	"code" text NOT NULL,
	"deadline_at" timestamp (3) with time zone NOT NULL,
	"kind" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "deadline_notices_shop_id_order_number_code_deadline_at_kind_pk" PRIMARY KEY("shop_id","order_number","code","deadline_at","kind")
);
--> statement-breakpoint
CREATE TABLE "imports" (
	"import_id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"shop_id" text NOT NULL,
	"range_from" timestamp (3) with time zone NOT NULL,
	"range_to" timestamp (3) with time zone NOT NULL,
	"by" text NOT NULL,
	"statuses" integer[] NOT NULL,
	"dry_run" boolean NOT NULL,
	"state" text NOT NULL,
	"progress" jsonb NOT NULL,
	"failure" text,
	"requested_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "order_aliases" (
	"shop_id" text NOT NULL,
	"alias" text NOT NULL,
	"order_number" text NOT NULL,
	CONSTRAINT "order_aliases_shop_id_alias_pk" PRIMARY KEY("shop_id","alias")
);
--> statement-breakpoint
CREATE TABLE "order_changes" (
	"change_id" bigserial PRIMARY KEY NOT NULL,
	"shop_id" text NOT NULL,
	"order_number" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"field_group" text NOT NULL,
	"field" text NOT NULL,
	"sealed_before" "bytea",
	"sealed_after" "bytea"
);
--> statement-breakpoint
CREATE TABLE "shop_warnings" (
	"shop_id" text NOT NULL,
	"code" text NOT NULL,
	"params" jsonb NOT NULL,
	"since" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "shop_warnings_shop_id_code_pk" PRIMARY KEY("shop_id","code")
);
--> statement-breakpoint
CREATE TABLE "stops" (
	"scope" text PRIMARY KEY NOT NULL,
	"reason" text NOT NULL,
	"stopped_by" text NOT NULL,
	"stopped_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "fulfilment_orders" DROP CONSTRAINT "fulfilment_orders_shop_id_order_number_orders_shop_id_order_number_fk";
--> statement-breakpoint
ALTER TABLE "holds" DROP CONSTRAINT "holds_shop_id_order_number_orders_shop_id_order_number_fk";
--> statement-breakpoint
ALTER TABLE "order_lines" DROP CONSTRAINT "order_lines_shop_id_order_number_orders_shop_id_order_number_fk";
--> statement-breakpoint
ALTER TABLE "order_lookups" DROP CONSTRAINT "order_lookups_shop_id_order_number_orders_shop_id_order_number_fk";
--> statement-breakpoint
ALTER TABLE "shipments" DROP CONSTRAINT "shipments_shop_id_order_number_orders_shop_id_order_number_fk";
--> statement-breakpoint
ALTER TABLE "shipping_submissions" DROP CONSTRAINT "shipping_submissions_shop_id_order_number_orders_shop_id_order_number_fk";
--> statement-breakpoint
ALTER TABLE "timeline" DROP CONSTRAINT "timeline_shop_id_order_number_orders_shop_id_order_number_fk";
--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "reserve_number" text;--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "instruct_by_hand" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "deadline_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "deadline_code" text;--> statement-breakpoint
ALTER TABLE "shops" ADD COLUMN "sealed_alert_secret" "bytea";--> statement-breakpoint
ALTER TABLE "timeline" ADD COLUMN "workflow_id" text;--> statement-breakpoint
ALTER TABLE "timeline" ADD COLUMN "run_id" text;--> statement-breakpoint
ALTER TABLE "timeline" ADD COLUMN "activity" text;--> statement-breakpoint
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_shop_id_shops_shop_id_fk" FOREIGN KEY ("shop_id") REFERENCES "public"."shops"("shop_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cancellations" ADD CONSTRAINT "cancellations_shop_id_order_number_orders_shop_id_order_number_fk" FOREIGN KEY ("shop_id","order_number") REFERENCES "public"."orders"("shop_id","order_number") ON DELETE no action ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "daily_counts" ADD CONSTRAINT "daily_counts_shop_id_shops_shop_id_fk" FOREIGN KEY ("shop_id") REFERENCES "public"."shops"("shop_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deadline_notices" ADD CONSTRAINT "deadline_notices_shop_id_order_number_orders_shop_id_order_number_fk" FOREIGN KEY ("shop_id","order_number") REFERENCES "public"."orders"("shop_id","order_number") ON DELETE no action ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "imports" ADD CONSTRAINT "imports_shop_id_shops_shop_id_fk" FOREIGN KEY ("shop_id") REFERENCES "public"."shops"("shop_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "order_aliases" ADD CONSTRAINT "order_aliases_shop_id_shops_shop_id_fk" FOREIGN KEY ("shop_id") REFERENCES "public"."shops"("shop_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "order_changes" ADD CONSTRAINT "order_changes_shop_id_order_number_orders_shop_id_order_number_fk" FOREIGN KEY ("shop_id","order_number") REFERENCES "public"."orders"("shop_id","order_number") ON DELETE no action ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "shop_warnings" ADD CONSTRAINT "shop_warnings_shop_id_shops_shop_id_fk" FOREIGN KEY ("shop_id") REFERENCES "public"."shops"("shop_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "alerts_due" ON "alerts" USING btree ("due_at") WHERE "alerts"."due_at" is not null;--> statement-breakpoint
CREATE INDEX "alerts_by_shop" ON "alerts" USING btree ("shop_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "cancellations_one_open" ON "cancellations" USING btree ("shop_id","order_number") WHERE "cancellations"."state" in ('requested', 'applied');--> statement-breakpoint
CREATE INDEX "deadline_notices_by_kind" ON "deadline_notices" USING btree ("shop_id","kind","code");--> statement-breakpoint
CREATE INDEX "imports_by_shop" ON "imports" USING btree ("shop_id","created_at");--> statement-breakpoint
CREATE INDEX "order_changes_by_order" ON "order_changes" USING btree ("shop_id","order_number","change_id");--> statement-breakpoint
ALTER TABLE "fulfilment_orders" ADD CONSTRAINT "fulfilment_orders_shop_id_order_number_orders_shop_id_order_number_fk" FOREIGN KEY ("shop_id","order_number") REFERENCES "public"."orders"("shop_id","order_number") ON DELETE no action ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_shop_id_order_number_orders_shop_id_order_number_fk" FOREIGN KEY ("shop_id","order_number") REFERENCES "public"."orders"("shop_id","order_number") ON DELETE no action ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "order_lines" ADD CONSTRAINT "order_lines_shop_id_order_number_orders_shop_id_order_number_fk" FOREIGN KEY ("shop_id","order_number") REFERENCES "public"."orders"("shop_id","order_number") ON DELETE no action ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "order_lookups" ADD CONSTRAINT "order_lookups_shop_id_order_number_orders_shop_id_order_number_fk" FOREIGN KEY ("shop_id","order_number") REFERENCES "public"."orders"("shop_id","order_number") ON DELETE no action ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "shipments" ADD CONSTRAINT "shipments_shop_id_order_number_orders_shop_id_order_number_fk" FOREIGN KEY ("shop_id","order_number") REFERENCES "public"."orders"("shop_id","order_number") ON DELETE no action ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "shipping_submissions" ADD CONSTRAINT "shipping_submissions_shop_id_order_number_orders_shop_id_order_number_fk" FOREIGN KEY ("shop_id","order_number") REFERENCES "public"."orders"("shop_id","order_number") ON DELETE no action ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "timeline" ADD CONSTRAINT "timeline_shop_id_order_number_orders_shop_id_order_number_fk" FOREIGN KEY ("shop_id","order_number") REFERENCES "public"."orders"("shop_id","order_number") ON DELETE no action ON UPDATE cascade;--> statement-breakpoint
CREATE INDEX "orders_by_reservation" ON "orders" USING btree ("shop_id","reserve_number");--> statement-breakpoint
CREATE INDEX "orders_by_deadline" ON "orders" USING btree ("deadline_at") WHERE "orders"."finished_at" is null;--> statement-breakpoint
CREATE INDEX "orders_by_reading" ON "orders" USING btree ("shop_id","read_at") WHERE "orders"."finished_at" is null;--> statement-breakpoint
UPDATE "shops" SET "settings" = '{"alertWebhookUrl": null, "shippingCutoff": "12:00", "shippingLeadDays": 1, "transitDays": 1, "closedWeekdays": [], "closedOnPublicHolidays": false, "closedDays": []}' || "settings";
