import { Router } from 'express';
import { z } from 'zod';
import type { Db } from './books';
import { ControlError, type ControlParts, readBody, readJson } from './control-parts';
import { makeOrder, overridesSchema } from './generator';
import { addDays, jstDate } from './japan-time';
import { OPERATIONS } from './operations';
import { type OrderBody, orderBodySchema } from './order-body';
import { insertOrder } from './orders';
import { findShop, type Shop, saveShop } from './shops';
import { findStock, readCatalogue, saveCatalogue, saveStock } from './stock';

/** Days that a licence key lives (licence reference §2). */
const KEY_DAYS = 90;

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const functionNames = OPERATIONS.map((operation) => operation.functionName);

const shopSchema = z.strictObject({
  shopCode: z.string().regex(/^[a-z0-9-]{1,40}$/),
  rakutenShopId: z.string().regex(/^\d{6}$/),
  serviceSecret: z.string().min(1).max(50),
  licenseKey: z.string().min(1).max(50),
  functions: z.array(z.enum(functionNames)).nullable().default(null),
  skuMigrated: z.boolean().default(true),
  activeFrom: instant.optional(),
  expiresAt: instant.optional(),
});

const skuId = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/);

const inventorySchema = z.strictObject({
  inventories: z
    .array(
      z.strictObject({
        manageNumber: skuId.transform((text) => text.toLowerCase()),
        variantId: skuId,
        quantity: z.number().int().min(0).max(99_999),
        name: z.string().default('サンプル商品'),
        price: z.number().int().min(0).default(1500),
        taxPercent: z.union([z.literal(8), z.literal(10)]).default(10),
        taxIncluded: z.boolean().default(true),
        itemNumber: z.string().nullable().default(null),
        merchantDefinedSkuId: z.string().nullable().default(null),
        skuInfo: z.string().nullable().default(null),
        restockOnCancel: z.boolean().default(true),
        operationLeadTime: z.record(z.string(), z.number()).nullable().default(null),
        shipFromIds: z.array(z.number().int()).nullable().default(null),
      }),
    )
    .max(5000),
});

const ordersSchema = z
  .strictObject({
    count: z.number().int().min(1).max(10_000).default(1),
    seed: z.number().int().default(1),
    overrides: overridesSchema.default({}),
  })
  .prefault({});

/** How many orders are filed in one transaction: locks on stock are not to be held for long. */
const ORDERS_PER_TRANSACTION = 100;

/** Shops on the control page: keys, catalogue with stock, and orders that appear. */
export const controlShops = (parts: ControlParts): Router => {
  const { books, clock } = parts;
  const router = Router();
  router.post('/', async (req, res) => {
    const { activeFrom, expiresAt, serviceSecret, licenseKey, ...shop } = readBody(req, shopSchema);
    const now = clock.now();
    const lastDay = addDays(jstDate(now), KEY_DAYS);
    const key = {
      serviceSecret,
      licenseKey,
      activeFrom: activeFrom ?? new Date(0),
      expiresAt: expiresAt ?? new Date(`${lastDay}T23:59:59+09:00`),
    };
    await books.transaction((db) => saveShop(db, shop, key));
    res.status(201).json({ ...shop, activeFrom: key.activeFrom, expiresAt: key.expiresAt });
  });
  router.put('/:shopCode/inventory', async (req, res) => {
    const { inventories } = readBody(req, inventorySchema);
    await books.transaction(async (db) => {
      const { shopCode } = await shopOf(db, req.params.shopCode);
      const now = clock.now();
      for (const { operationLeadTime, shipFromIds, quantity, ...item } of inventories) {
        await saveCatalogue(db, shopCode, [item]);
        const { manageNumber, variantId } = item;
        const dates = { created: now, updated: now };
        await saveStock(db, shopCode, {
          manageNumber,
          variantId,
          quantity,
          leadTime: operationLeadTime,
          shipFromIds,
          ...dates,
        });
      }
    });
    res.json({ inventories: await listInventory(books, req.params.shopCode) });
  });
  router.get('/:shopCode/inventory', async (req, res) => {
    const { shopCode } = await shopOf(books, req.params.shopCode);
    res.json({ inventories: await listInventory(books, shopCode) });
  });
  router.post('/:shopCode/orders', async (req, res) => {
    const shop = await shopOf(books, req.params.shopCode);
    const orderNumbers = await makeOrders(parts, shop, readBody(req, ordersSchema));
    res.status(201).json({ orderNumbers });
  });
  router.post('/:shopCode/orders/import', async (req, res) => {
    const shop = await shopOf(books, req.params.shopCode);
    readBody(req, z.strictObject({ order: orderBodySchema }));
    // The checked copy has its keys in another order: what is filed is the text that came in.
    const { order } = readJson(req) as { order: OrderBody };
    const filed = await books.transaction((db) => insertOrder(db, shop.shopCode, order, clock.now()));
    if (!filed) throw new ControlError(409, `The shop has the order ${order.orderNumber} already.`);
    res.status(201).json({ orderNumbers: [order.orderNumber] });
  });
  return router;
};

const makeOrders = async (
  { books, clock }: ControlParts,
  shop: Shop,
  { count, seed, overrides }: z.infer<typeof ordersSchema>,
): Promise<string[]> => {
  const catalogue = await readCatalogue(books, shop.shopCode);
  if (catalogue.length === 0 && overrides.lines === undefined) {
    throw new ControlError(
      409,
      'The shop has no catalogue: PUT its inventory first, or give overrides.lines.',
    );
  }
  const orderNumbers: string[] = [];
  while (orderNumbers.length < count) {
    const batch = Math.min(ORDERS_PER_TRANSACTION, count - orderNumbers.length);
    await books.transaction(async (db) => {
      for (let i = 0; i < batch; i += 1) {
        orderNumbers.push(await makeOrder(db, shop, seed + orderNumbers.length, overrides, clock.now()));
      }
    });
  }
  return orderNumbers;
};

const shopOf = async (db: Db, shopCode: string): Promise<Shop> => {
  const shop = await findShop(db, shopCode);
  if (shop === undefined) throw new ControlError(404, `The sandbox has no shop ${shopCode}.`);
  return shop;
};

const listInventory = async (db: Db, shopCode: string) => {
  const names = new Map(
    (await readCatalogue(db, shopCode)).map((item) => [`${item.manageNumber}/${item.variantId}`, item.name]),
  );
  const records = await findStock(db, 'shop_code = $1', [shopCode], 20_000);
  return records.map(({ leadTime, ...record }) => {
    const name = names.get(`${record.manageNumber}/${record.variantId}`) ?? null;
    return { ...record, operationLeadTime: leadTime, name, orphan: name === null };
  });
};
