import { z } from 'zod';
import type { OrderRef } from '../domain/order';
import type { Database } from '../store/database';
import { lockOrder } from '../store/orders';
import type { FulfilmentOrder } from '../store/shipments';
import { findFulfilment, listFulfilments, takeEvent } from '../store/shipments';
import { addLines, linesOfOrder } from '../store/timeline';
import type { Deps } from './deps';
import { instant, line, OrderPath, shopId } from './fields';
import { OrderView } from './order-view';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { Packages } from './parcel-fields';
import { Problem } from './problems';
import { receiveShipments } from './receive-shipments';
import type { Route } from './route';
import { route } from './route';
import { showOrder } from './show-order';

const StateField = z.enum(['created', 'open', 'shipped', 'recalled', 'too_late']);

const FulfilmentView = z
  .strictObject({
    fulfilmentOrderId: z.uuid(),
    shopId,
    orderNumber: z.string(),
    provider: z.string(),
    state: StateField.meta({ description: '`created`: not handed over yet; `open`: with the warehouse' }),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'FulfilmentOrder' });

const viewOf = ({ createdAt, updatedAt, ...row }: FulfilmentOrder): z.input<typeof FulfilmentView> => ({
  ...row,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});

const FulfilmentQuery = z.strictObject({ ...PAGE, shopId: shopId.optional(), state: StateField.optional() });
const FulfilmentPosition = z.strictObject({ createdAt: instant, id: z.uuid() });
const FIRST = { createdAt: new Date(0).toISOString(), id: '00000000-0000-0000-0000-000000000000' };

const WarehouseEvent = z
  .strictObject({
    eventId: line(200).meta({ description: 'The warehouse’s own: a repeat changes nothing' }),
    type: z.literal('shipped'),
    fulfilmentOrderId: z.uuid(),
    ...OrderPath.shape,
    packages: Packages,
  })
  .meta({ id: 'WarehouseEvent' });

/**
 * Takes a warehouse's report in, once per event. A parcel for a cancelled order is refused for good, and the order's
 * timeline says that somebody must ask the warehouse.
 */
const takeIn = async (
  db: Database,
  { eventId, fulfilmentOrderId, packages, ...body }: z.output<typeof WarehouseEvent>,
  actor: string,
): Promise<void> => {
  const ref = { shopId: body.shopId, orderNumber: body.orderNumber };
  try {
    await db.transaction(async (tx) => {
      if (!(await takeEvent(tx, `${ref.shopId}/${eventId}`))) return;
      const fulfilment = await findFulfilment(tx, fulfilmentOrderId);
      if (fulfilment?.shopId !== ref.shopId || fulfilment.orderNumber !== ref.orderNumber)
        throw new Problem('fulfilment_order_not_found');
      await receiveShipments(tx, ref, packages, { source: 'warehouse', actor });
    });
  } catch (error) {
    if (error instanceof Problem && error.code === 'order_cancelled') await noteTooLate(db, ref, actor);
    throw error;
  }
};

const noteTooLate = (db: Database, ref: OrderRef, actor: string): Promise<void> =>
  db.transaction(async (tx) => {
    await lockOrder(tx, ref);
    const lines = await linesOfOrder(tx, ref);
    if (lines.some(({ code }) => code === 'fulfilment.too_late')) return;
    await addLines(tx, ref, [{ code: 'fulfilment.too_late', actor }]);
  });

const PARCEL_PROBLEMS = [
  'order_not_found',
  'order_not_read',
  'order_cancelled',
  'order_finished',
  'basket_required',
  'unknown_basket',
  'unknown_line',
  'unknown_carrier',
  'units_exceeded',
  'too_many_parcels',
  'basket_already_shipped',
  'refused',
] as const;

/** Fulfilment orders, and parcels that people or warehouses report. */
export const fulfilmentRoutes = (deps: Deps): Route[] => [
  route({
    method: 'get',
    path: '/v1/fulfilment-orders',
    tag: 'Fulfilment',
    summary: 'Shipping instructions (出荷指示), oldest first',
    access: 'administrator',
    query: FulfilmentQuery,
    answer: { status: 200, says: 'A page of fulfilment orders', schema: pageOf(FulfilmentView) },
    handle: async ({ query: { cursor, limit, ...filter } }) => {
      const after = positionOf(FulfilmentPosition, cursor) ?? FIRST;
      const rows = await listFulfilments(deps.db, filter, after, limit + 1);
      const position = (row: FulfilmentOrder) => ({
        createdAt: row.createdAt.toISOString(),
        id: row.fulfilmentOrderId,
      });
      return toPage(rows, limit, position, viewOf);
    },
  }),
  route({
    method: 'post',
    path: '/v1/orders/{shopId}/{orderNumber}/shipments',
    tag: 'Fulfilment',
    summary: 'Report parcels that left, all or none; a parcel that is known changes nothing',
    access: 'administrator',
    spoken: true,
    params: OrderPath,
    body: z.strictObject({ packages: Packages }),
    answer: { status: 200, says: 'The order', schema: OrderView },
    problems: PARCEL_PROBLEMS,
    handle: async ({ params, body: { packages }, language, actor }) => {
      await deps.db.transaction((tx) => receiveShipments(tx, params, packages, { source: 'api', actor }));
      return showOrder(deps, params, language);
    },
  }),
  route({
    method: 'post',
    path: '/v1/fulfilment/events',
    tag: 'Fulfilment',
    summary: 'A warehouse reports parcels; signed, and taken in once per event. A 409 is final',
    access: 'warehouse',
    body: WarehouseEvent,
    answer: { status: 200, says: 'Taken in', schema: z.strictObject({ status: z.literal('ok') }) },
    problems: [...PARCEL_PROBLEMS, 'fulfilment_order_not_found'],
    handle: async ({ body, actor }) => {
      await takeIn(deps.db, body, actor);
      return { status: 'ok' as const };
    },
  }),
];
