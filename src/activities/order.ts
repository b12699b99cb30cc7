import { activityInfo } from '@temporalio/activity';
import type { OrderRef } from '../domain/order';
import { holdsCircuit } from '../store/circuits';
import { lockOrder, setParked } from '../store/orders';
import { wakeOrders } from '../store/outbox';
import { addLines } from '../store/timeline';
import type { Assessment } from './assess';
import { assessIn } from './assess';
import { cancel } from './cancel';
import { confirm } from './confirm';
import type { ActivityContext } from './context';
import type { ParkCause } from './failures';
import { instruct, recall } from './fulfil';
import { readAndAssess } from './read-order';
import { reportShipping } from './report-shipping';

/**
 * The activities of an order's workflow. Each does one step, idempotently, and answers where the order stands then;
 * what crosses Temporal is ids and codes.
 */
export const orderActivities = (context: ActivityContext) => ({
  /** Looks at what PostgreSQL knows of the order and says what is next. Runs as a local activity. */
  assessOrder: (ref: OrderRef): Promise<Assessment> =>
    context.db.transaction((tx) =>
      assessIn(tx, context, ref, { runId: activityInfo().workflowExecution?.runId }),
    ),

  /** Reads the order from Rakuten. */
  fetchOrder: async (ref: OrderRef): Promise<Assessment> => (await readAndAssess(context, ref)).assessment,

  /** Confirms the order at Rakuten, once. */
  confirmOrder: (ref: OrderRef): Promise<Assessment> => confirm(context, ref, activityInfo().attempt),

  /** Sends the shipping instruction behind the ship gate, once. */
  instructFulfilment: (ref: OrderRef): Promise<Assessment> => instruct(context, ref),

  /** Takes the shipping instruction back. */
  recallFulfilment: (ref: OrderRef): Promise<Assessment> => recall(context, ref),

  /** Cancels the order at Rakuten, once. */
  cancelOrder: (ref: OrderRef): Promise<Assessment> => cancel(context, ref),

  /** Pushes the order's parcels to Rakuten, each once. */
  reportShipping: (ref: OrderRef): Promise<Assessment> => reportShipping(context, ref),

  /**
   * Writes down why the order stands still for reasons outside of it. Runs as a local activity.
   * @returns whether there is nothing to wait for: the order has ended meanwhile
   */
  noteParked: async (ref: OrderRef, cause: ParkCause, detail = '', shopParked = false): Promise<boolean> =>
    context.db.transaction(async (tx) => {
      const row = await lockOrder(tx, ref);
      // What an attempt did whose answer was lost is done; the next one may fail all the same.
      if (row?.finishedAt) return true;
      // The next attempt that fails alike is no news.
      if (row?.parked === cause) return false;
      await setParked(tx, ref, cause);
      await addLines(tx, ref, [{ code: 'order.parked', params: { park: cause, detail } }]);
      // The shop may have gone on before this order was written down as parked, and then nobody else wakes it.
      if (shopParked && !(await holdsCircuit(tx, ref.shopId))) await wakeOrders(tx, [ref]);
      return false;
    }),
});

/** What the workflow of an order can call. */
export type OrderActivities = ReturnType<typeof orderActivities>;
