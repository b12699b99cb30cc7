import type { OrderRef } from '../domain/order';

/** The task queue that carries all workflows and their local activities. */
export const TASK_QUEUE = 'okuri';

/** The task queue of a shop's activities: shops wait for Rakuten in queues of their own. */
export const shopTaskQueue = (shopId: string): string => `${TASK_QUEUE}/${shopId}`;

/** Workflow types, as Temporal UI shows them. */
export const WORKFLOW = {
  order: 'order',
  orderAfter: 'orderAfter',
  sync: 'sync',
  import: 'import',
  readListings: 'readListings',
  fileImport: 'fileImport',
  reconcileStock: 'reconcileStock',
  testConnection: 'testConnection',
  credential: 'credential',
} as const;

/** The workflow that carries an order. */
export const orderWorkflowId = ({ shopId, orderNumber }: OrderRef): string =>
  `order/${shopId}/${orderNumber}`;

/** The workflow of what comes after an order's end: a cancellation after shipping, a late one at Rakuten. */
export const orderAfterWorkflowId = ({ shopId, orderNumber }: OrderRef): string =>
  `order-after/${shopId}/${orderNumber}`;

/** The order that a workflow id stands for. */
export const orderOfWorkflowId = (workflowId: string): OrderRef | undefined => {
  const [kind, shopId, orderNumber, ...rest] = workflowId.split('/');
  if (kind !== 'order' || shopId === undefined || orderNumber === undefined || rest.length > 0)
    return undefined;
  return { shopId, orderNumber };
};

/** The Schedule that synchronises a shop; its runs carry this id and the time. */
export const syncScheduleId = (shopId: string): string => `sync/${shopId}`;

/** A synchronisation that a person asked for. */
export const manualSyncId = (shopId: string): string => `sync-now/${shopId}`;

/** The workflow that imports a range for a shop. */
export const importWorkflowId = (shopId: string, importId: string): string => `import/${shopId}/${importId}`;

/** The workflow that reads what a shop lists; one at a time. */
export const listingsWorkflowId = (shopId: string): string => `listings/${shopId}`;

/** The workflow that takes a file in. */
export const fileWorkflowId = (importId: string): string => `file/${importId}`;

/** The workflow that compares a shop's stock with Rakuten's, one at a time. */
export const reconciliationWorkflowId = (shopId: string): string => `stock/${shopId}`;

/** The workflow that tests a shop's connection, one at a time. */
export const connectionTestId = (shopId: string): string => `test-connection/${shopId}`;
/** The workflow that looks after a shop's keys, as long as the shop is in service. */
export const credentialWorkflowId = (shopId: string): string => `credential/${shopId}`;

/** Where Temporal UI shows a workflow. */
export const workflowUrl = (uiUrl: string, namespace: string, workflowId: string, runId?: string): string =>
  [uiUrl.replace(/\/$/, ''), 'namespaces', namespace, 'workflows', encodeURIComponent(workflowId)]
    .concat(runId === undefined ? [] : [runId, 'history'])
    .join('/');

/**
 * How the driver of orders that are started now works. A run keeps the driver that it was started with, so that it
 * replays; one without a number was started before there was more than one.
 */
export const ORDER_DRIVER = 2;

/** What the workflow of an order is started with. */
export interface OrderInput extends OrderRef {
  readonly driver?: typeof ORDER_DRIVER;
}
