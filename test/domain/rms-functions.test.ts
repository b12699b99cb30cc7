import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RMS_FUNCTIONS } from '../../src/domain/rms-functions';
import type { RmsGateway } from '../../src/rms/gateway';

/** The functions of Rakuten's that each call of the gateway needs. */
const NEEDED: Readonly<Record<keyof RmsGateway, readonly string[]>> = {
  searchOrder: ['searchOrder'],
  isConfirmed: ['searchOrder'],
  getOrder: ['getOrder'],
  getOrders: ['getOrder'],
  confirmOrder: ['confirmOrder'],
  reportShipping: ['updateOrderShipping', 'updateOrderShippingAsync'],
  changeShippingRows: ['updateOrderShipping'],
  getShippingResult: ['getResultUpdateOrderShippingAsync'],
  cancelOrder: ['cancelOrder'],
  cancelOrderAfterShipping: ['cancelOrderAfterShipping'],
  updateOrderSender: ['updateOrderSender'],
  updateOrderMemo: ['updateOrderMemo'],
  updateOrderRemarks: ['updateOrderRemarks'],
  updateOrderSubStatus: ['updateOrderSubStatus'],
  getSubStatusList: ['getSubStatusList'],
  getInventory: ['inventories.bulk.get'],
  upsertInventory: ['inventories.bulk.upsert'],
  getInventoryRange: ['inventories.bulk.get.range'],
  getVariantInventory: ['inventories.variants.get'],
  upsertVariantInventory: ['inventories.variants.upsert'],
  deleteVariantInventory: ['inventories.variants.delete'],
  getVariantList: ['inventories.variant-lists.get'],
  searchItems: ['items.search'],
  getItem: ['items.get'],
  getItemOfMany: ['items.bulk.get'],
  getShopMaster: ['shop.shopMaster.get'],
  getShopCalendar: ['shop.shopCalendar.get'],
  getOperationLeadTimes: ['shop.operationLeadTime.get'],
  getShipFroms: ['shop.shipFrom.get'],
  getDelvdates: ['shop.delvdateMaster.get'],
  getDeliverySets: ['shop.deliverySetInfo.get'],
  getShopStatus: ['shop.shopStatus.get'],
  getLicenseExpiry: ['license.expiryDate.get'],
  probe: ['searchOrder', 'license.expiryDate.get'],
  askAbout: ['searchOrder', 'license.expiryDate.get'],
  examine: ['searchOrder', 'license.expiryDate.get', 'inventories.bulk.get'],
  fallBack: ['searchOrder', 'license.expiryDate.get'],
  testFunctions: [],
  close: [],
};

test('the table holds the functions that the product calls, all of them and no others', () => {
  const rooms = ['activities', 'worker'].map((room) => join(__dirname, '../../src', room));
  const sources = rooms.flatMap((room) =>
    readdirSync(room).map((file) => readFileSync(join(room, file), 'utf8')),
  );
  const called = Object.entries(NEEDED).filter(([method]) =>
    sources.some((source) => new RegExp(`(\\.|\\{ )${method}\\b`).test(source)),
  );
  const operations = new Set(called.flatMap(([, functions]) => functions));
  expect([...operations].sort()).toEqual(RMS_FUNCTIONS.map(({ operation }) => operation).sort());
});
