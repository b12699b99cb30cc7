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
): Promise<void> => {
  if (process.env.RECORD_HISTORIES !== '1') return;
  const { ports } = await stage.instance().state();
  const connection = await Connection.connect({ address: `127.0.0.1:${ports.temporal}` });
  try {
    const handle = new Client({ connection }).workflow.getHandle(workflowIdOf({ shopId, orderNumber }));
    await recordHistory(`order-0.1.0-${name}`, handle);
  } finally {
    await connection.close();
  }
};
