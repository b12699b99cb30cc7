import { Client, Connection } from '@temporalio/client';
import { orderOfWorkflowId, orderWorkflowId } from '../../src/temporal/ids';
import type { Books } from './books';
import { SHOP, type World } from './world';

/** A workflow task that was tried so often does not come through by itself. */
const STUCK_ATTEMPTS = 5;
const BROKEN = ['Failed', 'Terminated', 'TimedOut'];

const withTemporal = async <T>(world: World, ask: (client: Client) => Promise<T>): Promise<T> => {
  const connection = await Connection.connect({ address: await world.env.temporalAddress() });
  try {
    return await ask(new Client({ connection, namespace: world.env.namespace }));
  } finally {
    await connection.close();
  }
};

/** What Temporal says: which orders have a running workflow, what failed, and what does not get on. */
export const readWorkflows = (world: World): Promise<Books['workflows']> =>
  withTemporal(world, async (client) => {
    const running: string[] = [];
    const stuck: string[] = [];
    for await (const { workflowId, runId } of client.workflow.list({
      query: `ExecutionStatus = 'Running'`,
    })) {
      const order = orderOfWorkflowId(workflowId);
      if (order?.shopId === SHOP.shopId) running.push(order.orderNumber);
      const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
      if ((raw.pendingWorkflowTask?.attempt ?? 0) >= STUCK_ATTEMPTS) stuck.push(workflowId);
    }
    const broken: string[] = [];
    const query = BROKEN.map((status) => `ExecutionStatus = '${status}'`).join(' or ');
    for await (const { workflowId, status } of client.workflow.list({ query }))
      broken.push(`${workflowId} (${status.name})`);
    return { running, broken, stuck };
  });

/** What happened in an order's workflow, an event a line, in few words. */
export const historyOf = (world: World, orderNumber: string): Promise<string[]> =>
  withTemporal(world, async (client) => {
    const handle = client.workflow.getHandle(orderWorkflowId({ shopId: SHOP.shopId, orderNumber }));
    const { events } = await handle.fetchHistory();
    return (events ?? []).map((event) => {
      const at = new Date(Number(event.eventTime?.seconds ?? 0) * 1000).toISOString().slice(11, 19);
      const activity = event.activityTaskScheduledEventAttributes?.activityType?.name;
      const failure =
        event.activityTaskFailedEventAttributes?.failure?.message ??
        event.workflowTaskFailedEventAttributes?.failure?.message;
      const kind = Object.keys(event).find((key) => key.endsWith('EventAttributes')) ?? '';
      return [at, kind.replace('EventAttributes', ''), activity, failure?.slice(0, 160)]
        .filter(Boolean)
        .join(' ');
    });
  });
