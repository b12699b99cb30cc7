import {
  deleteVariantInventory,
  getInventoryRange,
  getVariantInventory,
  getVariantList,
  upsertVariantInventory,
} from './inventory';
import {
  checkInventoryRange,
  checkManageNumber,
  checkPair,
  checkVariantUpsert,
  type InventoryPair,
} from './inventory-entry';
import { checkItemSearch, searchItems } from './item-search';
import { checkItem, type GetItemAnswer, getItem, getItems, MAX_ITEMS_PER_CALL } from './items';
import type { Operation } from './operation';
import { single } from './operations';
import { cancelOrder, cancelOrderAfterShipping, checkCancellation } from './order-cancel';
import { checkOrderMemo, checkOrderRemarks, updateOrderMemo, updateOrderRemarks } from './order-changes';
import { checkSenderUpdate, updateOrderSender } from './order-sender';
import type { ApiFamily } from './ports';
import type { CallOptions } from './queue';
import { checkShippingUpdate, updateOrderShipping } from './shipping';
import {
  checkCalendarPeriod,
  checkStatusKey,
  getDeliverySets,
  getDelvdates,
  getOperationLeadTimes,
  getShipFroms,
  getShopCalendar,
  getShopMaster,
  getShopStatus,
} from './shop';
import {
  checkSubStatusUpdate,
  getSubStatusList,
  type SubStatusUpdate,
  updateOrderSubStatus,
} from './sub-status';
import type { RmsConnection } from './transport';

/** Gives an operation its queue; what it gives makes one call. */
export type Admit = <Item, Answer>(
  operation: Operation<Item, Answer>,
) => (item: Item, options?: CallOptions) => Promise<Answer>;

const ofOrder = ({ orderNumber }: { readonly orderNumber: string }): readonly string[] => [orderNumber];

/** A function of the order API that changes one order. */
const change = <Item extends { readonly orderNumber: string }, Answer>(
  name: string,
  check: Operation<Item, Answer>['check'],
  send: (connection: RmsConnection, item: Item) => Promise<Answer>,
) => single({ name, effect: 'write', orderNumbers: ofOrder, ...(check ? { check } : {}) }, send);

/** A function that is asked for nothing in particular. */
const reading = <Answer>(
  name: string,
  family: ApiFamily,
  send: (connection: RmsConnection) => Promise<Answer>,
) => single({ name, family, effect: 'read' }, (connection, _: undefined) => send(connection));
const ofNothing =
  <Answer>(call: (item: undefined, options?: CallOptions) => Promise<Answer>) =>
  (options?: CallOptions): Promise<Answer> =>
    call(undefined, options);

/** items.bulk.get, fifty items a request. */
const GET_ITEMS: Operation<string, GetItemAnswer> = {
  name: 'items.bulk.get',
  family: 'items.bulk.get',
  effect: 'read',
  limit: MAX_ITEMS_PER_CALL,
  key: (manageNumber) => manageNumber.toLowerCase(),
  duplicates: 'share',
  splits: () => true,
  check: checkItem,
  send: getItems,
};

/**
 * The functions of Rakuten that are called one request at a time, by the name that Rakuten's own has; items alone are
 * coalesced. Expected outcomes are values; everything else rejects with `RmsError`.
 */
