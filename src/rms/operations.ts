import type { Effect } from './classify';
import {
  getInventory,
  type InventoryPair,
  type InventoryRecord,
  type InventoryUpsert,
  inventoryKey,
  MAX_PAIRS_PER_CALL,
  MAX_UPSERTS_PER_CALL,
  upsertInventory,
} from './inventory';
import { checkPair, checkUpsert } from './inventory-entry';
import { getLicenseExpiry } from './licence';
import type { Operation } from './operation';
import { type ConfirmOrderAnswer, confirmOrder, type GetOrderAnswer, getOrder, searchOrder } from './orders';
import type { ApiFamily } from './ports';
import { checkOrderNumber, MAX_ORDERS_PER_CALL } from './request';
import { checkOrderSearch, type OrderSearch } from './search-request';
import { checkRequestId, getResultUpdateOrderShippingAsync, type ShippingResult } from './shipping-async';
import type { RmsConnection } from './transport';

const itself = (text: string): string => text;
const always = () => true;
const never = () => false;

/** What tells a call of one item at a time from others. */
interface Single<Item> extends Pick<Operation<Item, unknown>, 'check' | 'orderNumbers'> {
  readonly name: string;
  readonly effect: Effect;
  /** The order API's where it is not named. */
  readonly family?: ApiFamily;
}

/** A call that takes one item at a time. */
export const single = <Item, Answer>(
  { family = 'order', ...about }: Single<Item>,
  send: (connection: RmsConnection, item: Item) => Promise<Answer>,
): Operation<Item, Answer> => ({
  ...about,
  family,
  limit: 1,
  key: () => about.name,
  duplicates: 'separate',
  splits: never,
  send: async (connection, items) =>
    new Map(
      await Promise.all(items.map(async (item) => [about.name, await send(connection, item)] as const)),
    ),
});

/** searchOrder, one page a request. */
export const SEARCH_ORDER = single(
  { name: 'searchOrder', effect: 'read', check: (search: OrderSearch) => checkOrderSearch(search) },
  searchOrder,
);

/** The licence's expiry; no limit of its own is documented. */
export const LICENSE_EXPIRY = single(
  { name: 'license.expiryDate.get', family: 'licence', effect: 'read' },
  (connection, _: undefined) => getLicenseExpiry(connection),
);

/** getOrder, a hundred orders a request. */
export const GET_ORDER: Operation<string, GetOrderAnswer> = {
  name: 'getOrder',
  family: 'order',
  effect: 'read',
  limit: MAX_ORDERS_PER_CALL,
  key: itself,
  duplicates: 'share',
  splits: always,
  check: checkOrderNumber,
  orderNumbers: (orderNumber) => [orderNumber],
  send: getOrder,
};

/** confirmOrder, a hundred orders a request; halves are safe since an order is confirmed once whatever is sent. */
export const CONFIRM_ORDER: Operation<string, ConfirmOrderAnswer> = {
  ...GET_ORDER,
  name: 'confirmOrder',
  effect: 'write',
  send: confirmOrder,
};

/** The result of an asynchronous shipping report; the orders of one report share an answer. */
export const SHIPPING_RESULT: Operation<string, ShippingResult> = {
  name: 'getResultUpdateOrderShippingAsync',
  family: 'order',
  effect: 'read',
  limit: 1,
  key: itself,
  duplicates: 'share',
  splits: never,
  check: checkRequestId,
  send: async (connection, requestIds) =>
    new Map(
      await Promise.all(
        requestIds.map(async (id) => [id, await getResultUpdateOrderShippingAsync(connection, id)] as const),
      ),
    ),
};

/** What Rakuten holds for a pair; `record` is undefined where it holds nothing. */
interface InventoryAnswer {
  readonly record: InventoryRecord | undefined;
}

/** inventories.bulk.get, a thousand pairs a request. */
export const GET_INVENTORY: Operation<InventoryPair, InventoryAnswer> = {
  name: 'inventories.bulk.get',
  family: 'inventories.bulk.get',
  effect: 'read',
  limit: MAX_PAIRS_PER_CALL,
  key: inventoryKey,
  duplicates: 'share',
  splits: always,
  check: checkPair,
  send: async (connection, pairs) => {
    const records = await getInventory(connection, pairs);
    return new Map(pairs.map(inventoryKey).map((key) => [key, { record: records.get(key) }] as const));
  },
};

/**
 * inventories.bulk.upsert, four hundred entries a request. Whether a refused request wrote nothing is not
 * documented, so only ABSOLUTE entries, which may be written twice, are sent again in halves.
 */
export const UPSERT_INVENTORY: Operation<InventoryUpsert, { readonly kind: 'written' }> = {
  name: 'inventories.bulk.upsert',
  family: 'inventories.bulk.upsert',
  effect: 'write',
  limit: MAX_UPSERTS_PER_CALL,
  key: inventoryKey,
  duplicates: 'separate',
  splits: (entries) => entries.every(({ mode }) => mode === 'ABSOLUTE'),
  check: checkUpsert,
  send: async (connection, entries) => {
    await upsertInventory(connection, entries);
    return new Map(entries.map((entry) => [inventoryKey(entry), { kind: 'written' }] as const));
  },
};
