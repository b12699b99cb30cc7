import type { Config } from '../config';
import { DEFAULT_SETTINGS } from '../domain/settings';
import { DEMO_SHOP } from '../sandbox';
import type { Database } from '../store/database';
import { readVault } from '../store/keyring';
import { MAIN_LOCATION } from '../store/ledger';
import { wakeOpenOrders } from '../store/outbox';
import { createShop, findShop, listShops, moveShop, setRetired } from '../store/shops';
import { putLinks } from '../store/sku-links';
import { putSkus } from '../store/skus';
import { enterMovement, listMovements } from '../store/stock';
import type { Vault } from '../store/vault';
import { withDatabase } from './database';

/** What the sandbox allows the demo. */
const DEMO_REQUESTS_PER_SECOND = 5;

const linked = DEMO_SHOP.items.filter((item) => item.linked);
const skuCodeOf = ({ manageNumber, variantId }: { manageNumber: string; variantId: string }): string =>
  manageNumber === variantId ? manageNumber : `${manageNumber}.${variantId}`;

/**
 * Whether the sandbox runs: as `OKURI_SANDBOX` says, else when the database is the embedded one and no shop other than
 * the demo's is registered.
 */
export const sandboxDecision = async (config: Config, databaseUrl: string): Promise<boolean> => {
  if (config.sandbox.enabled !== undefined) return config.sandbox.enabled;
  if (config.databaseUrl !== undefined) return false;
  const shops = await withDatabase(databaseUrl, listShops);
  return shops.every((shop) => shop.demo);
};

/**
 * Registers the demo shop with its SKUs, links and opening stock, once, and points it at where the sandbox runs now.
 * @returns what was done, for the person at the terminal
 */
export const prepareDemo = (options: {
  databaseUrl: string;
  masterKey: Buffer;
  sandboxUrl: string;
}): Promise<string[]> =>
  withDatabase(options.databaseUrl, async (db) => {
    const known = await findShop(db, DEMO_SHOP.shopCode);
    if (known !== undefined && !known.demo) return [];
    if (known === undefined)
      await registerDemo(db, await readVault(db, options.masterKey), options.sandboxUrl);
    await moveShop(db, DEMO_SHOP.shopCode, options.sandboxUrl);
    await stockUp(db);
    if (known?.retiredAt) await db.transaction((tx) => setRetired(tx, DEMO_SHOP.shopCode, null));
    return [`Demo shop: ${DEMO_SHOP.name} with ${linked.length} linked SKUs`];
  });

const registerDemo = async (db: Database, vault: Vault, sandboxUrl: string): Promise<void> => {
  const { shopCode, name, shopUrl, rakutenShopId, serviceSecret, licenseKey, defaultRemarks } = DEMO_SHOP;
  await createShop(db, vault, {
    shopId: shopCode,
    name,
    shopUrl,
    rakutenShopId,
    serviceSecret,
    licenseKey,
    rmsBaseUrl: sandboxUrl,
    demo: true,
    settings: {
      ...DEFAULT_SETTINGS,
      automaticOrderIntegration: true,
      automaticOrderConfirmation: true,
      automaticShippingInstructions: true,
      stockSync: 'shipment',
      syncIntervalSeconds: 5,
      fulfilmentProvider: 'sandbox',
      defaultRemarks: [...defaultRemarks],
      requestsPerSecond: { order: DEMO_REQUESTS_PER_SECOND },
    },
  });
};

/** Makes the demo's SKUs, links and opening stock; what a start that was killed had made already stays as it is. */
const stockUp = async (db: Database): Promise<void> => {
  await putSkus(
    db,
    linked.map((item) => ({ skuCode: skuCodeOf(item), name: item.name })),
  );
  for (const item of linked) {
    const skuCode = skuCodeOf(item);
    const opening = await listMovements(db, { skuCode, kind: 'receive' }, 0, 1);
    if (opening.length > 0) continue;
    await enterMovement(db, {
      skuCode,
      location: MAIN_LOCATION,
      kind: 'receive',
      quantity: item.openingQuantity,
      reason: 'demo opening stock',
      actor: 'system',
    });
    const { manageNumber, variantId } = item;
    await putLinks(db, DEMO_SHOP.shopCode, [{ manageNumber, variantId, skuCode }]);
  }
};

/**
 * Takes the demo shop out of service when the sandbox is off: its Schedule pauses and its open orders end as
 * cancelled. @returns what was done, for the person at the terminal
 */
export const retireDemo = (databaseUrl: string): Promise<string[]> =>
  withDatabase(databaseUrl, async (db) => {
    const demo = (await listShops(db)).find((shop) => shop.demo && shop.retiredAt === null);
    if (demo === undefined) return [];
    const ended = await db.transaction(async (tx) => {
      await setRetired(tx, demo.shopId, new Date());
      return wakeOpenOrders(tx, demo.shopId);
    });
    return [
      `Demo shop: paused, because the sandbox is off${ended > 0 ? `; its ${ended} open orders end as cancelled` : ''}`,
    ];
  });
