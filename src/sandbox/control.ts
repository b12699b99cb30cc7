import { type NextFunction, type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { clockSchema } from './clock';
import { controlAsyncShipping } from './control-async-shipping';
import { controlFaults } from './control-faults';
import { controlJournal } from './control-journal';
import { controlOrders } from './control-orders';
import { ControlError, type ControlParts, readBody } from './control-parts';
import { controlShops } from './control-shops';
import { listFaults } from './faults';
import { addDays, isDate, jstDate } from './japan-time';
import { settingsPatchSchema } from './settings';
import { listShops } from './shops';
import { runNight } from './transitions';
import { listWarehouse } from './warehouse';

/** The routes of the control page with what each does, as GET /control answers them. */
const ROUTES = {
  'GET /control/settings': 'the settings in force; PUT changes any part of them',
  'POST /control/shops':
    '{shopCode, rakutenShopId, serviceSecret, licenseKey, functions?, skuMigrated?, activeFrom?, expiresAt?}: registers a shop, or one more key of it',
  'PUT /control/shops/:shopCode/inventory':
    '{inventories: [{manageNumber, variantId, quantity, name?, price?, …}]}: SKUs with their stock; GET reads',
  'GET /control/shops/:shopCode/items': 'the items with their SKUs, deleted ones too',
  'PUT /control/shops/:shopCode/items/:manageNumber':
    '{title?, tagline?, itemNumber?, genreId?, itemType?, hideItem?, skus?}: an item appears or changes; DELETE deletes it',
  'GET /control/shops/:shopCode/info':
    'what the shop has set up: 商品一括編集, lead times, ship-from, 納期, delivery sets, calendar, sub-statuses; PUT changes any part',
  'GET /control/shops/:shopCode/keys': 'the keys, without their secrets',
  'POST /control/shops/:shopCode/keys':
    '{licenseKey, serviceSecret?, activeAfterSeconds?}: a new key that works after so many seconds (900)',
  'POST /control/shops/:shopCode/keys/expire': '{licenseKey?}: one live key, or all, dies at this moment',
  'POST /control/shops/:shopCode/orders': '{count?, seed?, overrides?}: made-up orders appear',
  'POST /control/shops/:shopCode/orders/import': '{order}: an OrderModel, kept as it is',
  'GET /control/orders?shop&progress': 'the orders',
  'GET /control/orders/:orderNumber':
    'an order with its books: how often it was confirmed, which rows were written, every call',
  'POST /control/orders/:orderNumber/pay': 'the buyer of a prepaid order pays',
  'POST /control/orders/:orderNumber/cancel': '{by?, reasonDetail?, restore?}: the order is cancelled',
  'POST /control/orders/:orderNumber/keep-after-all':
    'a pending cancellation (800) is taken back in RMS: 300 again',
  'POST /control/orders/:orderNumber/address': '{basketId?, sender}: the buyer changes the destination',
  'POST /control/orders/:orderNumber/remarks': '{remarks}: the buyer changes the remark',
  'POST /control/orders/:orderNumber/take-order':
    'a reservation (…-r) becomes an order with a number of its own',
  'POST /control/orders/:orderNumber/ship-by-hand':
    '{basketId?, deliveryCompany?, shippingNumber?, shippingDate?}: a person enters a parcel in RMS',
  'POST /control/night': '{asOf?}: the nightly job closes orders whose last shipping date is before this day',
  'POST /control/tick': 'does everything that is due now',
  'GET /control/clock': 'how the clock differs; PUT {offsetSeconds} | {frozenAt} | null',
  'GET /control/faults':
    'the armed faults; POST {operation, kind, times?, skip?, delayMs?, orderNumber?, shopCode?, status?, retryAfterSeconds?, shift?, resetAt?, holdMs?}; DELETE ?kind disarms',
  'GET /control/async-shipping': 'the asynchronous shipping reports, waiting and done',
  'POST /control/async-shipping/release': '{requestId?}: carries out one report, or all that wait, at once',
  'GET /control/journal?operation&family&orderNumber&shop&since&until&after&limit':
    'every request of a known shop to Rakuten, with what it changed',
  'GET /control/calls?…&orders': 'the same in few words, by arrival; orders=true adds the order numbers',
  'GET /control/calls/summary?…': 'how many there were, by shop, function and outcome',
  'GET /control/warehouse': 'the fulfilment orders, and the events that are not delivered yet',
};

const nightSchema = z.strictObject({ asOf: z.string().refine(isDate, 'YYYY-MM-DD').optional() }).prefault({});

const LOOPBACK = /^(::ffff:)?127\.|^::1$/;

/** The control page: JSON, without authentication, for callers on this machine only. */
export const controlRouter = (parts: ControlParts): Router => {
  const { books, clock, settings, background } = parts;
  const router = Router();
  router.use((req, _res, next) => {
    if (LOOPBACK.test(req.socket.remoteAddress ?? '')) return next();
    throw new ControlError(403, 'The control page answers only on this machine.');
  });
  router.get('/', async (_req, res) => res.json(await overview(parts)));
  router.get('/settings', (_req, res) => res.json(settings.current()));
  router.put('/settings', async (req, res) =>
    res.json(await settings.patch(readBody(req, settingsPatchSchema))),
  );
  router.use('/shops', controlShops(parts));
  router.use('/orders', controlOrders(parts));
  router.post('/night', async (req, res) => {
    const { asOf } = readBody(req, nightSchema);
    const today = jstDate(clock.now());
    const day = asOf ?? (settings.current().nightClosesToday ? addDays(today, 1) : today);
    res.json({ asOf: day, closed: await runNight(books, day, clock.now()) });
  });
  router.post('/tick', async (_req, res) => res.json(await background.tick()));
  router.get('/clock', (_req, res) => res.json({ state: clock.state(), now: clock.now() }));
  router.put('/clock', async (req, res) => {
    await clock.set(readBody(req, clockSchema));
    res.json({ state: clock.state(), now: clock.now() });
  });
  router.use('/faults', controlFaults(parts));
  router.use('/async-shipping', controlAsyncShipping(parts));
  router.use(controlJournal(books));
  router.get('/warehouse', async (_req, res) => res.json(await listWarehouse(books)));
  router.use((req, _res) => {
    throw new ControlError(
      404,
      `The control page has no ${req.method} ${req.originalUrl}. GET /control lists its routes.`,
    );
  });
  router.use(answerError);
  return router;
};

const answerError = (error: unknown, _req: Request, res: Response, next: NextFunction): void => {
  if (error instanceof ControlError) {
    res.status(error.status).json({ error: error.message, issues: error.issues });
  } else next(error);
};

const overview = async ({ books, clock, settings }: ControlParts) => {
  const { rows } = await books.query(
    `SELECT shop_code AS "shopCode", progress, count(*)::int AS orders FROM orders
     GROUP BY shop_code, progress ORDER BY shop_code, progress`,
  );
  return {
    about: 'A simulated Rakuten shop (below /es) and a simulated warehouse (below /warehouse).',
    now: clock.now(),
    clock: clock.state(),
    shops: await listShops(books),
    orders: rows,
    settings: settings.current(),
    faults: await listFaults(books),
    routes: ROUTES,
  };
};
