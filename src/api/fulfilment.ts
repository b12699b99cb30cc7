import { z } from 'zod';
import type { OrderRef } from '../domain/order';
import type { Database } from '../store/database';
import { setInstructByHand } from '../store/orders';
import { wakeOrders } from '../store/outbox';
import type { FulfilmentOrder } from '../store/shipments';
import {
  currentFulfilment,
  findFulfilment,
  listFulfilments,
  listShipments,
  takeEvent,
} from '../store/shipments';
import { addLines } from '../store/timeline';
import { ownShops } from './caller';
import { actUpon, lockOpenOrder } from './decisions';
import type { Deps } from './deps';
import { instant, line, NoBody, OrderPath, shopId } from './fields';
import { OrderView } from './order-view';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { Packages } from './parcel-fields';
import { Problem } from './problems';
import { takeShipments } from './receive-shipments';
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

/** Takes a warehouse's report in, once per event. What it says of an order that has ended is refused for good. */
const takeIn = (
  db: Database,
  { eventId, fulfilmentOrderId, packages, ...body }: z.output<typeof WarehouseEvent>,
  actor: string,
): Promise<void> => {
  const ref = { shopId: body.shopId, orderNumber: body.orderNumber };
  return takeShipments(db, ref, packages, { source: 'warehouse', actor }, async (tx) => {
    if (!(await takeEvent(tx, `${ref.shopId}/${eventId}`))) return false;
    const fulfilment = await findFulfilment(tx, fulfilmentOrderId);
    if (fulfilment?.shopId !== ref.shopId || fulfilment.orderNumber !== ref.orderNumber)
      throw new Problem('fulfilment_order_not_found');
    return true;
  });
};

/** Asks for a fulfilment order by hand. Raises `order_not_found`, `order_finished`, `not_instructable`. */
const askForInstruction = (db: Database, ref: OrderRef, actor: string): Promise<void> =>
  db.transaction(async (tx) => {
    const row = await lockOpenOrder(tx, ref);
    const current = await currentFulfilment(tx, ref);
    if (current !== undefined && current.state !== 'recalled')
      throw new Problem('not_instructable', `The order has a fulfilment order, which is ${current.state}.`);
    if ((await listShipments(tx, ref)).length > 0)
      throw new Problem('not_instructable', 'A parcel of this order has left already.');
    if (row.instructByHand) return;
    await setInstructByHand(tx, ref);
    await addLines(tx, ref, [{ code: 'fulfilment.asked_for', actor }]);
    await wakeOrders(tx, [ref]);
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
  'tracking_number_form',
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
    access: 'viewer',
    reach: 'filtered',
    query: FulfilmentQuery,
    answer: { status: 200, says: 'A page of fulfilment orders', schema: pageOf(FulfilmentView) },
    handle: async ({ query: { cursor, limit, ...filter }, caller }) => {
      const after = positionOf(FulfilmentPosition, cursor) ?? FIRST;
      const rows = await listFulfilments(deps.db, { ...filter, ...ownShops(caller) }, after, limit + 1);
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
    access: 'operator',
    spoken: true,
    params: OrderPath,
    body: z.strictObject({ packages: Packages }),
    answer: { status: 200, says: 'The order', schema: OrderView },
    problems: PARCEL_PROBLEMS,
    handle: async ({ params, body: { packages }, language, actor }) => {
      await takeShipments(deps.db, params, packages, { source: 'api', actor });
      return showOrder(deps, params, language);
    },
  }),
  route({
    method: 'post',
    path: '/v1/orders/{shopId}/{orderNumber}/fulfilment-order',
    tag: 'Fulfilment',
    summary: 'Ask for a fulfilment order by hand, where the shop does not send them by itself',
    access: 'operator',
    spoken: true,
    params: OrderPath,
    body: NoBody,
    answer: {
      status: 200,
      says: 'The order; the instruction leaves once nothing holds it',
      schema: OrderView,
    },
    problems: ['order_not_found', 'order_finished', 'not_instructable'],
    handle: async ({ params, language, actor }) => {
      await askForInstruction(deps.db, params, actor);
      await actUpon(deps, params);
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
