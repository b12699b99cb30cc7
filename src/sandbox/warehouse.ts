import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Books, Db } from './books';
import { trackingNumber } from './carriers';
import type { Clock } from './clock';
import { jstDate } from './japan-time';
import { createRandom, type Random, seedOf } from './random';
import type { Settings } from './settings';
import { isSigned } from './signature';

/** Where the warehouse reports to, and the secret that a shop and the warehouse sign with in both directions. */
export interface WarehouseOptions {
  readonly callbackUrl: string;
  readonly signingSecret: (shopId: string) => string;
}

/** Ids come back as they were given, be they numbers or text. */
const id = z.union([z.number().int(), z.string().min(1).max(40)]);

const line = z.object({
  itemDetailId: id,
  units: z.number().int().min(1),
  skuCode: z.string().optional(),
});

const basketSchema = z.object({
  basketId: id,
  carrier: z.string().optional(),
  lines: z.array(line).min(1),
});

/** Whose name and address go onto the label as the sender's. */
const sender = z.object({
  shipFromId: z.string().min(1).max(64),
  name: z.string(),
  zipCode: z.string(),
  prefecture: z.string(),
  city: z.string(),
  subAddress: z.string(),
  phone: z.string(),
});

/** Whose order it is; one without a code is a buyer, whose name the warehouse does not keep. */
const customer = z.object({ code: z.string().optional(), name: z.string() });

/** What the warehouse is asked to ship. Addresses of people may come along; the warehouse does not keep them. */
const requestSchema = z.object({
  fulfilmentOrderId: z.string().min(1).max(200),
  shopId: z.string().min(1).max(200),
  orderNumber: z.string().min(1).max(382),
  shipFrom: sender.optional(),
  customer: customer.optional(),
  baskets: z.array(basketSchema).min(1),
});

type Basket = z.infer<typeof basketSchema>;

/** A parcel that left the warehouse. */
interface Parcel {
  readonly basketId: number | string;
  readonly carrier: string;
  readonly trackingNumber: string;
  readonly shippedOn: string;
  readonly lines: readonly { readonly itemDetailId: number | string; readonly units: number }[];
}

/** A fulfilment order as the warehouse keeps it. */
export interface WarehouseOrder {
  readonly fulfilmentOrderId: string;
  readonly shopId: string;
  readonly orderNumber: string;
  readonly baskets: readonly Basket[];
  readonly shipFrom: z.infer<typeof sender> | null;
  /** A shop's customer; null where the buyer is the customer. */
  readonly customer: z.infer<typeof customer> | null;
  readonly state: 'accepted' | 'shipped' | 'recalled';
  readonly receivedAt: Date;
  readonly packages: readonly Parcel[] | null;
}

const COLUMNS = `id AS "fulfilmentOrderId", shop_id AS "shopId", order_number AS "orderNumber", baskets,
  ship_from AS "shipFrom", customer, state, received_at AS "receivedAt", packages`;

const DEFAULT_CARRIER = '1001';

/** The warehouse's desk: takes, shows and recalls fulfilment orders. */
export const warehouseRouter = (
  books: Books,
  clock: Clock,
  options: WarehouseOptions | undefined,
): Router => {
  const router = Router();
  const signedBy = (shopId: string | undefined, req: Request): boolean => {
    if (options === undefined) return true;
    const body = Buffer.isBuffer(req.body) ? req.body.toString('utf8') : '';
    const header = req.get('X-Okuri-Signature');
    return shopId !== undefined && isSigned(options.signingSecret(shopId), body, header, new Date());
  };
  router.post('/fulfilment-orders', async (req, res) => {
    const parsed = requestSchema.safeParse(readJson(req.body));
    if (!parsed.success) {
      return res.status(400).json({ error: 'Not a fulfilment order.', issues: parsed.error.issues });
    }
    if (!signedBy(parsed.data.shopId, req)) return unsigned(res);
    const { created, state } = await accept(books, parsed.data, clock.now());
    return res.status(created ? 201 : 200).json({ fulfilmentOrderId: parsed.data.fulfilmentOrderId, state });
  });
  router.get('/fulfilment-orders/:id', async (req, res) => {
    const order = await findWarehouseOrder(books, req.params.id);
    return order === undefined ? unknown(res, req.params.id) : res.json(order);
  });
  router.delete('/fulfilment-orders/:id', async (req, res) => {
    const order = await findWarehouseOrder(books, req.params.id);
    if (order === undefined) return unknown(res, req.params.id);
    if (!signedBy(order.shopId, req)) return unsigned(res);
    const { rows } = await books.query<{ state: WarehouseOrder['state'] }>(
      `UPDATE warehouse_orders SET state = CASE state WHEN 'accepted' THEN 'recalled' ELSE state END
       WHERE id = $1 RETURNING state`,
      [req.params.id],
    );
    const state = rows[0]?.state ?? order.state;
    return res.status(state === 'shipped' ? 409 : 200).json({ fulfilmentOrderId: req.params.id, state });
  });
  return router;
};

const unsigned = (res: Response) =>
  res.status(401).json({ error: 'The signature is missing, wrong or older than five minutes.' });

