import { cancelOrder, cancelOrderAfterShipping } from './cancel-order';
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
import { bulkGetItems, getItem } from './item-get';
import { searchItems } from './item-search';
import { getExpiryDate } from './licence';
import type { Handler, Operation } from './rms-call';
import { searchOrder } from './search-order';
import {
  getDeliverySetInfo,
  getDelvdateMaster,
  getOperationLeadTime,
  getShipFrom,
  getShopCalendar,
  getShopMaster,
  getShopStatus,
} from './shop-api';
import { getSubStatusList, updateOrderSubStatus } from './sub-status';
import { updateOrderMemo } from './update-order-memo';
import { updateOrderRemarks } from './update-order-remarks';
import { updateOrderSender } from './update-order-sender';
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
  updateOrderSender,
  updateOrderMemo,
  updateOrderRemarks,
  getSubStatusList,
  updateOrderSubStatus,
  cancelOrderAfterShipping,
};

/** Functions that may be called without a body (order reference §6.2). */
const BODILESS = ['getSubStatusList'];

const orderOperations = Object.entries(ORDER_HANDLERS).map(
  ([name, handler]): Operation => ({
    name,
    functionName: `rpay.order.${name}`,
    family: 'order',
    method: 'POST',
    path: `/es/2.0/order/${name}`,
    bodyOptional: BODILESS.includes(name),
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

type ItemRow = readonly [name: string, method: Operation['method'], path: string, Handler, 'fast'?];

/** The item API's functions, below `/es/2.0/items/` (item reference §4). */
const ITEM: readonly ItemRow[] = [
  ['items.search', 'GET', 'search', searchItems, 'fast'],
  ['items.get', 'GET', 'manage-numbers/:manageNumber', getItem, 'fast'],
  ['items.bulk.get', 'POST', 'bulk-get', bulkGetItems],
];

const itemOperations = ITEM.map(
  ([name, method, path, handler, speed]): Operation => ({
    name,
    functionName: `itemapi_2.0.${name}`,
    family: 'item',
    method,
    path: `/es/2.0/items/${path}`,
    fast: speed === 'fast',
    handler,
  }),
);

/** The shop API's functions, below `/es/1.0/shop/` (shop reference §6). */
const SHOP: Readonly<Record<string, Handler>> = {
  shopMaster: getShopMaster,
  shopCalendar: getShopCalendar,
  operationLeadTime: getOperationLeadTime,
  shipFrom: getShipFrom,
  delvdateMaster: getDelvdateMaster,
  deliverySetInfo: getDeliverySetInfo,
  shopStatus: getShopStatus,
};

const shopOperations = Object.entries(SHOP).map(
  ([resource, handler]): Operation => ({
    name: `shop.${resource}.get`,
    functionName: `shop.${resource}.get`,
    family: 'shop',
    method: 'GET',
    path: `/es/1.0/shop/${resource}${resource === 'shopStatus' ? '/:statusKey' : ''}`,
    handler,
  }),
);

/** Every function of Rakuten's API that the sandbox answers. */
export const OPERATIONS: readonly Operation[] = [
  ...orderOperations,
  ...inventoryOperations('2.0', INVENTORY),
  ...inventoryOperations('2.1', [...INVENTORY, VARIANT_LISTS]),
  ...itemOperations,
  ...shopOperations,
  {
    name: 'licence.expiryDate',
    functionName: 'license.expiryDate.get',
    family: 'licence',
    method: 'GET',
    path: '/es/1.0/license-management/license-key/expiry-date',
    handler: getExpiryDate,
  },
];
