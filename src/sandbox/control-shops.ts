import { Router } from 'express';
import { z } from 'zod';
import { controlCatalogue } from './control-catalogue';
import { ControlError, type ControlParts, readBody, readJson, shopOf } from './control-parts';
import { controlShopParts } from './control-shop-parts';
import { makeOrder, overridesSchema } from './generator';
import { OPERATIONS } from './operations';
import { type OrderBody, orderBodySchema } from './order-body';
import { insertOrder } from './orders';
import { keyEnd, type Shop, saveShop } from './shops';
import { readCatalogue } from './stock';

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

const ordersSchema = z
  .strictObject({
    count: z.number().int().min(1).max(10_000).default(1),
    seed: z.number().int().default(1),
    overrides: overridesSchema.default({}),
  })
  .prefault({});

/** How many orders are filed in one transaction: locks on stock are not to be held for long. */
const ORDERS_PER_TRANSACTION = 100;

/** Shops on the control page: keys, catalogue, set-up, and orders that appear. */
export const controlShops = (parts: ControlParts): Router => {
  const { books, clock } = parts;
  const router = Router();
  router.post('/', async (req, res) => {
    const { activeFrom, expiresAt, serviceSecret, licenseKey, ...shop } = readBody(req, shopSchema);
    const now = clock.now();
    const key = {
      serviceSecret,
      licenseKey,
      activeFrom: activeFrom ?? new Date(0),
      expiresAt: expiresAt ?? keyEnd(now),
    };
    await books.transaction((db) => saveShop(db, shop, key));
    res.status(201).json({ ...shop, activeFrom: key.activeFrom, expiresAt: key.expiresAt });
  });
  router.use('/:shopCode', controlCatalogue(parts), controlShopParts(parts));
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
