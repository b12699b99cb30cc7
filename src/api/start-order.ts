import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { OrderRef } from '../domain/order';
import { ensureOrder, findOrder, reopenMissing, setRun } from '../store/orders';
import { orderOfReservation } from '../store/reservations';
import { addLines } from '../store/timeline';
import { orderWorkflowId, WORKFLOW } from '../temporal/ids';
import { orderStartOptions } from '../temporal/start';
import type { Deps } from './deps';
import { activeShop } from './shops';
import { withinBound } from './temporal';

/** The workflow that carries an order. `runId` is null for an order that ended before a run was noted. */
export interface StartedOrder {
  readonly workflowId: string;
  readonly runId: string | null;
  readonly alreadyRunning: boolean;
}

/**
 * Takes an order in by its number and starts its workflow; asking twice gives one workflow. A finished order is not
 * started again, except one that Rakuten did not know, which is asked for once more.
 * Raises `shop_not_found`, `shop_retired`.
 */
export const startOrder = async (deps: Deps, asked: OrderRef, actor: string): Promise<StartedOrder> => {
  await activeShop(deps, asked.shopId);
  const ref = (await orderOfReservation(deps.db, asked)) ?? asked;
  const order = await deps.db.transaction(async (tx) => {
    if ((await ensureOrder(tx, ref)) || (await reopenMissing(tx, ref)))
      await addLines(tx, ref, [{ code: 'order.requested', actor }]);
    return findOrder(tx, ref);
  });
  const workflowId = orderWorkflowId(ref);
  if (order !== undefined && order.finishedAt !== null)
    return { workflowId, runId: order.workflowRunId, alreadyRunning: false };
  return withinBound(deps.temporal, () => startWorkflow(deps, ref, workflowId));
};

const startWorkflow = async (deps: Deps, ref: OrderRef, workflowId: string): Promise<StartedOrder> => {
  try {
    const handle = await deps.temporal.workflow.start(WORKFLOW.order, {
      ...orderStartOptions({ shopId: ref.shopId, orderNumber: ref.orderNumber }),
      workflowIdConflictPolicy: 'FAIL',
    });
    await setRun(deps.db, ref, handle.firstExecutionRunId);
    return { workflowId, runId: handle.firstExecutionRunId, alreadyRunning: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { runId } = await deps.temporal.workflow.getHandle(workflowId).describe();
    return { workflowId, runId, alreadyRunning: true };
  }
};
