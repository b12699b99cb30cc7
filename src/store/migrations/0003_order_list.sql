DROP INDEX "order_lines_by_pair";--> statement-breakpoint
DROP INDEX "order_lookups_by_hash";--> statement-breakpoint
DROP INDEX "orders_by_stage";--> statement-breakpoint
DROP INDEX "shipments_by_tracking";--> statement-breakpoint
CREATE INDEX "holds_open_by_code" ON "holds" USING btree ("code","shop_id","order_number") WHERE "holds"."released_at" is null;--> statement-breakpoint
CREATE INDEX "orders_by_stage_of_all" ON "orders" USING btree ("stage","created_at","shop_id","order_number");--> statement-breakpoint
CREATE INDEX "orders_by_shop" ON "orders" USING btree ("shop_id","created_at","order_number");--> statement-breakpoint
CREATE INDEX "orders_by_number" ON "orders" USING btree ("order_number" text_pattern_ops,"shop_id");--> statement-breakpoint
CREATE INDEX "order_lines_by_pair" ON "order_lines" USING btree ("shop_id","manage_number","variant_id","order_number");--> statement-breakpoint
CREATE INDEX "order_lookups_by_hash" ON "order_lookups" USING btree ("hash","shop_id","order_number");--> statement-breakpoint
CREATE INDEX "orders_by_stage" ON "orders" USING btree ("shop_id","stage","created_at","order_number");--> statement-breakpoint
CREATE INDEX "shipments_by_tracking" ON "shipments" USING btree ("tracking_number","shop_id","order_number");