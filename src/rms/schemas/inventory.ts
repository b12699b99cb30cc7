import { z } from 'zod';
import { wireDatetime } from './wire';

/** Lead times set by hand; absent means that Rakuten chooses (reference, inventory §3.1). */
const operationLeadTime = z.looseObject({
  normalDeliveryTimeId: z.number().nullish(),
  backOrderDeliveryTimeId: z.number().nullish(),
});

/** One stock record of inventory 2.1 (reference §3.1). `manageNumber` comes lower-cased, `variantId` keeps its case. */
export const inventoryModel = z.looseObject({
  manageNumber: z.string(),
  variantId: z.string(),
  quantity: z.number().int(),
  operationLeadTime: operationLeadTime.nullish(),
  shipFromIds: z.array(z.number()).nullish(),
  created: wireDatetime.nullish(),
  updated: wireDatetime,
});
export type InventoryModel = z.infer<typeof inventoryModel>;

/** Answer of inventories.bulk.get and of its range: pairs that have no stock record are left out. */
export const inventoriesAnswer = z.looseObject({ inventories: z.array(inventoryModel) });

/** Answer of inventories.variant-lists.get: the variantIds that hold stock under a manageNumber. */
export const variantListAnswer = z.looseObject({
  manageNumber: z.string(),
  variantList: z.array(z.string()),
});
