import { z } from 'zod';

const remark = z.string().max(4000);

/** The settings of a shop with their defaults: the names that order desks know (CONTRACT, "Shop settings"). */
export const ShopSettings = z.strictObject({
  automaticOrderIntegration: z.boolean().default(false),
  automaticOrderConfirmation: z.boolean().default(false),
  automaticShippingInstructions: z.boolean().default(false),
  importStatuses: z
    .array(z.union([z.literal(100), z.literal(300)]))
    .min(1)
    .default([100, 300]),
  stockSync: z.enum(['off', 'shipment', 'reservation']).default('off'),
  syncIntervalSeconds: z.int().min(5).max(86_400).default(60),
  fulfilmentProvider: z.enum(['manual', 'sandbox']).default('manual'),
  skuProjectMigrated: z.boolean().default(true),
  defaultRemarks: z.array(remark).max(50).default([]),
});
export type ShopSettings = z.infer<typeof ShopSettings>;

/** A change of settings: only the named ones. */
export const ShopSettingsPatch = z.strictObject(
  Object.fromEntries(
    Object.entries(ShopSettings.shape).map(([name, field]) => [name, field.unwrap().optional()]),
  ) as { [K in keyof ShopSettings]: z.ZodOptional<z.ZodType<ShopSettings[K]>> },
);