export const functionsOf = (admit: Admit) => ({
  /** Before shipping (reference, order API §6.4): refused while a shipping date is registered. */
  cancelOrder: admit(change('cancelOrder', checkCancellation, cancelOrder)),
  /** After the goods came back. */
  cancelOrderAfterShipping: admit(
    change('cancelOrderAfterShipping', checkCancellation, cancelOrderAfterShipping),
  ),
  /** Changes shipping rows by their ids, which may be repeated; parcels that left go by `reportShipping` (§6.1). */
  changeShippingRows: admit(change('updateOrderShipping', checkShippingUpdate, updateOrderShipping)),
  /** Destinations, lines and amounts before shipping (§6.5): what fixes a postage of -9999. */
  updateOrderSender: admit(change('updateOrderSender', checkSenderUpdate, updateOrderSender)),
  updateOrderMemo: admit(change('updateOrderMemo', checkOrderMemo, updateOrderMemo)),
  updateOrderRemarks: admit(change('updateOrderRemarks', checkOrderRemarks, updateOrderRemarks)),
  /** One sub-status for up to 100 orders, one answer for each. */
  updateOrderSubStatus: admit(
    single(
      {
        name: 'updateOrderSubStatus',
        effect: 'write',
        check: checkSubStatusUpdate,
        orderNumbers: ({ orderNumbers }: SubStatusUpdate) => orderNumbers,
      },
      updateOrderSubStatus,
    ),
  ),
  getSubStatusList: ofNothing(admit(reading('getSubStatusList', 'order', getSubStatusList))),

  /** Records whose quantity lies within bounds. */
  getInventoryRange: admit(
    single(
      {
        name: 'inventories.bulk.get.range',
        family: 'inventories.bulk.get.range',
        effect: 'read',
        check: checkInventoryRange,
      },
      getInventoryRange,
    ),
  ),
  /** `undefined`: Rakuten holds no stock for the pair. */
  getVariantInventory: admit(
    single(
      {
        name: 'inventories.variants.get',
        family: 'inventories.variants.get',
        effect: 'read',
        check: checkPair,
      },
      getVariantInventory,
    ),
  ),
  /** Replaces a whole record; of lead times and ship-from the caller says what becomes of them (item/inventory §3.2). */
  upsertVariantInventory: admit(
    single(
      {
        name: 'inventories.variants.upsert',
        family: 'inventories.variants.upsert',
        effect: 'write',
        check: checkVariantUpsert,
      },
      upsertVariantInventory,
    ),
  ),
  deleteVariantInventory: admit(
    single(
      {
        name: 'inventories.variants.delete',
        family: 'inventories.variants.delete',
        effect: 'write',
        check: (pair: InventoryPair) => checkPair(pair),
      },
      deleteVariantInventory,
    ),
  ),
  /** The variantIds of an item; `undefined` when there is no such item. */
  getVariantList: admit(
    single(
      {
        name: 'inventories.variant-lists.get',
        family: 'inventories.variant-lists.get',
        effect: 'read',
        check: checkManageNumber,
      },
      getVariantList,
    ),
  ),

  /** One page; matches are partial, so filter the answer again (`exactItems`). */
  searchItems: admit(
    single(
      { name: 'items.search', family: 'items.search', effect: 'read', check: checkItemSearch },
      searchItems,
    ),
  ),
  /** `undefined`: there is no such item. */
  getItem: admit(
    single({ name: 'items.get', family: 'items.get', effect: 'read', check: checkItem }, getItem),
  ),
  /** One of many items; calls that wait together share a request of up to 50. */
  getItemOfMany: admit(GET_ITEMS),

  getShopMaster: ofNothing(admit(reading('shop.shopMaster.get', 'shop', getShopMaster))),
  getShopCalendar: admit(
    single(
      { name: 'shop.shopCalendar.get', family: 'shop', effect: 'read', check: checkCalendarPeriod },
      getShopCalendar,
    ),
  ),
  getOperationLeadTimes: ofNothing(
    admit(reading('shop.operationLeadTime.get', 'shop', getOperationLeadTimes)),
  ),
  getShipFroms: ofNothing(admit(reading('shop.shipFrom.get', 'shop', getShipFroms))),
  getDelvdates: ofNothing(admit(reading('shop.delvdateMaster.get', 'shop', getDelvdates))),
  getDeliverySets: ofNothing(admit(reading('shop.deliverySetInfo.get', 'shop', getDeliverySets))),
  getShopStatus: admit(
    single(
      { name: 'shop.shopStatus.get', family: 'shop', effect: 'read', check: checkStatusKey },
      getShopStatus,
    ),
  ),
});

/** What `functionsOf` gives. */
export type RmsFunctions = ReturnType<typeof functionsOf>;
