import { type Fields, isObject } from './json';
import type { Answer } from './rms-call';
import type { Pair } from './stock';

/** The largest quantity a stock record holds (inventory reference §3.1). */
export const MAX_QUANTITY = 99_999;

const MAX_BYTES = 32;

/** One error of the inventory API's envelope (§3.3). */
export interface InventoryError {
  readonly code: string;
  readonly message: string;
  readonly metadata?: { readonly propertyPath: string };
}

/** A write of one stock record, as the request gives it. */
export interface StockWrite extends Pair {
  readonly path: string;
  readonly mode: 'ABSOLUTE' | 'RELATIVE';
  readonly quantity: number;
  readonly leadTime: Record<string, number> | null;
  readonly shipFromIds: number[] | null;
}

/** An answer in the inventory API's error envelope. */
export const inventoryErrors = (status: number, errors: readonly InventoryError[]): Answer => ({
  status,
  body: { errors },
});

/** An error of one field. */
export const fieldError = (code: string, message: string, propertyPath: string): InventoryError => ({
  code,
  message,
  metadata: { propertyPath },
});

const invalid = (field: string, value: unknown, path: string): InventoryError =>
  fieldError(
    'IE0002',
    `${field} has an invalid value : ${typeof value === 'string' ? value : JSON.stringify(value)}.`,
    path,
  );

/** What is wrong with a manageNumber or variantId: IE0001, IE0002, IE0004; undefined when nothing is. */
const idError = (field: string, value: unknown, path: string): InventoryError | undefined => {
  if (value === undefined || value === null || value === '') {
    return fieldError('IE0001', `${field} is mandatory.`, path);
  }
  if (typeof value !== 'string') return invalid(field, value, path);
  if (Buffer.byteLength(value) > MAX_BYTES) {
    return fieldError('IE0004', `Max length of ${field} must be within ${MAX_BYTES} bytes.`, path);
  }
  return /^[A-Za-z0-9_-]+$/.test(value) ? undefined : invalid(field, value, path);
};

/** Reads a pair: manageNumber turns into lower case, variantId keeps its case (§3.1). Errors go into `errors`. */
export const readPair = (fields: Fields, prefix: string, errors: InventoryError[]): Pair => {
  const found = (['manageNumber', 'variantId'] as const).flatMap(
    (field) => idError(field, fields[field], `${prefix}${field}`) ?? [],
  );
  errors.push(...found);
  return { manageNumber: String(fields.manageNumber).toLowerCase(), variantId: String(fields.variantId) };
};

/** Fields of a write; lead times and ship-from exist in 2.1 only (§3). */
const WRITE_FIELDS = {
  '2.0': ['mode', 'quantity'],
  '2.1': ['mode', 'quantity', 'operationLeadTime', 'shipFromIds'],
};

/** Reads a stock write next to its pair. Errors go into `errors`. */
export const readWrite = (
  fields: Fields,
  pair: Pair,
  version: '2.0' | '2.1',
  prefix: string,
  errors: InventoryError[],
): StockWrite => {
  const known = [...WRITE_FIELDS[version], ...(prefix === '' ? [] : ['manageNumber', 'variantId'])];
  for (const name of Object.keys(fields).filter((field) => !known.includes(field))) {
    errors.push(fieldError('IE0002', `Unrecognized field ${name}.`, `${prefix}${name}`));
  }
  const { mode } = fields;
  if (mode === undefined || mode === null)
    errors.push(fieldError('IE0001', 'mode is mandatory.', `${prefix}mode`));
  else if (mode !== 'ABSOLUTE' && mode !== 'RELATIVE') errors.push(invalid('mode', mode, `${prefix}mode`));
  const relative = mode === 'RELATIVE';
  return {
    ...pair,
    path: prefix,
    mode: relative ? 'RELATIVE' : 'ABSOLUTE',
    quantity: readQuantity(fields.quantity, relative ? -MAX_QUANTITY : 0, `${prefix}quantity`, errors),
    leadTime: version === '2.1' ? readLeadTime(fields.operationLeadTime, prefix, errors) : null,
    shipFromIds: version === '2.1' ? readShipFrom(fields.shipFromIds, prefix, errors) : null,
  };
};

const readQuantity = (value: unknown, min: number, path: string, errors: InventoryError[]): number => {
  if (value === undefined || value === null)
    errors.push(fieldError('IE0001', 'quantity is mandatory.', path));
  else if (typeof value !== 'number' || !Number.isInteger(value))
    errors.push(invalid('quantity', value, path));
  else if (value < min || value > MAX_QUANTITY) {
    errors.push(fieldError('IE0003', `quantity must be between ${min} and ${MAX_QUANTITY}.`, path));
  } else return value;
  return 0;
};

const LEAD_TIMES = ['normalDeliveryTimeId', 'backOrderDeliveryTimeId'];

const readLeadTime = (value: unknown, prefix: string, errors: InventoryError[]): StockWrite['leadTime'] => {
  if (value === undefined || value === null) return null;
  const path = `${prefix}operationLeadTime`;
  if (!isObject(value)) {
    errors.push(invalid('operationLeadTime', value, path));
    return null;
  }
  const ids: Record<string, number> = {};
  for (const [name, id] of Object.entries(value)) {
    if (!LEAD_TIMES.includes(name)) {
      errors.push(fieldError('IE0002', `Unrecognized field ${name}.`, `${path}.${name}`));
    } else if (typeof id !== 'number' || !Number.isInteger(id))
      errors.push(invalid(name, id, `${path}.${name}`));
    else ids[name] = id;
  }
  return Object.keys(ids).length > 0 ? ids : null;
};

const readShipFrom = (value: unknown, prefix: string, errors: InventoryError[]): number[] | null => {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value) && value.length <= 1 && value.every((id) => Number.isInteger(id))) {
    return value.length > 0 ? value.map(Number) : null;
  }
  errors.push(invalid('shipFromIds', value, `${prefix}shipFromIds`));
  return null;
};

/** Errors of a bulk list: too many entries (IE1101), the same pair twice (IE1102). */
export const listErrors = (pairs: readonly Pair[], max: number): InventoryError[] => {
  if (pairs.length > max) {
    return [
      fieldError('IE1101', 'inventories exceeds the maximum number of entries allowed.', 'inventories'),
    ];
  }
  const keys = pairs.map(({ manageNumber, variantId }) => `${manageNumber}, ${variantId}`);
  const twice = [...new Set(keys.filter((key, i) => keys.indexOf(key) !== i))];
  return twice.map((key) =>
    fieldError(
      'IE1102',
      `There are multiple occurrences of the same manageNumber and variantId : ${key}`,
      'inventories',
    ),
  );
};
