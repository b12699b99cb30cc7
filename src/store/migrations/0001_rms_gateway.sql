CREATE TABLE "circuits" (
	"shop_id" text PRIMARY KEY NOT NULL,
	"cause" text NOT NULL,
	"opened_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"probe_at" timestamp (3) with time zone NOT NULL,
	"probes" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rms_call_totals" (
	"shop_id" text NOT NULL,
	"operation" text NOT NULL,
	"outcome" text NOT NULL,
	"calls" bigint NOT NULL,
	"items" bigint NOT NULL,
	"capacity" bigint NOT NULL,
	"waited_ms" bigint NOT NULL,
	"duration_ms" bigint NOT NULL,
	"waited_buckets" bigint[] NOT NULL,
	"duration_buckets" bigint[] NOT NULL,
	CONSTRAINT "rms_call_totals_shop_id_operation_outcome_pk" PRIMARY KEY("shop_id","operation","outcome")
);
--> statement-breakpoint
CREATE TABLE "rms_calls" (
	"call_id" bigserial PRIMARY KEY NOT NULL,
	"shop_id" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"operation" text NOT NULL,
	"outcome" text NOT NULL,
	"http_status" integer,
	"codes" text[] NOT NULL,
	"order_numbers" text[] NOT NULL,
	"batch_size" integer NOT NULL,
	"batch_limit" integer NOT NULL,
	"waited_ms" integer NOT NULL,
	"duration_ms" integer NOT NULL,
	"request" jsonb,
	"response" jsonb
);
--> statement-breakpoint
CREATE TABLE "shipping_submissions" (
	"shop_id" text NOT NULL,
	"order_number" text NOT NULL,
	"submission_id" uuid NOT NULL,
	"submitted_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"request_id" text,
	"looks" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "shipping_submissions_shop_id_order_number_pk" PRIMARY KEY("shop_id","order_number")
);
--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "expires_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "due_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "due_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "rate_limits" ADD COLUMN "sent_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "rate_limits" ADD COLUMN "slowness" double precision DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "shipping_submissions" ADD CONSTRAINT "shipping_submissions_shop_id_order_number_orders_shop_id_order_number_fk" FOREIGN KEY ("shop_id","order_number") REFERENCES "public"."orders"("shop_id","order_number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "rms_calls_by_shop" ON "rms_calls" USING btree ("shop_id","call_id");--> statement-breakpoint
CREATE INDEX "rms_calls_by_age" ON "rms_calls" USING btree ("at");--> statement-breakpoint
CREATE INDEX "rms_calls_by_order" ON "rms_calls" USING gin ("order_numbers");--> statement-breakpoint
CREATE INDEX "shipping_submissions_by_id" ON "shipping_submissions" USING btree ("submission_id");--> statement-breakpoint
CREATE INDEX "outbox_by_due" ON "outbox" USING btree ("due_at","message_id");--> statement-breakpoint
ALTER TABLE "rate_limits" DROP COLUMN "interval_ms";--> statement-breakpoint
UPDATE "shops" SET "settings" = '{"requestsPerSecond": {}, "shippingReadBackSeconds": [60, 300, 900]}' || "settings";
