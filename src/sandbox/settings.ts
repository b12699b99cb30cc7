import { z } from 'zod';
import type { Books, Db } from './books';

const seconds = z.number().min(0).max(10_000_000);

/** Everything about the simulation that a test or the demo may set. Rates and ticks count real seconds, all else the sandbox's clock. */
const settingsSchema = z.strictObject({
  /** Whether the background loop runs by itself; POST /control/tick always works. */
  autoTick: z.boolean(),
  tickEveryMs: z.number().int().min(20).max(60_000),
  orderRequestsPerSecond: z.number().positive().max(100_000),
  inventoryReadsPerSecond: z.number().positive().max(100_000),
  inventoryWritesPerSecond: z.number().positive().max(100_000),
  itemReadsPerSecond: z.number().positive().max(100_000),
  itemBulkReadsPerSecond: z.number().positive().max(100_000),
  shopRequestsPerSecond: z.number().positive().max(100_000),
  /** How many requests an untouched bucket holds, and how early a request may come. */
  rateBurst: z.number().int().min(1).max(1000),
  rateToleranceMs: z.number().min(0).max(1000),
  /** What the order API's gateway answers to a refused key: its older body, or the common one. */
  orderRefusalBody: z.enum(['ES01-01', 'GA0001']),
  /** Seconds until items.search notices that an item was registered or deleted. */
  itemIndexLagSeconds: seconds,
  /** Seconds until an asynchronous shipping report is carried out; null: only on request. */
  asyncShippingDelaySeconds: seconds.nullable(),
  /** With which status an asynchronous report with a wrong field is refused; the documents leave it open. */
  asyncRefusalStatus: z.union([z.literal(200), z.literal(400)]),
  /** Seconds from the confirmation (prepaid: from the payment) to 300; null: Rakuten's own times. */
  fixDelaySeconds: seconds.nullable(),
  /** Seconds from the confirmation to the money of prepaid orders; null: only on request. */
  autoPayAfterSeconds: seconds.nullable(),
  /** Days that a prepaid buyer has to pay. */
  paymentLimitDays: z.number().int().min(0).max(60),
  /** When the nightly job runs: just after midnight JST, every so many seconds, or only on request. */
  night: z.enum(['midnight', 'interval', 'on_request']),
  nightEverySeconds: seconds,
  /** Whether the night closes orders whose shipping date is today, too. */
  nightClosesToday: z.boolean(),
  /** Whether a cancelled order is visible as 800 until the next tick before it is 900. */
  cancelShows800: z.boolean(),
  generator: z.strictObject({
    enabled: z.boolean(),
    shopCode: z.string(),
    seed: z.number().int(),
    everySeconds: seconds,
    maxOpen: z.number().int().min(0),
    maxTotal: z.number().int().min(0),
  }),
  warehouseShipAfterSeconds: seconds,
  /** The share, 0 to 1, of baskets that leave in two parcels. */
  splitShare: z.number().min(0).max(1),
});

/** The settings in force. */
export type Settings = z.infer<typeof settingsSchema>;

/** Names of the settings a sandbox can begin with. */
export type Preset = 'demo' | 'quiet';

const quiet: Settings = {
  autoTick: true,
  tickEveryMs: 250,
  orderRequestsPerSecond: 1,
  inventoryReadsPerSecond: 5,
  inventoryWritesPerSecond: 1,
  itemReadsPerSecond: 5,
  itemBulkReadsPerSecond: 1,
  shopRequestsPerSecond: 1,
  rateBurst: 1,
  rateToleranceMs: 50,
  orderRefusalBody: 'ES01-01',
  itemIndexLagSeconds: 0,
  asyncShippingDelaySeconds: 0,
  asyncRefusalStatus: 200,
  fixDelaySeconds: 0,
  autoPayAfterSeconds: null,
  paymentLimitDays: 7,
  night: 'on_request',
  nightEverySeconds: 60,
  nightClosesToday: false,
  cancelShows800: false,
  generator: { enabled: false, shopCode: '', seed: 1, everySeconds: 20, maxOpen: 60, maxTotal: 300 },
  warehouseShipAfterSeconds: 0,
  splitShare: 0,
};

const presets: Record<Preset, Settings> = {
  quiet,
  demo: {
    ...quiet,
    tickEveryMs: 500,
    orderRequestsPerSecond: 5,
    asyncShippingDelaySeconds: 5,
    fixDelaySeconds: 5,
    autoPayAfterSeconds: 20,
    night: 'interval',
    nightClosesToday: true,
    generator: { ...quiet.generator, enabled: true, shopCode: 'okuri-demo' },
    warehouseShipAfterSeconds: 5,
    splitShare: 0.1,
  },
};

/** What PUT /control/settings takes: any part of the settings. */
export const settingsPatchSchema = settingsSchema
  .partial()
  .extend({ generator: settingsSchema.shape.generator.partial().optional() });

/** A value under a name in the `settings` table, or undefined. */
export const readSetting = async <T>(db: Db, name: string): Promise<T | undefined> =>
  (await db.query<{ value: T }>('SELECT value FROM settings WHERE name = $1', [name])).rows[0]?.value;

/** Keeps a value under a name in the `settings` table. */
export const writeSetting = async (db: Db, name: string, value: unknown): Promise<void> => {
  await db.query(
    'INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    [name, JSON.stringify(value)],
  );
};

/** The settings in memory, written through to the books. */
export interface SettingsBook {
  current(): Settings;
  patch(change: z.infer<typeof settingsPatchSchema>): Promise<Settings>;
}

/** Opens the settings: what was stored, laid over the preset (which also fills in settings that are new). */
export const openSettings = async (books: Books, preset: Preset): Promise<SettingsBook> => {
  let current = merge(presets[preset], (await readSetting<Partial<Settings>>(books, 'settings')) ?? {});
  return {
    current: () => current,
    patch: async (change) => {
      const next = merge(current, change);
      await writeSetting(books, 'settings', next);
      current = next;
      return next;
    },
  };
};

const merge = (base: Settings, change: z.infer<typeof settingsPatchSchema>): Settings =>
  settingsSchema.parse({ ...base, ...change, generator: { ...base.generator, ...change.generator } });
