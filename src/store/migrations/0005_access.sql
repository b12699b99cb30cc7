CREATE TABLE "connection_tests" (
	"shop_id" text PRIMARY KEY NOT NULL,
	"tested_at" timestamp (3) with time zone NOT NULL,
	"rows" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "credential_renewals" (
	"renewal_id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"shop_id" text NOT NULL,
	"credential_id" uuid,
	"state" text NOT NULL,
	"probes" integer DEFAULT 0 NOT NULL,
	"probed_at" timestamp (3) with time zone,
	"reason" text,
	"limit_at" timestamp (3) with time zone NOT NULL,
	"requested_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "ship_froms" (
	"ship_from_id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"zip_code" text NOT NULL,
	"prefecture" text NOT NULL,
	"city" text NOT NULL,
	"sub_address" text NOT NULL,
	"phone_number" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "shop_timeline" (
	"line_id" bigserial PRIMARY KEY NOT NULL,
	"shop_id" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"code" text NOT NULL,
	"params" jsonb NOT NULL,
	"actor" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "attempts" (
	"key" text PRIMARY KEY NOT NULL,
	"points" integer DEFAULT 0 NOT NULL,
	"expire" bigint
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"audit_id" bigserial PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"actor" text NOT NULL,
	"address" text,
	"action" text NOT NULL,
	"shop_id" text,
	"target" jsonb NOT NULL,
	"request" jsonb
);
--> statement-breakpoint
CREATE TABLE "audit_outcomes" (
	"audit_id" bigint PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"status" integer NOT NULL,
	"code" text,
	"before" jsonb,
	"after" jsonb
);
--> statement-breakpoint
CREATE TABLE "data_key_wraps" (
	"key_id" text NOT NULL,
	"master_key_id" text NOT NULL,
	"wrapped" "bytea" NOT NULL,
	CONSTRAINT "data_key_wraps_key_id_master_key_id_pk" PRIMARY KEY("key_id","master_key_id")
);
--> statement-breakpoint
CREATE TABLE "data_keys" (
	"key_id" text PRIMARY KEY NOT NULL,
	"purpose" text NOT NULL,
	"active_from" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"hash" text PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tokens" (
	"token_id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"hash" text NOT NULL,
	"last4" text NOT NULL,
	"role" text NOT NULL,
	"shop_ids" text[],
	"expires_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"last_used_at" timestamp (3) with time zone,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tokens_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "users" (
	"user_id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"password_hash" text NOT NULL,
	"role" text NOT NULL,
	"shop_ids" text[],
	"disabled_at" timestamp (3) with time zone,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_name_unique" UNIQUE("name")
);
--> statement-breakpoint
DROP INDEX "credentials_one_live";--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "in_use" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "fingerprint" text;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "checked_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "state_since" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "announced_days" integer;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "added_by" text DEFAULT 'administrator' NOT NULL;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD COLUMN "effect_id" uuid DEFAULT gen_random_uuid() NOT NULL;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD COLUMN "holder" text;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD COLUMN "claimed_at" timestamp (3) with time zone DEFAULT now();--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD COLUMN "sealed_response" "bytea";--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "ship_from_id" text;--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "erased_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "connection_tests" ADD CONSTRAINT "connection_tests_shop_id_shops_shop_id_fk" FOREIGN KEY ("shop_id") REFERENCES "public"."shops"("shop_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shop_timeline" ADD CONSTRAINT "shop_timeline_shop_id_shops_shop_id_fk" FOREIGN KEY ("shop_id") REFERENCES "public"."shops"("shop_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_outcomes" ADD CONSTRAINT "audit_outcomes_audit_id_audit_log_audit_id_fk" FOREIGN KEY ("audit_id") REFERENCES "public"."audit_log"("audit_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "data_key_wraps" ADD CONSTRAINT "data_key_wraps_key_id_data_keys_key_id_fk" FOREIGN KEY ("key_id") REFERENCES "public"."data_keys"("key_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "credential_renewals_one" ON "credential_renewals" USING btree ("shop_id") WHERE "credential_renewals"."state" = 'pending';--> statement-breakpoint
CREATE INDEX "credential_renewals_by_shop" ON "credential_renewals" USING btree ("shop_id","created_at");--> statement-breakpoint
CREATE INDEX "shop_timeline_by_shop" ON "shop_timeline" USING btree ("shop_id","line_id");--> statement-breakpoint
CREATE INDEX "audit_log_by_shop" ON "audit_log" USING btree ("shop_id","audit_id");--> statement-breakpoint
CREATE INDEX "data_keys_by_purpose" ON "data_keys" USING btree ("purpose","active_from");--> statement-breakpoint
CREATE INDEX "sessions_by_user" ON "sessions" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "sessions_by_end" ON "sessions" USING btree ("expires_at");--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_ship_from_id_ship_froms_ship_from_id_fk" FOREIGN KEY ("ship_from_id") REFERENCES "public"."ship_froms"("ship_from_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "credentials_one_in_use" ON "credentials" USING btree ("shop_id") WHERE "credentials"."in_use";--> statement-breakpoint
CREATE INDEX "credentials_by_shop" ON "credentials" USING btree ("shop_id","created_at");--> statement-breakpoint
CREATE INDEX "orders_to_erase" ON "orders" USING btree ("shop_id","finished_at") WHERE "orders"."finished_at" is not null and "orders"."erased_at" is null;--> statement-breakpoint
ALTER TABLE "idempotency_keys" DROP COLUMN "response";--> statement-breakpoint
UPDATE "credentials" SET "in_use" = true WHERE "state" = 'live';--> statement-breakpoint
UPDATE "shops" SET "settings" = '{"defaultShipFromId":null,"defaultCustomer":null,"personalDataRetentionDays":null,"keyRenewalLimitMinutes":120}'::jsonb || "settings";--> statement-breakpoint
DELETE FROM "idempotency_keys";--> statement-breakpoint
CREATE FUNCTION "audit_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only';
END $$;--> statement-breakpoint
CREATE TRIGGER "audit_log_kept" BEFORE DELETE OR UPDATE ON "audit_log" FOR EACH ROW EXECUTE FUNCTION "audit_append_only"();--> statement-breakpoint
CREATE TRIGGER "audit_outcomes_kept" BEFORE DELETE OR UPDATE ON "audit_outcomes" FOR EACH ROW EXECUTE FUNCTION "audit_append_only"();--> statement-breakpoint
CREATE TRIGGER "audit_log_whole" BEFORE TRUNCATE ON "audit_log" FOR EACH STATEMENT EXECUTE FUNCTION "audit_append_only"();--> statement-breakpoint
CREATE TRIGGER "audit_outcomes_whole" BEFORE TRUNCATE ON "audit_outcomes" FOR EACH STATEMENT EXECUTE FUNCTION "audit_append_only"();
