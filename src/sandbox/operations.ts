import { cancelOrder } from './cancel-order';
import { confirmOrder } from './confirm-order';
import { getOrder } from './get-order';
import { getResultUpdateOrderShippingAsync } from './get-shipping-result';
import {
  bulkGet,
  bulkGetRange,
  bulkUpsert,
  deleteVariant,
  getVariant,
  getVariantList,
  putVariant,
} from './inventory';
import { getExpiryDate } from './licence';
import type { Handler, Operation } from './rms-call';
import { searchOrder } from './search-order';
import { updateOrderShipping } from './update-order-shipping';
import { updateOrderShippingAsync } from './update-order-shipping-async';

const ORDER_HANDLERS: Record<string, Handler> = {
  searchOrder,
  getOrder,
  confirmOrder,
  updateOrderShipping,
  cancelOrder,
  updateOrderShippingAsync,
  getResultUpdateOrderShippingAsync,
};

const orderOperations = Object.entries(ORDER_HANDLERS).map(
  ([name, handler]): Operation => ({
    name,
    functionName: `rpay.order.${name}`,
    family: 'order',
    method: 'POST',
    path: `/es/2.0/order/${name}`,
    handler,
  }),
);

const VARIANT = 'manage-numbers/:manageNumber/variants/:variantId';

type InventoryRow = [Operation['name'], Operation['method'], string, Handler, 'fast'?];

/** The inventory API's functions, below `/es/<version>/inventories/` (inventory reference §3). */
const INVENTORY: readonly InventoryRow[] = [
  ['inventories.variants.get', 'GET', VARIANT, getVariant],
  ['inventories.variants.upsert', 'PUT', VARIANT, putVariant],
  ['inventories.variants.delete', 'DELETE', VARIANT, deleteVariant],
  ['inventories.bulk.get', 'POST', 'bulk-get', bulkGet, 'fast'],
  ['inventories.bulk.get.range', 'GET', 'bulk-get/range', bulkGetRange, 'fast'],
  ['inventories.bulk.upsert', 'POST', 'bulk-upsert', bulkUpsert],
];

const VARIANT_LISTS: InventoryRow = [
  'inventories.variant-lists.get',
  'GET',
  'variant-lists/manage-numbers/:manageNumber',
  getVariantList,
];

const inventoryOperations = (version: string, rows: readonly InventoryRow[]): Operation[] =>
  rows.map(([name, method, path, handler, speed]) => ({
    name,
    functionName: name,
    family: 'inventory',
    method,
    path: `/es/${version}/inventories/${path}`,
    fast: speed === 'fast',
    handler,
  }));

/** Every function of Rakuten's API that the sandbox answers. */
export const OPERATIONS: readonly Operation[] = [
  ...orderOperations,
  ...inventoryOperations('2.0', INVENTORY),
  ...inventoryOperations('2.1', [...INVENTORY, VARIANT_LISTS]),
  {
    name: 'licence.expiryDate',
    functionName: 'license.expiryDate.get',
    family: 'licence',
    method: 'GET',
    path: '/es/1.0/license-management/license-key/expiry-date',
    handler: getExpiryDate,
  },
];
