import { asOutcome } from './expected-code';
import {
  checkInventoryRange,
  checkManageNumber,
  checkPair,
  checkPairs,
  checkUpserts,
  checkVariantUpsert,
  type InventoryPair,
  type InventoryRange,
  type InventorySettings,
  type InventoryUpsert,
  inventoryKey,
  type VariantUpsert,
} from './inventory-entry';
import { parseAnswer } from './parse';
import { requireValid } from './request';
import {
  type InventoryModel,
  inventoriesAnswer,
  inventoryModel,
  variantListAnswer,
} from './schemas/inventory';
import { CONTENT_TYPE, type RmsConnection, type RmsRequest, send } from './transport';
import { parseWireDatetime } from './wire-time';

export {
  canHoldStock,
  checkPair,
  checkUpsert,
  type InventoryPair,
  type InventoryRange,
  type InventoryUpsert,
  inventoryKey,
  MAX_PAIRS_PER_CALL,
  MAX_UPSERTS_PER_CALL,
  unknownPairs,
  type VariantUpsert,
} from './inventory-entry';

/** What Rakuten holds for a pair. */
export interface InventoryRecord extends InventorySettings {
  readonly quantity: number;
  /** Last change, by us or by a sale. */
  readonly updated: Date;
}

/** Nothing is registered under the names that were asked for (reference §3.3); with HTTP 404. */
const NOT_FOUND = 'GE0014';
/** A search by quantity has more than 1000 hits. */
const TOO_MANY = 'IE0116';

const BASE = '/es/2.1/inventories';

const variantPath = ({ manageNumber, variantId }: InventoryPair): string =>
  `${BASE}/manage-numbers/${manageNumber}/variants/${variantId}`;

const call = (connection: RmsConnection, request: Omit<RmsRequest, 'contentType'>): Promise<unknown> =>
  send(connection, { ...request, contentType: CONTENT_TYPE.inventory });

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

const toNamedRecord = (model: InventoryModel): InventoryPair & InventoryRecord => ({
  manageNumber: model.manageNumber,
  variantId: model.variantId,
  ...toRecord(model),
});

/** Lead times and ship-from in a body; what is absent here is deleted there. */
const wireSettings = ({ operationLeadTime, shipFromIds }: InventorySettings) => ({
  ...(operationLeadTime ? { operationLeadTime } : {}),
  ...(shipFromIds ? { shipFromIds } : {}),
});

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
  const inventories = [...distinct.values()];
  requireValid(operation, checkPairs(inventories));
  const path = `${BASE}/bulk-get`;
  const json = await call(connection, {
    operation,
    effect: 'read',
    method: 'POST',
    path,
    body: { inventories },
  });
  const answer = parseAnswer(inventoriesAnswer, json, { operation, effect: 'read' });
  return new Map(answer.inventories.map((model) => [inventoryKey(model), toRecord(model)]));
}

/** `too_many`: more than 1000 records, of which Rakuten gives none; ask for narrower ranges. */
export type InventoryRangeAnswer =
  | { readonly kind: 'found'; readonly records: readonly (InventoryPair & InventoryRecord)[] }
  | { readonly kind: 'too_many' };

/**
 * inventories.bulk.get.range (reference §3): up to 1000 records whose quantity lies within the bounds, the latest change
 * first.
 * @throws RmsError
 */
export async function getInventoryRange(
  connection: RmsConnection,
  range: InventoryRange,
): Promise<InventoryRangeAnswer> {
  const operation = 'inventories.bulk.get.range';
  requireValid(operation, checkInventoryRange(range));
  const { minQuantity, maxQuantity } = range;
  const query = {
    ...(minQuantity === undefined ? {} : { minQuantity: String(minQuantity) }),
    ...(maxQuantity === undefined ? {} : { maxQuantity: String(maxQuantity) }),
  };
  const path = `${BASE}/bulk-get/range`;
  return call(connection, { operation, effect: 'read', method: 'GET', path, query })
    .then((json) => parseAnswer(inventoriesAnswer, json, { operation, effect: 'read' }))
    .then(({ inventories }) => ({ kind: 'found' as const, records: inventories.map(toNamedRecord) }))
    .catch(asOutcome(TOO_MANY, { kind: 'too_many' }));
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
  requireValid(operation, checkPair(pair));
  const path = variantPath(pair);
  return call(connection, { operation, effect: 'read', method: 'GET', path })
    .then((json) => toRecord(parseAnswer(inventoryModel, json, { operation, effect: 'read' })))
    .catch(asOutcome(NOT_FOUND, undefined));
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
  const operation = 'inventories.bulk.upsert';
  requireValid(operation, checkUpserts(entries));
  const inventories = entries.map(({ manageNumber, variantId, mode, quantity, ...settings }) => ({
    manageNumber,
    variantId,
    mode,
    quantity,
    ...wireSettings(settings),
  }));
  const path = `${BASE}/bulk-upsert`;
  await call(connection, { operation, effect: 'write', method: 'POST', path, body: { inventories } });
}

/**
 * inventories.variants.upsert (reference §3) for one pair, with the traps of `upsertInventory`: success for a pair that
 * does not exist, and RELATIVE must not be repeated blindly.
 * @throws RmsError; `unknown_outcome` means that the quantity may have been written
 */
export async function upsertVariantInventory(connection: RmsConnection, entry: VariantUpsert): Promise<void> {
  const operation = 'inventories.variants.upsert';
  requireValid(operation, checkVariantUpsert(entry));
  const { mode, quantity, settings } = entry;
  const body = { mode, quantity, ...(settings === 'auto' ? {} : wireSettings(settings)) };
  await call(connection, { operation, effect: 'write', method: 'PUT', path: variantPath(entry), body });
}

/**
 * inventories.variants.delete (reference §3) for one pair; `not_found` when there was no stock record (404 GE0014), as
 * after a repeated deletion.
 * @throws RmsError; `unknown_outcome` means that the record may be gone
 */
export async function deleteVariantInventory(
  connection: RmsConnection,
  pair: InventoryPair,
): Promise<'deleted' | 'not_found'> {
  const operation = 'inventories.variants.delete';
  requireValid(operation, checkPair(pair));
  return call(connection, { operation, effect: 'write', method: 'DELETE', path: variantPath(pair) })
    .then(() => 'deleted' as const)
    .catch(asOutcome(NOT_FOUND, 'not_found'));
}

/**
 * inventories.variant-lists.get (reference §3): every variantId that holds stock under a manageNumber; `undefined` when
 * none does (404 GE0014).
 * @throws RmsError
 */
export async function getVariantList(
  connection: RmsConnection,
  manageNumber: string,
): Promise<readonly string[] | undefined> {
  const operation = 'inventories.variant-lists.get';
  requireValid(operation, checkManageNumber(manageNumber));
  const path = `${BASE}/variant-lists/manage-numbers/${manageNumber}`;
  return call(connection, { operation, effect: 'read', method: 'GET', path })
    .then((json) => parseAnswer(variantListAnswer, json, { operation, effect: 'read' }).variantList)
    .catch(asOutcome(NOT_FOUND, undefined));
}
