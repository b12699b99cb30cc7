import type { Db } from './books';
import {
  fieldError,
  type InventoryError,
  inventoryErrors,
  listErrors,
  MAX_QUANTITY,
  readPair,
  readWrite,
  type StockWrite,
} from './inventory-fields';
import { isoDatetime } from './japan-time';
import { type Fields, isObject } from './json';
import type { Answer, Handler, RmsCall } from './rms-call';
import { readShopInfo, type ShopInfo } from './shop-info';
import { findStock, type Pair, pairKey, readStock, type StockRecord, saveStock } from './stock';

const MAX_BULK_GET = 1000;
const MAX_BULK_UPSERT = 400;
const MAX_RANGE_HITS = 1000;
const MAX_VARIANTS = 400;

/** A record as it is answered: what was never set is absent; lead times are shown by 2.1 only (inventory reference §3.1). */
const shown = (record: StockRecord, version: '2.0' | '2.1'): Fields => ({
  manageNumber: record.manageNumber,
  variantId: record.variantId,
  quantity: record.quantity,
  ...(version === '2.1' && record.leadTime !== null ? { operationLeadTime: record.leadTime } : {}),
  ...(version === '2.1' && record.shipFromIds !== null ? { shipFromIds: record.shipFromIds } : {}),
  created: isoDatetime(record.created),
  updated: isoDatetime(record.updated),
});

const notFound = (inputs: string): Answer =>
  inventoryErrors(404, [{ code: 'GE0014', message: `Not found for inputs; ${inputs}` }]);

const NOT_MIGRATED = inventoryErrors(400, [
  { code: 'IE1105', message: 'This endpoint is disabled for the shop not migrated to SKU.' },
]);

const EMPTY_BODY = inventoryErrors(400, [
  { code: 'GE0011', message: 'Request body is missing or is empty without any attributes.' },
]);

/** Endpoints that a shop without the SKU project may not use (§3.2.8). */
const forMigrated =
  (handler: Handler): Handler =>
  async (call) =>
    call.shop.skuMigrated ? handler(call) : NOT_MIGRATED;

/** inventories.variants.get: one record, or 404 GE0014. */
export const getVariant: Handler = async ({ db, shop, params, apiVersion }) => {
  const errors: InventoryError[] = [];
  const pair = readPair(params, '', errors);
  if (errors.length > 0) return inventoryErrors(400, errors);
  const record = (await readStock(db, shop.shopCode, [pair], 'read')).get(pairKey(pair));
  return record === undefined
    ? notFound(`manageNumber=${pair.manageNumber}, variantId=${pair.variantId}`)
    : { status: 200, body: shown(record, apiVersion) };
};

/** inventories.variants.upsert: one write; also for a SKU that does not exist (§3.2.2). */
export const putVariant: Handler = forMigrated(async (call) => {
  if (!isObject(call.body) || Object.keys(call.body).length === 0) return EMPTY_BODY;
  const errors: InventoryError[] = [];
  const pair = readPair(call.params, '', errors);
  const write = readWrite(call.body, pair, call.apiVersion, '', errors);
  return errors.length > 0 ? inventoryErrors(400, errors) : applyWrites(call, [write]);
});

/** inventories.variants.delete: 204, or 404 GE0014. */
export const deleteVariant: Handler = forMigrated(async ({ db, shop, params, record }) => {
  const errors: InventoryError[] = [];
  const pair = readPair(params, '', errors);
  if (errors.length > 0) return inventoryErrors(400, errors);
  const stored = (await readStock(db, shop.shopCode, [pair], 'lock')).get(pairKey(pair));
  if (stored === undefined) return notFound(`manageNumber=${pair.manageNumber}, variantId=${pair.variantId}`);
  await db.query('DELETE FROM stock WHERE shop_code = $1 AND manage_number = $2 AND variant_id = $3', [
    shop.shopCode,
    pair.manageNumber,
    pair.variantId,
  ]);
  record({ kind: 'stock_deleted', ...pair, from: stored.quantity, to: null });
  return { status: 204 };
});

