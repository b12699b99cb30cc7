import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import type { OrderRef } from '../domain/order';
import type { OrderInput } from './ids';
import {
  connectionTestId,
  credentialWorkflowId,
  fileWorkflowId,
  importWorkflowId,
  listingsWorkflowId,
  ORDER_DRIVER,
  orderAfterWorkflowId,
  orderWorkflowId,
  reconciliationWorkflowId,
  TASK_QUEUE,
} from './ids';
import { OkuriShopId, OkuriStage } from './search-attributes';

/**
 * How the workflow of an order is started, by whomever: one id per order. A workflow that ended may be started again,
 * because PostgreSQL decides whether an order is finished and is asked before.
 */
export const orderStartOptions = (ref: OrderRef) => ({
  workflowId: orderWorkflowId(ref),
  taskQueue: TASK_QUEUE,
  args: [{ shopId: ref.shopId, orderNumber: ref.orderNumber, driver: ORDER_DRIVER }] as [OrderInput],
  workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
  workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  typedSearchAttributes: [
    { key: OkuriShopId, value: ref.shopId },
    { key: OkuriStage, value: 'imported' },
  ],
});

/** How the workflow of what comes after an order's end is started; one at a time per order. */
export const orderAfterStartOptions = (ref: OrderRef) => ({
  workflowId: orderAfterWorkflowId(ref),
  taskQueue: TASK_QUEUE,
  args: [{ shopId: ref.shopId, orderNumber: ref.orderNumber }] as [OrderRef],
  workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
  workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  typedSearchAttributes: [{ key: OkuriShopId, value: ref.shopId }],
});

/** How the workflow of an import is started, by whomever: one id per import. PostgreSQL decides whether it has ended. */
export const importStartOptions = ({ shopId, importId }: { shopId: string; importId: string }) => ({
  workflowId: importWorkflowId(shopId, importId),
  taskQueue: TASK_QUEUE,
  args: [{ shopId, importId }] as [{ shopId: string; importId: string }],
  workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
  workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  typedSearchAttributes: [{ key: OkuriShopId, value: shopId }],
});

/**
 * How the workflow that reads what a shop lists is started, by whomever. PostgreSQL has one running reading of a shop
 * at most, so whatever still runs when one has just begun belongs to a reading that has ended, and makes room.
 */
export const listingsStartOptions = (
  { shopId, readId }: { shopId: string; readId: string },
  justBegun: boolean,
) => ({
  workflowId: listingsWorkflowId(shopId),
  taskQueue: TASK_QUEUE,
  args: [{ shopId, readId }] as [{ shopId: string; readId: string }],
  workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
  workflowIdConflictPolicy: justBegun
    ? WorkflowIdConflictPolicy.TERMINATE_EXISTING
    : WorkflowIdConflictPolicy.USE_EXISTING,
  typedSearchAttributes: [{ key: OkuriShopId, value: shopId }],
});

/** How the workflow of a file is started, by whomever: one id per file. PostgreSQL decides whether it has ended. */
export const fileStartOptions = (importId: string) => ({
  workflowId: fileWorkflowId(importId),
  taskQueue: TASK_QUEUE,
  args: [{ importId }] as [{ importId: string }],
  workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
  workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
});

/** How a test of a shop's connection is started: whoever asks while one runs joins it. */
export const connectionTestStartOptions = (shopId: string) => ({
  workflowId: connectionTestId(shopId),
  taskQueue: TASK_QUEUE,
  args: [{ shopId }] as [{ shopId: string }],
  workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
  workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  typedSearchAttributes: [{ key: OkuriShopId, value: shopId }],
});

interface ReconciliationRef {
  readonly shopId: string;
  readonly reconciliationId: string;
}

/** How the workflow of a reconciliation that runs is started, in case it was lost: one id per shop. */
export const reconciliationStartOptions = ({ shopId, reconciliationId }: ReconciliationRef) => ({
  workflowId: reconciliationWorkflowId(shopId),
  taskQueue: TASK_QUEUE,
  args: [{ shopId, reconciliationId }] as [ReconciliationRef],
  workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
  workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  typedSearchAttributes: [{ key: OkuriShopId, value: shopId }],
});

/**
 * How the workflow of a reconciliation that has just begun is started: one that still runs under this id belongs to one
 * that has ended, since PostgreSQL lets a shop have one at a time.
 */
export const newReconciliationStartOptions = (ref: ReconciliationRef) => ({
  ...reconciliationStartOptions(ref),
  workflowIdConflictPolicy: WorkflowIdConflictPolicy.TERMINATE_EXISTING,
});

/** How the workflow that looks after a shop's keys is started, by whomever: one at a time per shop. */
export const credentialStartOptions = (shopId: string) => ({
  workflowId: credentialWorkflowId(shopId),
  taskQueue: TASK_QUEUE,
  args: [{ shopId }] as [{ shopId: string }],
  workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
  workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  typedSearchAttributes: [{ key: OkuriShopId, value: shopId }],
});
