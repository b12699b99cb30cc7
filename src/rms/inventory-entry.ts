import { z } from 'zod';
import type { RmsIssue } from './errors';
import { issuesOf } from './parse';

/** Most pairs that bulk-get takes in one call (reference, inventory §3). */
export const MAX_PAIRS_PER_CALL = 1000;
/** Most entries that bulk-upsert takes in one call (reference, inventory §3). */
export const MAX_UPSERTS_PER_CALL = 400;
/** Most pieces that Rakuten holds of a SKU. */
const MAX_QUANTITY = 99_999;

/** The pair that names a SKU; a `variantId` alone is not unique (reference §5). */
export interface InventoryPair {
  readonly manageNumber: string;
  readonly variantId: string;
}

/** Lead times and ship-from as Rakuten holds them; absent where it chooses by itself. */
export interface InventorySettings {
  readonly operationLeadTime?: { normalDeliveryTimeId?: number; backOrderDeliveryTimeId?: number };
  readonly shipFromIds?: readonly number[];
}

/** A quantity to be written. `ABSOLUTE` sets (0–99999) and must come first for a new pair, `RELATIVE` adds (±99999). */
interface QuantityChange extends InventoryPair {
  readonly mode: 'ABSOLUTE' | 'RELATIVE';
  readonly quantity: number;
}

/**
 * One write. It replaces the whole record: lead times and ship-from that are not sent are DELETED (reference §3.2
 * no. 1), so send back what was read.
 */
export interface InventoryUpsert extends QuantityChange, InventorySettings {}

/**
 * One write by which the caller says what becomes of lead times and ship-from: the record as it was just read to keep
 * them, or `auto` to delete them so that Rakuten chooses (reference §3.2 no. 1).
 */
export interface VariantUpsert extends QuantityChange {
  readonly settings: InventorySettings | 'auto';
}

/** Bounds of a search by quantity, both inclusive; at least one. */
export interface InventoryRange {
  readonly minQuantity?: number;
  readonly maxQuantity?: number;
}

/** Key of a pair: Rakuten lower-cases the manageNumber and tells variantIds apart by case (reference §3.1). */
export const inventoryKey = ({ manageNumber, variantId }: InventoryPair): string =>
  `${manageNumber.toLowerCase()}/${variantId}`;

const name = z.string().regex(/^[0-9A-Za-z_-]{1,32}$/, 'expected 1 to 32 letters, digits, - or _');
const pair = z.object({ manageNumber: name, variantId: name });
const settingId = z.number().int().min(0);
const settings = z.object({
  operationLeadTime: z
    .object({
      normalDeliveryTimeId: settingId.optional(),
      backOrderDeliveryTimeId: settingId.optional(),
    })
    .optional(),
  shipFromIds: z.array(settingId).readonly().optional(),
});
const absolute = z.object({
  ...pair.shape,
  mode: z.literal('ABSOLUTE'),
  quantity: z.number().int().min(0).max(MAX_QUANTITY),
});
const relative = z.object({
  ...pair.shape,
  mode: z.literal('RELATIVE'),
  quantity: z.number().int().min(-MAX_QUANTITY).max(MAX_QUANTITY),
});
const upsert = z.discriminatedUnion('mode', [
  absolute.extend(settings.shape),
  relative.extend(settings.shape),
]);
const spokenSettings = { settings: z.union([z.literal('auto'), settings]) };
const variantUpsert = z.discriminatedUnion('mode', [
  absolute.extend(spokenSettings),
  relative.extend(spokenSettings),
]);

const isDistinct = (pairs: readonly InventoryPair[]): boolean =>
  new Set(pairs.map(inventoryKey)).size === pairs.length;
const DISTINCT = { error: 'expected every pair of manageNumber and variantId once' };
const pairs = z.array(pair).min(1).max(MAX_PAIRS_PER_CALL);
const upserts = z.array(upsert).min(1).max(MAX_UPSERTS_PER_CALL).refine(isDistinct, DISTINCT);

const bound = z.number().int().min(0).max(MAX_QUANTITY).optional();
const range = z
  .object({ minQuantity: bound, maxQuantity: bound })
  .refine(({ minQuantity, maxQuantity }) => minQuantity !== undefined || maxQuantity !== undefined, {
    error: 'expected a minQuantity, a maxQuantity or both',
  })
  .refine(({ minQuantity = -1, maxQuantity = Number.POSITIVE_INFINITY }) => minQuantity < maxQuantity, {
    path: ['minQuantity'],
    error: 'expected less than maxQuantity',
  });

/** Whether Rakuten can hold stock for a pair at all (reference §3.1); one that is not fails the whole request. */
export const canHoldStock = (asked: InventoryPair): boolean => pair.safeParse(asked).success;

/** What of a pair Rakuten would refuse; empty when it can hold stock (reference §3.1). */
export const checkPair = (asked: InventoryPair): readonly RmsIssue[] => issuesOf(pair, asked);

/** What of one write Rakuten would refuse whatever stock it holds; empty when it may be sent (reference §3.1). */
export const checkUpsert = (entry: InventoryUpsert): readonly RmsIssue[] => issuesOf(upsert, entry);

/** What of a request of bulk-get Rakuten would refuse; its pairs are distinct (reference §3). */
export const checkPairs = (asked: readonly InventoryPair[]): readonly RmsIssue[] => issuesOf(pairs, asked);

/** What of a request of bulk-upsert Rakuten would refuse (reference §3). */
export const checkUpserts = (entries: readonly InventoryUpsert[]): readonly RmsIssue[] =>
  issuesOf(upserts, entries);

/** What of a single write Rakuten would refuse; empty when it may be sent (reference §3.1). */
export const checkVariantUpsert = (entry: VariantUpsert): readonly RmsIssue[] =>
  issuesOf(variantUpsert, entry);

/** Whether a manageNumber is one that Rakuten can know; empty when it is (reference §3.1). */
export const checkManageNumber = (manageNumber: string): readonly RmsIssue[] => issuesOf(name, manageNumber);

/** What of a search by quantity Rakuten would refuse; empty when it may be sent (reference §3). */
export const checkInventoryRange = (asked: InventoryRange): readonly RmsIssue[] => issuesOf(range, asked);

/**
 * The pairs asked for that an answer does not hold, given its keys by `inventoryKey`. A write to such a pair is answered
 * with success and lost (reference §3.2 no. 2), so look before writing to it.
 */
export const unknownPairs = <Pair extends InventoryPair>(
  asked: readonly Pair[],
  found: { has(key: string): boolean },
): readonly Pair[] => asked.filter((one) => !found.has(inventoryKey(one)));
