import { z } from 'zod';
import { CANCEL_REASONS, isCancelReason } from '../domain/cancel-reasons';
import type { OrderRef } from '../domain/order';
import { isClosedByRakuten, RAKUTEN_STATUS } from '../domain/order';
import { say } from '../domain/texts';
import type { Cancellation } from '../store/cancellations';
import { isOpen, lastCancellation, requestCancellation, withdrawCancellation } from '../store/cancellations';
import type { Transaction } from '../store/database';
import type { OrderRow } from '../store/orders';
import { lockOrder } from '../store/orders';
import { wakeAfter, wakeOrders } from '../store/outbox';
import { listShipments } from '../store/shipments';
import { addLines } from '../store/timeline';
import { refusal } from './check';
import { actUpon, lockOpenOrder } from './decisions';
import type { Deps } from './deps';
import { OrderPath } from './fields';
import { OrderView } from './order-view';
import { Problem } from './problems';
import type { Route } from './route';
import { route } from './route';
import { showOrder } from './show-order';

const CancelBody = z
  .strictObject({
    reason: z
      .union([z.int(), z.string().regex(/^\d{1,2}$/)], 'must be one of Rakuten’s reason codes')
      .transform(Number)
      .refine(isCancelReason, refusal('refused', 'is not one of Rakuten’s reasons (changeReasonDetailApply)'))
      .meta({
        description: `Rakuten’s changeReasonDetailApply: ${CANCEL_REASONS.map((code) => `${code} ${say('en', `cancel_reason.${code}`)} (${say('ja', `cancel_reason.${code}`)})`).join(', ')}`,
        example: 1,
      }),
    restoreInventory: z.boolean().meta({ description: 'Whether Rakuten puts the units back on sale' }),
  })
  .meta({ id: 'Cancel' });

type CancelRequest = z.output<typeof CancelBody>;

/** Where Rakuten takes a cancellation (order reference §2). */
const BEFORE_SHIPPING: readonly number[] = [
  RAKUTEN_STATUS.awaitingConfirmation,
  RAKUTEN_STATUS.processing,
  RAKUTEN_STATUS.awaitingShipment,
];

/** What stands in the way of a cancellation, as the problem to answer with; the first that applies. */
const OBSTACLES: readonly {
  readonly when: (row: OrderRow, left: readonly string[]) => boolean;
  readonly problem: (row: OrderRow, left: readonly string[]) => Problem;
}[] = [
  {
    when: ({ stage }) => stage === 'not_found',
    problem: () => new Problem('order_finished', 'Rakuten does not know this order.'),
  },
  {
    when: ({ stage, rakutenStatus }) =>
      stage === 'cancelled' || rakutenStatus >= RAKUTEN_STATUS.cancelPending,
    problem: ({ rakutenStatus }) =>
      new Problem(
        'order_cancelled',
        rakutenStatus === RAKUTEN_STATUS.cancelPending
          ? 'A cancellation is pending at Rakuten already (800).'
          : 'The order is cancelled already.',
      ),
  },
  {
    when: ({ facts }) => facts === null,
    problem: () => new Problem('order_not_read'),
  },
  {
    when: ({ stage, rakutenStatus }) => isClosedByRakuten(rakutenStatus) && stage !== 'completed',
    problem: () => new Problem('not_cancellable', 'The order is just being closed: try again in a moment.'),
  },
  {
    when: ({ stage }, left) => stage !== 'completed' && left.length > 0,
    problem: (_row, left) =>
      new Problem(
        'parcel_has_left',
        `Parcel ${left.join(', ')} has left. Cancel when Rakuten has closed the order and the goods are back, or have the parcel stopped and cancel in RMS.`,
      ),
  },
  {
    when: ({ stage, rakutenStatus }) => stage !== 'completed' && !BEFORE_SHIPPING.includes(rakutenStatus),
    problem: ({ rakutenStatus }) =>
      new Problem(
        'not_cancellable',
        `Rakuten takes cancellations at 100, 200 and 300 and after shipping; the order stands at ${rakutenStatus}.`,
      ),
  },
];

/**
 * Writes the request down, all checks behind the order's lock. Raises what OBSTACLES say.
 * @returns whether the order has ended, so that it is cancelled by what comes after
 */
