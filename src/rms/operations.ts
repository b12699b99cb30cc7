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
import { getLicenseExpiry } from './licence';
import {
  type ConfirmOrderAnswer,
  confirmOrder,
  type GetOrderAnswer,
  getOrder,
  MAX_ORDERS_PER_CALL,
  type OrderSearch,
  searchOrder,
} from './orders';
import type { Operation } from './queue';
import { type ShippingUpdate, updateOrderShipping } from './shipping';
import type { RmsConnection } from './transport';

const itself = (orderNumber: string): string => orderNumber;
const always = () => true;
const never = () => false;

/** A call that takes one item at a time. */
const single = <Item, Answer>(
  name: string,
  send: (connection: RmsConnection, item: Item) => Promise<Answer>,
): Operation<Item, Answer> => ({
  name,
  family: 'order',
  limit: 1,
  key: () => name,
  duplicates: 'separate',
  splits: never,
  send: async (connection, items) =>
    new Map(await Promise.all(items.map(async (item) => [name, await send(connection, item)] as const))),
});

/** searchOrder, one page a request. */
export const SEARCH_ORDER = single('searchOrder', (connection, search: OrderSearch) =>
  searchOrder(connection, search),
);

/** updateOrderShipping, one order a request. */
export const UPDATE_ORDER_SHIPPING = single('updateOrderShipping', (connection, update: ShippingUpdate) =>
  updateOrderShipping(connection, update),
);

/** The licence's expiry. No limit of its own is documented, so it counts with the orders. */
export const LICENSE_EXPIRY = single('license.expiryDate.get', (connection, _: undefined) =>
  getLicenseExpiry(connection),
);

/** getOrder, a hundred orders a request. */
export const GET_ORDER: Operation<string, GetOrderAnswer> = {
  name: 'getOrder',
  family: 'order',
  limit: MAX_ORDERS_PER_CALL,
  key: itself,
  duplicates: 'share',
  splits: always,
  send: getOrder,
};

/** confirmOrder, a hundred orders a request; halves are safe since an order is confirmed once whatever is sent. */
export const CONFIRM_ORDER: Operation<string, ConfirmOrderAnswer> = {
  name: 'confirmOrder',
  family: 'order',
  limit: MAX_ORDERS_PER_CALL,
  key: itself,
  duplicates: 'share',
  splits: always,
  send: confirmOrder,
};

/** What Rakuten holds for a pair; `record` is undefined where it holds nothing. */
interface InventoryAnswer {
  readonly record: InventoryRecord | undefined;
}

/** inventories.bulk.get, a thousand pairs a request. */
export const GET_INVENTORY: Operation<InventoryPair, InventoryAnswer> = {
  name: 'inventories.bulk.get',
  family: 'inventory-read',
  limit: MAX_PAIRS_PER_CALL,
  key: inventoryKey,
  duplicates: 'share',
  splits: always,
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
  family: 'inventory-write',
  limit: MAX_UPSERTS_PER_CALL,
  key: inventoryKey,
  duplicates: 'separate',
  splits: (entries) => entries.every(({ mode }) => mode === 'ABSOLUTE'),
  send: async (connection, entries) => {
    await upsertInventory(connection, entries);
    return new Map(entries.map((entry) => [inventoryKey(entry), { kind: 'written' }] as const));
  },
};