/** Reads the list of a bulk request, or the answer that refuses it. */
const readList = <T extends Pair>(
  body: unknown,
  max: number,
  read: (entry: Fields, prefix: string, errors: InventoryError[]) => T,
): T[] | Answer => {
  if (!isObject(body) || Object.keys(body).length === 0) return EMPTY_BODY;
  const { inventories } = body;
  if (
    inventories === undefined ||
    inventories === null ||
    (Array.isArray(inventories) && inventories.length === 0)
  ) {
    return inventoryErrors(400, [fieldError('IE0001', 'inventories is mandatory.', 'inventories')]);
  }
  if (!Array.isArray(inventories) || !inventories.every(isObject)) {
    return inventoryErrors(400, [fieldError('IE0002', 'inventories has an invalid value.', 'inventories')]);
  }
  const errors: InventoryError[] = [];
  const entries = inventories.map((entry, i) => read(entry, `inventories[${i}].`, errors));
  errors.push(...listErrors(entries, max));
  return errors.length > 0 ? inventoryErrors(400, errors) : entries;
};

/** inventories.bulk.get: the records of up to 1,000 pairs; unknown pairs are left out (§3.2.3). */
export const bulkGet: Handler = forMigrated(async ({ db, shop, body, apiVersion }) => {
  const pairs = readList(body, MAX_BULK_GET, readPair);
  if (!Array.isArray(pairs)) return pairs;
  const records = await readStock(db, shop.shopCode, pairs, 'read');
  const found = pairs.flatMap((pair) => records.get(pairKey(pair)) ?? []);
  return { status: 200, body: { inventories: found.map((record) => shown(record, apiVersion)) } };
});

/** inventories.bulk.get.range: records between two quantities, newest change first; more than 1,000 are refused. */
export const bulkGetRange: Handler = async ({ db, shop, query, apiVersion }) => {
  const errors: InventoryError[] = [];
  const bound = (name: string): number | undefined => {
    const text = query.get(name);
    if (text === null || text === '') return undefined;
    if (!/^-?\d{1,9}$/.test(text))
      errors.push({ code: 'IE0002', message: `${name} has an invalid value : ${text}.` });
    else if (Number(text) < 0 || Number(text) > MAX_QUANTITY) {
      errors.push({ code: 'IE0003', message: `${name} must be between 0 and ${MAX_QUANTITY}.` });
    }
    return Number(text);
  };
  const min = bound('minQuantity');
  const max = bound('maxQuantity');
  if (min === undefined && max === undefined) {
    const message = 'One or both of minQuantity and maxQuantity query parameters is/are required.';
    errors.push({ code: 'IE0105', message });
  }
  if (min !== undefined && max !== undefined && min > max) {
    errors.push({ code: 'IE0113', message: 'minQuantity value, must be smaller than maxQuantity.' });
  }
  if (errors.length > 0) return inventoryErrors(400, errors);
  const records = await findStock(
    db,
    'shop_code = $1 AND quantity BETWEEN $2 AND $3',
    [shop.shopCode, min ?? 0, max ?? MAX_QUANTITY],
    MAX_RANGE_HITS + 1,
  );
  if (records.length > MAX_RANGE_HITS) {
    const message = 'Too many search results, please change the query of search.';
    return inventoryErrors(400, [{ code: 'IE0116', message }]);
  }
  return { status: 200, body: { inventories: records.map((record) => shown(record, apiVersion)) } };
};

/** inventories.bulk.upsert: up to 400 writes, all or none (§3.2.5 leaves this open). */
export const bulkUpsert: Handler = forMigrated(async (call) => {
  const writes = readList(call.body, MAX_BULK_UPSERT, (entry, prefix, errors) =>
    readWrite(entry, readPair(entry, prefix, errors), call.apiVersion, prefix, errors),
  );
  return Array.isArray(writes) ? applyWrites(call, writes) : writes;
});

/** inventories.variant-lists.get, 2.1 only: the variantIds in stock of an item. */
export const getVariantList: Handler = forMigrated(async ({ db, shop, params }) => {
  const manageNumber = String(params.manageNumber).toLowerCase();
  const records = await findStock(
    db,
    'shop_code = $1 AND manage_number = $2',
    [shop.shopCode, manageNumber],
    MAX_VARIANTS,
  );
  if (records.length === 0) return notFound(`manageNumber=${manageNumber}`);
  return {
    status: 200,
    body: { manageNumber, variantList: records.map((record) => record.variantId).sort() },
  };
});

