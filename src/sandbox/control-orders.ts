import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Db } from './books';
import { DELIVERY_COMPANIES } from './carriers';
import { ControlError, type ControlParts, readBody } from './control-parts';
import { isDate, jstDate, jstDatetime } from './japan-time';
import { booksOf } from './journal';
import { isObject } from './json';
import { isPrepaid } from './order-body';
import { findOrder, type StoredOrder, saveOrder, turnIntoOrder } from './orders';
import { insertRow } from './shipping-rows';
import { cancel } from './transitions';

const cancelSchema = z
  .strictObject({
    by: z.enum(['customer', 'shop']).default('customer'),
    reasonDetail: z.number().int().default(1),
    restore: z.union([z.literal(0), z.literal(1), z.literal(2)]).default(0),
  })
  .prefault({});

/** orderProgress キャンセル確定待ち and 発送待ち (order reference §4.2). */
const CANCEL_PENDING = 800;
const AWAITING_SHIPMENT = 300;

const addressSchema = z.strictObject({
  basketId: z.number().int().optional(),
  sender: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
});

const shipSchema = z
  .strictObject({
    basketId: z.number().int().optional(),
    deliveryCompany: z
      .string()
      .refine((code) => code in DELIVERY_COMPANIES, 'a deliveryCompany code')
      .default('1001'),
    shippingNumber: z.string().max(120).nullable().optional(),
    shippingDate: z.string().refine(isDate, 'YYYY-MM-DD').nullable().optional(),
  })
  .prefault({});

type Act = (db: Db, order: StoredOrder, parts: ControlParts, req: Request) => Promise<void>;

/** What buyers, the shop's people in RMS and Rakuten do to an order, none of it through the API. */
const ACTS: Record<string, Act> = {
  pay: async (db, order, { clock }) => {
    if (!isPrepaid(order.body)) throw new ControlError(409, 'This order is not of a prepaid method.');
    if (order.body.orderProgress !== 200) {
      throw new ControlError(409, 'Rakuten asks for the money only while the order is at 200.');
    }
    await saveOrder(db, { ...order, paidAt: clock.now(), settledAt: clock.now() });
  },
  cancel: async (db, order, { clock, settings }, req) => {
    if (order.body.orderProgress >= 800) throw new ControlError(409, 'This order is cancelled already.');
    await cancel(db, order, readBody(req, cancelSchema), clock.now(), settings.current());
  },
  'keep-after-all': async (db, order) => {
    if (order.body.orderProgress !== CANCEL_PENDING)
      throw new ControlError(409, 'Only a cancellation that is pending (800) can be taken back.');
    order.body.orderProgress = AWAITING_SHIPMENT;
    await saveOrder(db, order);
  },
  address: async (db, order, { clock }, req) => {
    const { basketId, sender } = readBody(req, addressSchema);
    const parcel = parcelOf(order, basketId);
    Object.assign(parcel.SenderModel, sender);
    const gift = parcel.SocialGiftModel;
    // The receiver of a social gift has filled the form in.
    if (isObject(gift)) {
      parcel.SocialGiftModel = { ...gift, inputFlag: 1, inputCompDatetime: jstDatetime(clock.now()) };
    }
    order.body.modifyFlag = 1;
    await saveOrder(db, order);
  },
  remarks: async (db, order, _parts, req) => {
    order.body.remarks = readBody(req, z.strictObject({ remarks: z.string().max(4000) })).remarks;
    order.body.modifyFlag = 1;
    await saveOrder(db, order);
  },
  'ship-by-hand': async (db, order, { clock }, req) => {
    const row = readBody(req, shipSchema);
    await insertRow(db, parcelOf(order, row.basketId), {
      deliveryCompany: row.deliveryCompany,
      shippingNumber: row.shippingNumber === undefined ? '390000000001' : row.shippingNumber,
      shippingDate: row.shippingDate === undefined ? jstDate(clock.now()) : row.shippingDate,
    });
    await saveOrder(db, order);
  },
};

const parcelOf = (order: StoredOrder, basketId: number | undefined) => {
  const parcel = order.body.PackageModelList.find((p) => basketId === undefined || p.basketId === basketId);
  if (parcel === undefined) throw new ControlError(404, `The order has no destination ${basketId}.`);
  return parcel;
};

const orderOf = async (db: Db, orderNumber: string, lock: 'lock' | 'read'): Promise<StoredOrder> => {
  const order = await findOrder(db, orderNumber, lock);
  if (order === undefined) throw new ControlError(404, `The sandbox has no order ${orderNumber}.`);
  return order;
};

/** Orders on the control page: list, one with its books, and what people other than the API's caller do to it. */
export const controlOrders = (parts: ControlParts): Router => {
  const { books } = parts;
  const router = Router();
  router.get('/', async (req, res) => res.json({ orders: await listOrders(books, req) }));
  router.get('/:orderNumber', async (req, res) => res.json(await showOrder(books, req.params.orderNumber)));
  for (const [name, act] of Object.entries(ACTS)) {
    router.post(`/:orderNumber/${name}`, async (req: Request<{ orderNumber: string }>, res: Response) => {
      const { orderNumber } = req.params;
      await books.transaction(async (db) =>
        act(db, await orderOf(db, orderNumber, 'lock'), parts, req as Request),
      );
      res.json(await showOrder(books, orderNumber));
    });
  }
  router.post('/:orderNumber/take-order', async (req: Request<{ orderNumber: string }>, res: Response) => {
    const { orderNumber: reserveNumber } = req.params;
    const orderNumber = await books.transaction(async (db) =>
      turnIntoOrder(db, await orderOf(db, reserveNumber, 'lock')),
    );
    res.json({ orderNumber, ...(await showOrder(books, orderNumber)) });
  });
  return router;
};

const showOrder = async (db: Db, orderNumber: string) => {
  const { shopCode, body, paidAt } = await orderOf(db, orderNumber, 'read');
  return { shopCode, order: body, paidAt, books: await booksOf(db, orderNumber) };
};

const listOrders = async (db: Db, req: Request) => {
  const query = new URL(req.originalUrl, 'http://sandbox').searchParams;
  const progress = query.get('progress');
  if (progress !== null && !/^\d{3}$/.test(progress))
    throw new ControlError(400, 'progress is a number such as 300.');
  const { rows } = await db.query(
    `SELECT shop_code AS "shopCode", order_number AS "orderNumber", progress,
       settlement_method AS "settlementMethod", ordered_at AS "orderedAt", appeared_at AS "appearedAt",
       paid_at AS "paidAt", complete AS "shippingComplete"
     FROM orders WHERE ($1::text IS NULL OR shop_code = $1) AND ($2::int IS NULL OR progress = $2)
     ORDER BY ordered_at, order_number LIMIT 20000`,
    [query.get('shop'), progress],
  );
  return rows;
};
