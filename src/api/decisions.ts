import {
  isGrpcDeadlineError,
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { OrderRef } from '../domain/order';
import type { Transaction } from '../store/database';
import type { OrderRow } from '../store/orders';
import { lockOrder } from '../store/orders';
import { orderWorkflowId } from '../temporal/ids';
import { orderDecided } from '../workflows/messages';
import type { Deps } from './deps';
import { Problem } from './problems';
import { withinBound } from './temporal';

/** How long a decision's answer waits for the order to come to rest, in milliseconds. */
const PATIENCE_MS = 8_000;

/**
 * Lets the order's workflow act upon what a person decided, and waits until it has come to rest. The decision stands
 * in PostgreSQL already and its outbox wakes the workflow, so whoever does not answer in time does it later: nothing
 * is lost, and the answer shows where the order stands by then.
 */
export const actUpon = async ({ temporal, log }: Deps, ref: OrderRef): Promise<void> => {
  const handle = temporal.workflow.getHandle(orderWorkflowId(ref));
  try {
    await withinBound(temporal, () => handle.executeUpdate(orderDecided), PATIENCE_MS);
  } catch (error) {
    const expected = LATER.some((isOne) => isOne(error));
    log[expected ? 'debug' : 'warn'](
      { err: error, orderNumber: ref.orderNumber },
      'a decision is recorded, and the order acts upon it later',
    );
  }
};

/** What keeps an order from acting at once: it has ended, nobody carries it just now, or something is away or slow. */
const LATER: readonly ((error: unknown) => boolean)[] = [
  (error) => error instanceof WorkflowNotFoundError,
  (error) => error instanceof WorkflowUpdateFailedError,
  (error) => error instanceof WorkflowUpdateRPCTimeoutOrCancelledError,
  isGrpcDeadlineError,
  isGrpcServiceError,
];

/** The order behind its lock, as long as something can still be decided. Raises `order_not_found`, `order_finished`. */
export const lockOpenOrder = async (tx: Transaction, ref: OrderRef): Promise<OrderRow> => {
  const row = await lockOrder(tx, ref);
  if (row === undefined) throw new Problem('order_not_found');
  if (row.finishedAt !== null)
    throw new Problem(
      'order_finished',
      `The order is ${row.stage}: nothing can be decided about it any more.`,
    );
  return row;
};
