import { Router } from 'express';
import { z } from 'zod';
import type { Db } from './books';
import { ControlError, type ControlParts, readBody, shopOf } from './control-parts';
import { deleteItem, itemFieldsSchema, readItems, registerItem, registerSkus } from './items';
import { findStock, readCatalogue, saveStock } from './stock';

const skuId = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/);
const manageNumber = skuId.transform((text) => text.toLowerCase());

const skuSchema = z.strictObject({
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
});

const inventorySchema = z.strictObject({
  inventories: z.array(skuSchema.extend({ manageNumber })).max(5000),
});

type Inventory = z.infer<typeof inventorySchema>['inventories'][number];

const itemSchema = itemFieldsSchema
  .extend({ skus: z.array(skuSchema).min(1).max(400).optional() })
  .prefault({});

/** The path of these routes; express gives nested routers the parameters of their parents. */
type Params = { shopCode: string; manageNumber: string };

/** A shop's catalogue on the control page: SKUs with their stock, and items as wholes. */
export const controlCatalogue = ({ books, clock }: ControlParts): Router => {
  const router = Router({ mergeParams: true });
  router.put<Pick<Params, 'shopCode'>>('/inventory', async (req, res) => {
    const { inventories } = readBody(req, inventorySchema);
    await books.transaction(async (db) => {
      const { shopCode } = await shopOf(db, req.params.shopCode);
      await saveInventory(db, shopCode, inventories, clock.now());
    });
    res.json({ inventories: await listInventory(books, req.params.shopCode) });
  });
  router.get<Pick<Params, 'shopCode'>>('/inventory', async (req, res) => {
    const { shopCode } = await shopOf(books, req.params.shopCode);
    res.json({ inventories: await listInventory(books, shopCode) });
  });
  router.get<Pick<Params, 'shopCode'>>('/items', async (req, res) => {
    const { shopCode } = await shopOf(books, req.params.shopCode);
    res.json({ items: await readItems(books, shopCode, null) });
  });
  router.put<Params>('/items/:manageNumber', async (req, res) => {
    const id = manageNumber.safeParse(req.params.manageNumber);
    if (!id.success) throw new ControlError(400, 'This is no manageNumber.', id.error.issues);
    const { skus = [], ...fields } = readBody(req, itemSchema);
    const items = await books.transaction(async (db) => {
      const { shopCode } = await shopOf(db, req.params.shopCode);
      const inventories = skus.map((sku) => ({ ...sku, manageNumber: id.data }));
      await saveInventory(db, shopCode, inventories, clock.now());
      await registerItem(db, shopCode, id.data, fields, clock.now());
      return readItems(db, shopCode, [id.data]);
    });
    res.json({ items });
  });
  router.delete<Params>('/items/:manageNumber', async (req, res) => {
    const { shopCode } = await shopOf(books, req.params.shopCode);
    const id = req.params.manageNumber.toLowerCase();
    const deleted = await books.transaction((db) => deleteItem(db, shopCode, id, clock.now()));
    if (!deleted) throw new ControlError(404, `The shop has no item ${id}.`);
    res.json({ deleted: id });
  });
  return router;
};

const saveInventory = async (
  db: Db,
  shopCode: string,
  inventories: readonly Inventory[],
  now: Date,
): Promise<void> => {
  const skus = inventories.map(({ operationLeadTime: _, shipFromIds: __, quantity: ___, ...sku }) => sku);
  await registerSkus(db, shopCode, skus, now);
  for (const { operationLeadTime, shipFromIds, quantity, ...sku } of inventories) {
    await saveStock(db, shopCode, {
      manageNumber: sku.manageNumber,
      variantId: sku.variantId,
      quantity,
      leadTime: operationLeadTime,
      shipFromIds,
      created: now,
      updated: now,
    });
  }
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