const readJson = (body: unknown): unknown => {
  try {
    return JSON.parse(Buffer.isBuffer(body) ? body.toString('utf8') : '');
  } catch {
    // Anything that is not JSON fails the schema right after, with a message for the caller.
    return undefined;
  }
};

const unknown = (res: Response, id: string) =>
  res.status(404).json({ error: `The warehouse knows no fulfilment order ${id}.` });

const accept = async (
  books: Books,
  request: z.infer<typeof requestSchema>,
  now: Date,
): Promise<{ created: boolean; state: string }> => {
  const { rowCount } = await books.query(
    `INSERT INTO warehouse_orders (id, shop_id, order_number, baskets, state, received_at, ship_from, customer)
     VALUES ($1, $2, $3, $4, 'accepted', $5, $6, $7) ON CONFLICT DO NOTHING`,
    [
      request.fulfilmentOrderId,
      request.shopId,
      request.orderNumber,
      JSON.stringify(request.baskets),
      now,
      JSON.stringify(request.shipFrom ?? null),
      request.customer?.code === undefined ? null : JSON.stringify(request.customer),
    ],
  );
  if (rowCount === 1) return { created: true, state: 'accepted' };
  const stored = await findWarehouseOrder(books, request.fulfilmentOrderId);
  return { created: false, state: stored?.state ?? 'accepted' };
};

const findWarehouseOrder = async (db: Db, id: string): Promise<WarehouseOrder | undefined> =>
  (await db.query<WarehouseOrder>(`SELECT ${COLUMNS} FROM warehouse_orders WHERE id = $1`, [id])).rows[0];

/** All fulfilment orders, oldest first, and the events that are still to be delivered. */
export const listWarehouse = async (db: Db) => ({
  fulfilmentOrders: (
    await db.query<WarehouseOrder>(
      `SELECT ${COLUMNS} FROM warehouse_orders ORDER BY received_at, id LIMIT 5000`,
    )
  ).rows,
  undelivered: (
    await db.query<{ eventId: string; attempts: number; nextAt: Date; lastError: string | null }>(
      `SELECT event_id AS "eventId", attempts, next_at AS "nextAt", last_error AS "lastError"
       FROM warehouse_outbox WHERE delivered_at IS NULL ORDER BY next_at`,
    )
  ).rows,
});

const DUE = `FROM warehouse_orders WHERE state = 'accepted' AND received_at <= $1`;

/** Ships what has been on the shelf long enough, and puts one event per fulfilment order into the outbox. Gives how many left. */
export const shipDueOrders = async (
  books: Books,
  now: Date,
  settings: Settings,
  reports: boolean,
): Promise<number> => {
  const receivedBy = new Date(now.getTime() - settings.warehouseShipAfterSeconds * 1000);
  const { rowCount } = await books.query(`SELECT ${DUE} LIMIT 1`, [receivedBy]);
  if (rowCount === 0) return 0;
  return books.transaction(async (db) => {
    const { rows } = await db.query<WarehouseOrder>(
      `SELECT ${COLUMNS} ${DUE} ORDER BY received_at, id LIMIT 200 FOR UPDATE SKIP LOCKED`,
      [receivedBy],
    );
    for (const order of rows) {
      const packages = await pack(db, order, now, settings);
      await db.query(`UPDATE warehouse_orders SET state = 'shipped', packages = $2 WHERE id = $1`, [
        order.fulfilmentOrderId,
        JSON.stringify(packages),
      ]);
      if (reports) await report(db, order, packages);
    }
    return rows.length;
  });
};

const report = async (db: Db, order: WarehouseOrder, packages: readonly Parcel[]): Promise<void> => {
  const { fulfilmentOrderId, shopId, orderNumber } = order;
  const eventId = `shipped-${fulfilmentOrderId}`;
  const body = JSON.stringify({ eventId, type: 'shipped', shopId, fulfilmentOrderId, orderNumber, packages });
  await db.query('INSERT INTO warehouse_outbox (event_id, body, next_at) VALUES ($1, $2, $3)', [
    eventId,
    body,
    new Date(),
  ]);
};

const pack = async (db: Db, order: WarehouseOrder, now: Date, settings: Settings): Promise<Parcel[]> => {
  const random = createRandom(seedOf(order.fulfilmentOrderId));
  const parcels: Parcel[] = [];
  for (const basket of order.baskets) {
    const carrier = basket.carrier ?? DEFAULT_CARRIER;
    for (const lines of split(basket, random, settings.splitShare)) {
      const { rows } = await db.query<{ serial: number }>(`SELECT nextval('tracking_serial')::int AS serial`);
      parcels.push({
        basketId: basket.basketId,
        carrier,
        trackingNumber: trackingNumber(carrier, rows[0]?.serial ?? 0),
        shippedOn: jstDate(now),
        lines,
      });
    }
  }
  return parcels;
};

/** One parcel per basket; now and then two, when there is enough to share. */
const split = (basket: Basket, random: Random, share: number): Parcel['lines'][] => {
  const lines = basket.lines.map(({ itemDetailId, units }) => ({ itemDetailId, units }));
  const [first, ...rest] = lines;
  if (first === undefined || !random.chance(share)) return [lines];
  if (rest.length > 0) return [[first], rest];
  return first.units > 1 ? [[{ ...first, units: 1 }], [{ ...first, units: first.units - 1 }]] : [lines];
};