const request = async (
  tx: Transaction,
  ref: OrderRef,
  { reason, restoreInventory }: CancelRequest,
  actor: string,
): Promise<boolean> => {
  const row = await lockOrder(tx, ref);
  if (row === undefined) throw new Problem('order_not_found');
  const finished = row.finishedAt !== null;
  const last = await lastCancellation(tx, ref);
  if (last !== undefined && isOpen(last)) return finished;
  const left = (await listShipments(tx, ref))
    .filter(({ refusedCode }) => refusedCode === null)
    .map(({ trackingNumber }) => trackingNumber);
  const obstacle = OBSTACLES.find(({ when }) => when(row, left));
  if (obstacle !== undefined) throw obstacle.problem(row, left);
  await requestCancellation(tx, ref, { reason, restoreInventory, requestedBy: actor });
  const params = { reason: String(reason), restoreInventory: String(restoreInventory) };
  await addLines(tx, ref, [{ code: 'cancel.requested', params, actor }]);
  if (finished) await wakeAfter(tx, ref);
  else await wakeOrders(tx, [ref]);
  return finished;
};

/** How long the answer waits for what becomes of a cancellation, and how often it looks. */
const SETTLES_MS = 20_000;
const LOOK_MS = 250;

const settled = async ({ db }: Deps, ref: OrderRef): Promise<Cancellation | undefined> => {
  for (const until = Date.now() + SETTLES_MS; ; ) {
    const last = await lastCancellation(db, ref);
    if (last === undefined || last.state !== 'requested' || Date.now() > until) return last;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
};

const withdraw = async (tx: Transaction, ref: OrderRef, actor: string): Promise<void> => {
  const { rakutenStatus } = await lockOpenOrder(tx, ref);
  if (rakutenStatus >= RAKUTEN_STATUS.cancelPending)
    throw new Problem(
      'no_cancellation',
      `Rakuten shows the cancellation (${rakutenStatus}): take it back in RMS, and the order goes on by itself.`,
    );
  if (!(await withdrawCancellation(tx, ref)))
    throw new Problem('no_cancellation', 'There is no cancellation of this order to take back.');
  await addLines(tx, ref, [{ code: 'cancel.withdrawn', actor }]);
  await wakeOrders(tx, [ref]);
};

/** Cancelling an order, and taking that back as long as Rakuten does not show it. */
export const cancelRoutes = (deps: Deps): Route[] => [
  route({
    method: 'post',
    path: '/v1/orders/{shopId}/{orderNumber}/cancel',
    tag: 'Orders',
    summary:
      'Cancel: called back from the warehouse, cancelled at Rakuten, stock released; or 409 with the reason why not',
    access: 'operator',
    spoken: true,
    params: OrderPath,
    body: CancelBody,
    answer: { status: 200, says: 'The order; `cancellation` says how far it is', schema: OrderView },
    problems: [
      'order_not_found',
      'order_not_read',
      'order_finished',
      'order_cancelled',
      'parcel_has_left',
      'not_cancellable',
      'cancel_refused',
      'refused',
    ],
    handle: async ({ params, body, language, actor }) => {
      const finished = await deps.db.transaction((tx) => request(tx, params, body, actor));
      if (!finished) await actUpon(deps, params);
      const last = await settled(deps, params);
      if (last?.state === 'refused')
        throw new Problem(
          'cancel_refused',
          `Rakuten refused the cancellation: ${last.refusedCode ?? 'no code'}.`,
        );
      return showOrder(deps, params, language);
    },
  }),
  route({
    method: 'delete',
    path: '/v1/orders/{shopId}/{orderNumber}/cancel',
    tag: 'Orders',
    summary: 'Take a cancellation back, as long as Rakuten shows neither 800 nor 900',
    access: 'operator',
    spoken: true,
    params: OrderPath,
    answer: { status: 200, says: 'The order', schema: OrderView },
    problems: ['order_not_found', 'order_finished', 'no_cancellation'],
    handle: async ({ params, language, actor }) => {
      await deps.db.transaction((tx) => withdraw(tx, params, actor));
      await actUpon(deps, params);
      return showOrder(deps, params, language);
    },
  }),
];
