ALTER TABLE "outbox" ADD COLUMN "traceparent" text;--> statement-breakpoint
CREATE INDEX "cancellations_by_order" ON "cancellations" USING btree ("shop_id","order_number");--> statement-breakpoint
CREATE INDEX "fulfilment_orders_by_order" ON "fulfilment_orders" USING btree ("shop_id","order_number");