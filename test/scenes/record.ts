import { Client, Connection } from '@temporalio/client';
import { orderWorkflowId } from '../../src/temporal/ids';
import { recordHistory } from '../support/histories';
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
  const { ports } = await stage.instance().state();
  const connection = await Connection.connect({ address: `127.0.0.1:${ports.temporal}` });
  try {
    await recordHistory(name, new Client({ connection }).workflow.getHandle(workflowId));
  } finally {
    await connection.close();
  }
};
