import { Client, Connection } from '@temporalio/client';
import { orderWorkflowId } from '../../src/temporal/ids';
import { recordHistory, recordNewWays } from '../support/histories';
import type { Scene, Stage } from './scene';

/** Keeps the history of a scene's order for the replay tests when RECORD_HISTORIES=1. */
export const recordHistoryAt = async (
  stage: Stage,
  { shopId }: Scene,
  orderNumber: string,
  name: string,
  workflowIdOf = orderWorkflowId,
): Promise<void> => recordWorkflowAt(stage, workflowIdOf({ shopId, orderNumber }), `order-0.1.0-${name}`);

/** Keeps the history of any workflow that has run at the stage. */
export const recordWorkflowAt = async (stage: Stage, workflowId: string, name: string): Promise<void> => {
  if (process.env.RECORD_HISTORIES !== '1') return;
  await withTemporal(stage, (client) => recordHistory(name, client.workflow.getHandle(workflowId)));
};

/** How many workflows at the stage a query finds. */
export const countWorkflows = (stage: Stage, query: string): Promise<number> =>
  withTemporal(stage, async (client) => (await client.workflow.count(query)).count);

/** Keeps the histories of new ways at the end. */
export const recordStage = async (stage: Stage): Promise<void> => {
  if (process.env.RECORD_HISTORIES === '1') await withTemporal(stage, recordNewWays);
};

const withTemporal = async <T>(stage: Stage, work: (client: Client) => Promise<T>): Promise<T> => {
  const { ports } = await stage.instance().state();
  const connection = await Connection.connect({ address: `127.0.0.1:${ports.temporal}` });
  return work(new Client({ connection })).finally(() => connection.close());
};
