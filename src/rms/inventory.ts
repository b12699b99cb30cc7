import { RmsError } from './errors';
import { parseAnswer } from './parse';
import { type InventoryModel, inventoriesAnswer, inventoryModel } from './schemas/inventory';
import { CONTENT_TYPE, type RmsConnection, send } from './transport';
import { parseWireDatetime } from './wire-time';

/** Most pairs that bulk-get takes in one call (reference, inventory §3). */
export const MAX_PAIRS_PER_CALL = 1000;
/** Most entries that bulk-upsert takes in one call (reference, inventory §3). */
export const MAX_UPSERTS_PER_CALL = 400;

const BASE = '/es/2.1/inventories';

/** The pair that names a SKU; a `variantId` alone is not unique (reference §5). */
export interface InventoryPair {
  readonly manageNumber: string;
  readonly variantId: string;
}

const NAME = /^[0-9A-Za-z_-]{1,32}$/;

/** Whether Rakuten can hold stock for a pair at all (reference §3.1); one that is not fails the whole request. */
export const canHoldStock = ({ manageNumber, variantId }: InventoryPair): boolean =>
  NAME.test(manageNumber) && NAME.test(variantId);

/** Lead times and ship-from as Rakuten holds them; absent where it chooses by itself. */
interface InventorySettings {
  readonly operationLeadTime?: { normalDeliveryTimeId?: number; backOrderDeliveryTimeId?: number };
  readonly shipFromIds?: readonly number[];
}

/** What Rakuten holds for a pair. */
export interface InventoryRecord extends InventorySettings {
  readonly quantity: number;
  /** Last change, by us or by a sale. */
  readonly updated: Date;
}

/**
 * One write. `ABSOLUTE` sets (0–99999) and must come first for a new pair, `RELATIVE` adds.
 * The write replaces the whole record: lead times and ship-from that are not sent are DELETED (reference §3.2 no. 1),
 * so send back what was read.
 */
export interface InventoryUpsert extends InventoryPair, InventorySettings {
  readonly mode: 'ABSOLUTE' | 'RELATIVE';
  readonly quantity: number;
}

/** Key of a pair: Rakuten lower-cases the manageNumber and tells variantIds apart by case (reference §3.1). */
export const inventoryKey = ({ manageNumber, variantId }: InventoryPair): string =>
  `${manageNumber.toLowerCase()}/${variantId}`;

function toRecord(model: InventoryModel): InventoryRecord {
  const { normalDeliveryTimeId, backOrderDeliveryTimeId } = model.operationLeadTime ?? {};
  return {
    quantity: model.quantity,
    updated: parseWireDatetime(model.updated),
    ...(model.operationLeadTime
      ? {
          operationLeadTime: {
            ...(normalDeliveryTimeId == null ? {} : { normalDeliveryTimeId }),
            ...(backOrderDeliveryTimeId == null ? {} : { backOrderDeliveryTimeId }),
          },
        }
      : {}),
    ...(model.shipFromIds ? { shipFromIds: model.shipFromIds } : {}),
  };
}

/**
 * inventories.bulk.get (reference §3) for 1–1000 pairs, keyed by `inventoryKey`. A pair without a stock record is
 * absent.
 * @throws RmsError
 */
export async function getInventory(
  connection: RmsConnection,
  pairs: readonly InventoryPair[],
): Promise<Map<string, InventoryRecord>> {
  const operation = 'inventories.bulk.get';
  const distinct = new Map(
    pairs.map((pair) => [inventoryKey(pair), { manageNumber: pair.manageNumber, variantId: pair.variantId }]),
  );
  const json = await send(connection, {
    operation,
    effect: 'read',
    method: 'POST',
    path: `${BASE}/bulk-get`,
    contentType: CONTENT_TYPE.inventory,
    body: { inventories: [...distinct.values()] },
  });
  const { inventories } = parseAnswer(inventoriesAnswer, json, { operation, effect: 'read' });
  return new Map(inventories.map((model) => [inventoryKey(model), toRecord(model)]));
}

/**
 * inventories.variants.get (reference §3) for one pair; `undefined` when there is no stock record (404 GE0014).
 * @throws RmsError
 */
export async function getVariantInventory(
  connection: RmsConnection,
  pair: InventoryPair,
): Promise<InventoryRecord | undefined> {
  const operation = 'inventories.variants.get';
  const names = [pair.manageNumber, pair.variantId].map(encodeURIComponent);
  try {
    const json = await send(connection, {
      operation,
      effect: 'read',
      method: 'GET',
      path: `${BASE}/manage-numbers/${names[0]}/variants/${names[1]}`,
      contentType: CONTENT_TYPE.inventory,
    });
    return toRecord(parseAnswer(inventoryModel, json, { operation, effect: 'read' }));
  } catch (error) {
    if (error instanceof RmsError && error.codes.some(({ code }) => code === 'GE0014')) return undefined;
    throw error;
  }
}

/**
 * inventories.bulk.upsert (reference §3) for 1–400 entries with distinct pairs, all or nothing as far as is known.
 * A pair that does not exist as an item is accepted and lost, so a typo "succeeds" (§3.2 no. 2). Never repeat
 * RELATIVE after `unknown_outcome` without a read (no. 5).
 * @throws RmsError
 */
export async function upsertInventory(
  connection: RmsConnection,
  entries: readonly InventoryUpsert[],
): Promise<void> {
  await send(connection, {
    operation: 'inventories.bulk.upsert',
    effect: 'write',
    method: 'POST',
    path: `${BASE}/bulk-upsert`,
    contentType: CONTENT_TYPE.inventory,
    body: {
      inventories: entries.map((entry) => ({
        manageNumber: entry.manageNumber,
        variantId: entry.variantId,
        mode: entry.mode,
        quantity: entry.quantity,
        ...(entry.operationLeadTime ? { operationLeadTime: entry.operationLeadTime } : {}),
        ...(entry.shipFromIds ? { shipFromIds: entry.shipFromIds } : {}),
      })),
    },
  });
}
