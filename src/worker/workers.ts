import type { NativeConnection } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { ActivityContext } from '../activities/context';
import { listShops } from '../store/shops';
import {
  guardedActivities,
  shopWorker,
  type WorkerTracing,
  type WorkflowCode,
  workflowWorker,
} from './options';
import { type Repeating, repeat } from './repeat';

/** How soon a shop that was just registered is worked for. */
const NEW_SHOPS_MS = 1_000;

/** What runs until it is closed. */
export interface Workers {
  /** Lets what is in hand finish. */
  close(): Promise<void>;
}

/** Runs the worker of all workflows and one worker for each shop's activities, also of shops that are registered later. */
export const runWorkers = async (options: {
  readonly context: ActivityContext;
  readonly log: Logger;
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly workflows: WorkflowCode;
  readonly tracing?: WorkerTracing;
}): Promise<Workers> => {
  const { context, log, connection, namespace, workflows, tracing } = options;
  const activities = guardedActivities(context, log);
  const running = new Map<string, { worker: Worker; ended: Promise<void> }>();
  const start = async (name: string, of: Omit<Parameters<typeof Worker.create>[0], 'connection'>) => {
    const worker = await Worker.create({ ...of, connection, namespace });
    // A worker that cannot go on ends the process as an unhandled rejection: whoever runs the process starts it anew.
    running.set(name, { worker, ended: worker.run() });
  };
  await start('', workflowWorker(activities, workflows, tracing));
  const serveNewShops = async (): Promise<void> => {
    for (const { shopId } of await listShops(context.db))
      if (!running.has(shopId)) await start(shopId, shopWorker(shopId, activities, tracing));
  };
  await serveNewShops();
  const looking: Repeating = repeat(serveNewShops, NEW_SHOPS_MS, (error) =>
    log.warn({ err: error }, 'new shops cannot be looked for; it is tried again'),
  );
  return {
    close: async () => {
      await looking.close();
      for (const { worker } of running.values()) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.allSettled([...running.values()].map(({ ended }) => ended));
    },
  };
};
