import {
  isGrpcDeadlineError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { z } from 'zod';
import { lookupText } from '../domain/lookup';
import type { OrderRef } from '../domain/order';
import { openHoldsOf } from '../store/holds';
import { listOrders } from '../store/order-list';
import { orderWorkflowId } from '../temporal/ids';
import { retryOrder } from '../workflows/messages';
import { ownShops } from './caller';
import type { Deps } from './deps';
import { instant, line, NoBody, OrderPath, shopId } from './fields';
import { OrderItem, OrderView, StageField } from './order-view';
import { PAGE, pageOf, positionOf, toPage } from './paging';
import { Problem } from './problems';
import type { Route } from './route';
import { route } from './route';
import { itemOf, showOrder } from './show-order';
import { startOrder } from './start-order';
import { withinBound } from './temporal';

const OrderQuery = z.strictObject({
  ...PAGE,
  shopId: shopId.optional(),
  stage: StageField.optional(),
  hold: line(64).optional().meta({ description: 'Code of a hold that is open' }),
  q: line(200).optional().meta({
    description:
      'Order number (its beginning), tracking number or SKU code; a name, phone number or mail address exactly',
  }),
});
const OrderPosition = z.strictObject({ createdAt: instant, shopId: z.string(), orderNumber: z.string() });

/** Lets the workflow of an order go on at once. Raises `order_not_running`, `retry_refused`, `worker_unavailable`. */
const retry = async ({ temporal }: Deps, ref: OrderRef): Promise<void> => {
  const handle = temporal.workflow.getHandle(orderWorkflowId(ref));
  try {
    await withinBound(temporal, () => handle.executeUpdate(retryOrder));
  } catch (cause) {
    if (cause instanceof WorkflowNotFoundError)
      throw new Problem(
        'order_not_running',
        'No workflow carries this order: it is finished, or it can be started by POST …/start.',
        { cause },
      );
    if (cause instanceof WorkflowUpdateFailedError)
      throw new Problem('retry_refused', 'The order could not try again: look at it in Temporal UI.', {
        cause,
      });
    if (cause instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcDeadlineError(cause))
      throw new Problem(
        'worker_unavailable',
        'The order did not answer in time. Temporal or the workers are away, or Rakuten is slow; it goes on when it can.',
        { cause },
      );
    throw cause;
  }
};

/** Orders: list, show, start by number, try again. */
export const orderRoutes = (deps: Deps): Route[] => [
  route({
    method: 'get',
    path: '/v1/orders',
    tag: 'Orders',
    summary: 'Orders, newest import first',
    access: 'viewer',
    reach: 'filtered',
    spoken: true,
    query: OrderQuery,
    answer: { status: 200, says: 'A page of orders', schema: pageOf(OrderItem) },
    handle: async ({ query: { cursor, limit, q, ...filter }, language, caller }) => {
      const lookup = q === undefined ? undefined : { text: q, lookup: deps.vault.fingerprint(lookupText(q)) };
      const after = positionOf(OrderPosition, cursor);
      const narrowed = { ...filter, ...ownShops(caller), q: lookup };
      const rows = await listOrders(deps.db, narrowed, after, limit + 1);
      const holdsOf = await openHoldsOf(deps.db, rows);
      return toPage(
        rows,
        limit,
        ({ createdAt, shopId: shop, orderNumber }) => ({
          createdAt: createdAt.toISOString(),
          shopId: shop,
          orderNumber,
        }),
        (row) => itemOf(deps, row, holdsOf(row), language),
      );
    },
  }),
  route({
    method: 'get',
    path: '/v1/orders/{shopId}/{orderNumber}',
    tag: 'Orders',
    summary: 'One order with its holds, parcels and timeline',
    access: 'viewer',
    spoken: true,
    params: OrderPath,
    answer: { status: 200, says: 'The order', schema: OrderView },
    problems: ['order_not_found'],
    handle: ({ params, language }) => showOrder(deps, params, language),
  }),
  route({
    method: 'post',
    path: '/v1/orders/{shopId}/{orderNumber}/start',
    tag: 'Orders',
    summary: 'Take an order in by its number; asking twice gives one workflow',
    access: 'operator',
    params: OrderPath,
    body: NoBody,
    answer: {
      status: 202,
      says: 'The workflow that carries the order',
      schema: z.strictObject({
        workflowId: z.string(),
        runId: z.string().nullable(),
        alreadyRunning: z.boolean(),
      }),
    },
    problems: ['shop_not_found', 'shop_retired', 'temporal_unavailable'],
    handle: ({ params, actor }) => startOrder(deps, params, actor),
  }),
  route({
    method: 'post',
    path: '/v1/orders/{shopId}/{orderNumber}/retry',
    tag: 'Orders',
    summary: 'Try again at once instead of waiting for the next attempt',
    access: 'operator',
    spoken: true,
    params: OrderPath,
    body: NoBody,
    answer: { status: 200, says: 'The order', schema: OrderView },
    problems: [
      'order_not_found',
      'order_not_running',
      'retry_refused',
      'worker_unavailable',
      'temporal_unavailable',
    ],
    handle: async ({ params, language }) => {
      await showOrder(deps, params, language);
      await retry(deps, params);
      return showOrder(deps, params, language);
    },
  }),
];
