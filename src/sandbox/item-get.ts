import { refuse } from './authorisation';
import { fieldError, type InventoryError, inventoryErrors } from './inventory-fields';
import { itemBody } from './item-body';
import { readItems } from './items';
import { isObject } from './json';
import type { Handler } from './rms-call';
import { readShopInfo } from './shop-info';

const MAX_BULK_GET = 50;
const MAX_BYTES = 32;

/** What is wrong with a manageNumber: IE0001, IE0004, IE0220; undefined when nothing is. */
const idError = (value: unknown, path?: string): InventoryError | undefined => {
  const error = (code: string, message: string): InventoryError =>
    path === undefined ? { code, message } : fieldError(code, message, path);
  if (value === undefined || value === null || value === '') {
    return error('IE0001', 'manageNumber is mandatory.');
  }
  if (typeof value !== 'string' || !/^[A-Za-z0-9_-]+$/.test(value)) {
    return error('IE0220', 'manageNumber is only allowed alphanumeric, "-" and "_".');
  }
  return Buffer.byteLength(value) > MAX_BYTES
    ? error('IE0004', `Max length of manageNumber must be within ${MAX_BYTES} bytes.`)
    : undefined;
};

/** Functions that need the paid 商品一括編集: without it they are refused like a key that may not call them (item reference §1.2). */
const forItemEditing =
  (handler: Handler): Handler =>
  async (call) => {
    const { itemEditing } = await readShopInfo(call.db, call.shop.shopCode);
    return itemEditing ? handler(call) : refuse('item', 'function', call.settings);
  };

/** items.get: the bare item, or 404 GE0014 in the words of the function's own page (item reference §4.3). */
export const getItem: Handler = forItemEditing(async ({ db, shop, params }) => {
  const error = idError(params.manageNumber);
  if (error !== undefined) return inventoryErrors(400, [error]);
  const manageNumber = (params.manageNumber ?? '').toLowerCase();
  const item = (await readItems(db, shop.shopCode, [manageNumber])).find(({ deleted }) => deleted === null);
  const message = `No item found for inputs; manageNumber=${manageNumber}`;
  return item === undefined
    ? inventoryErrors(404, [{ code: 'GE0014', message }])
    : { status: 200, body: itemBody(item, shop) };
});

/** items.bulk.get: the bare items of up to 50 numbers in the order asked for; unknown ones are left out (item reference §4.2). */
export const bulkGetItems: Handler = forItemEditing(async ({ db, shop, body, settings }) => {
  if (!isObject(body) || Object.keys(body).length === 0) return refuse('item', 'body', settings);
  const { manageNumbers } = body;
  if (
    manageNumbers === undefined ||
    manageNumbers === null ||
    (Array.isArray(manageNumbers) && manageNumbers.length === 0)
  ) {
    return inventoryErrors(400, [fieldError('IE0001', 'manageNumbers is mandatory.', 'manageNumbers')]);
  }
  if (!Array.isArray(manageNumbers)) {
    return inventoryErrors(400, [
      fieldError('IE0002', 'manageNumbers has an invalid value.', 'manageNumbers'),
    ]);
  }
  const wrong = manageNumbers.flatMap((value, i) => idError(value, `manageNumbers[${i}]`) ?? []);
  const asked = manageNumbers.map((value) => String(value).toLowerCase());
  const errors = [...wrong, ...listErrors(asked)];
  if (errors.length > 0) return inventoryErrors(400, errors);
  const items = new Map(
    (await readItems(db, shop.shopCode, asked))
      .filter(({ deleted }) => deleted === null)
      .map((item) => [item.manageNumber, item]),
  );
  const found = asked.flatMap((manageNumber) => items.get(manageNumber) ?? []);
  return { status: 200, body: { results: found.map((item) => itemBody(item, shop)) } };
});

const listErrors = (asked: readonly string[]): InventoryError[] => {
  if (asked.length > MAX_BULK_GET) {
    const message = 'manageNumbers exceeds the maximum number of entries allowed.';
    return [fieldError('IE1101', message, 'manageNumbers')];
  }
  const twice = new Set(asked.filter((one, i) => asked.indexOf(one) !== i));
  return [...twice].map((one) =>
    fieldError('IE1106', `There are multiple occurrences of the same manageNumber : ${one}`, 'manageNumbers'),
  );
};
