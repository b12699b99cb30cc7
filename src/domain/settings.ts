import { z } from 'zod';
import { API_FAMILIES } from './rate-limits';

const ascends = (times: readonly number[]): boolean =>
  times.every((at, index) => at > (times[index - 1] ?? 0));

const fields = {
  automaticOrderIntegration: z.boolean(),
  automaticOrderConfirmation: z.boolean(),
  automaticShippingInstructions: z.boolean(),
  importStatuses: z.array(z.union([z.literal(100), z.literal(300)])).min(1),
  stockSync: z.enum(['off', 'shipment', 'reservation']),
  /** Where the stock is kept from which the shop's orders are served and which it offers at Rakuten. */
  stockLocation: z.string().trim().min(1).max(64),
  /** How long stock that only orders moved, of which Rakuten knows, waits for more before it is looked at; in seconds. */
  stockCoalesceSeconds: z.int().min(0).max(86_400),
  /** Whether links that are certain are made without asking. */
  automaticSkuLinks: z.boolean(),
  syncIntervalSeconds: z.int().min(5).max(86_400),
  fulfilmentProvider: z.enum(['manual', 'sandbox']),
  skuProjectMigrated: z.boolean(),
  defaultRemarks: z.array(z.string().max(4000)).max(50),
  /** Where Rakuten allows this shop another rate than usual; by API family. */
  requestsPerSecond: z.partialRecord(z.enum(API_FAMILIES), z.number().min(0.1).max(1000)),
  /**
   * When an order is read after an asynchronous shipping report whose rows do not show, in seconds after it left; after
   * the last time without them it is reported again.
   */
  shippingReadBackSeconds: z.array(z.int().min(1).max(86_400)).min(1).max(10).refine(ascends, 'must ascend'),
  /** Where alerts of this shop are sent, signed; null: nowhere. */
  alertWebhookUrl: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .nullable(),
  /** Where the shop's parcels are sent from, unless the order says otherwise: a ship-from record; null: not said. */
  defaultShipFromId: z.string().trim().min(1).max(64).nullable(),
  /** The customer under whom all orders of the shop are filed here, in place of the buyer; null: each under its buyer. */
  defaultCustomer: z
    .strictObject({ name: z.string().trim().min(1).max(100), code: z.string().trim().min(1).max(64) })
    .nullable(),
  /** Days after an order's end until what names the buyer is erased; null: never. */
  personalDataRetentionDays: z.int().min(1).max(3_650).nullable(),
  /** How long a new key is waited for to become live, in minutes; Rakuten takes 10 to 90. */
  keyRenewalLimitMinutes: z.int().min(1).max(1_440),
  /** Orders that come in before this time of a working day, in Japan, count as of that day: `HH:MM`. */
  shippingCutoff: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, HH:MM'),
  /** Working days between the day an order counts for and the day it ships. */
  shippingLeadDays: z.int().min(0).max(60),
  /** Days that a parcel is under way, for wished delivery dates. */
  transitDays: z.int().min(0).max(14),
  /** Days of the week on which the shop does not ship: 0 Sunday to 6 Saturday. */
  closedWeekdays: z.array(z.int().min(0).max(6)).max(6),
  /** Whether the shop does not ship on Japan's public holidays. */
  closedOnPublicHolidays: z.boolean(),
  /** Further days on which the shop does not ship, `YYYY-MM-DD`. */
  closedDays: z.array(z.iso.date()).max(400),
};

/** A change of settings: only the named ones. */
export const ShopSettingsPatch = z.strictObject(fields).partial();

/** The settings of a shop: the names that order desks know (CONTRACT, "Shop settings"). */
export const ShopSettings = z.strictObject(fields);
export type ShopSettings = z.infer<typeof ShopSettings>;

/** What a new shop starts with: nothing happens by itself until it is switched on. */
export const DEFAULT_SETTINGS: ShopSettings = {
  automaticOrderIntegration: false,
  automaticOrderConfirmation: false,
  automaticShippingInstructions: false,
  importStatuses: [100, 300],
  stockSync: 'off',
  stockLocation: 'main',
  stockCoalesceSeconds: 30,
  automaticSkuLinks: false,
  syncIntervalSeconds: 60,
  fulfilmentProvider: 'manual',
  skuProjectMigrated: true,
  defaultRemarks: [],
  requestsPerSecond: {},
  shippingReadBackSeconds: [60, 300, 900],
  alertWebhookUrl: null,
  defaultShipFromId: null,
  defaultCustomer: null,
  personalDataRetentionDays: 365,
  keyRenewalLimitMinutes: 120,
  shippingCutoff: '12:00',
  shippingLeadDays: 1,
  transitDays: 1,
  closedWeekdays: [],
  closedOnPublicHolidays: false,
  closedDays: [],
};