const applyWrites = async (
  { db, shop, now, apiVersion, record }: RmsCall,
  writes: readonly StockWrite[],
): Promise<Answer> => {
  const stored = await readStock(db, shop.shopCode, writes, 'lock');
  const info = await readShopInfo(db, shop.shopCode);
  const errors = writes.flatMap((write) => [
    ...writeErrors(write, stored.get(pairKey(write))),
    ...settingErrors(write, info),
  ]);
  const added = writes.filter((write) => !stored.has(pairKey(write)));
  const crowded = await crowdedError(db, shop.shopCode, added);
  if (crowded !== undefined) errors.push(crowded);
  if (errors.length > 0) return inventoryErrors(400, errors);
  for (const write of writes) {
    const before = stored.get(pairKey(write));
    const quantity = write.quantity + (write.mode === 'RELATIVE' ? (before?.quantity ?? 0) : 0);
    await saveStock(db, shop.shopCode, {
      manageNumber: write.manageNumber,
      variantId: write.variantId,
      quantity,
      // 2.1 replaces the whole record; a 2.0 write does not know lead times and keeps them (a guess, §3.2.1).
      leadTime: apiVersion === '2.1' ? write.leadTime : (before?.leadTime ?? null),
      shipFromIds: apiVersion === '2.1' ? write.shipFromIds : (before?.shipFromIds ?? null),
      created: before?.created ?? now,
      updated: now,
    });
    const { manageNumber, variantId, mode } = write;
    record({
      kind: 'stock_written',
      manageNumber,
      variantId,
      mode,
      from: before?.quantity ?? null,
      to: quantity,
    });
  }
  return { status: 204 };
};

/** IE0121: an item holds at most 400 variantIds (§3.2.7). */
const crowdedError = async (
  db: Db,
  shopCode: string,
  added: readonly Pair[],
): Promise<InventoryError | undefined> => {
  const { rows } = await db.query(
    `SELECT manage_number FROM (
       SELECT manage_number FROM stock WHERE shop_code = $1 AND manage_number = ANY($2)
       UNION ALL SELECT unnest($2::text[])) AS all_records
     GROUP BY manage_number HAVING count(*) > ${MAX_VARIANTS}`,
    [shopCode, added.map((pair) => pair.manageNumber)],
  );
  const message = 'Inventory cannot be added because the size has reached the limit.';
  return rows.length > 0 ? { code: 'IE0121', message } : undefined;
};

/** IE0118: lead times and ship-from must be among those that the shop has set up (§3.3). */
const settingErrors = (write: StockWrite, info: ShopInfo): InventoryError[] => {
  const leadTimes = info.operationLeadTimes.map((own) => own.operationLeadTimeId);
  const shipFroms = info.shipFroms.map((own) => own.shipFromId);
  const used = [
    ...Object.entries(write.leadTime ?? {}).map(([field, id]) => ({
      path: `operationLeadTime.${field}`,
      id,
      known: leadTimes,
    })),
    ...(write.shipFromIds ?? []).map((id) => ({ path: 'shipFromIds', id, known: shipFroms })),
  ];
  return used
    .filter(({ id, known }) => !known.includes(id))
    .map(({ path, id }) =>
      fieldError(
        'IE0118',
        `${id} is invalid because it is not defined in ${path} of shop setting.`,
        `${write.path}${path}`,
      ),
    );
};

const writeErrors = (write: StockWrite, before: StockRecord | undefined): InventoryError[] => {
  if (write.mode === 'ABSOLUTE') return [];
  if (before === undefined) {
    const message =
      'Cannot use relative mode to update inventory which the combination of manageNumber and variantId does not exist.';
    return [fieldError('IE0500', message, `${write.path}mode`)];
  }
  const after = before.quantity + write.quantity;
  const message = `After update, the quantity must be between 0 and ${MAX_QUANTITY}.`;
  return after >= 0 && after <= MAX_QUANTITY ? [] : [fieldError('IE0117', message, `${write.path}quantity`)];
};
