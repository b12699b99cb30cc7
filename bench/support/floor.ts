import { performance } from 'node:perf_hooks';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { SHOP_SLOTS } from '../../src/worker/options';
import { BARE_SIGNALS, type BareActivities, type bare, bareNews } from './bare-workflow';

/** What the server and this machine manage when there is nothing to do but to keep history. */
export interface Floor {
  readonly ordersPerSecond: number;
  /** Of one bare workflow, on average. */
  readonly historyEvents: number;
}

const TASK_QUEUE = 'bench-floor';
const logger = new DefaultLogger('WARN');

/** Carries this many bare workflows, all begun at once, through the server at this address. */
export async function measureFloor(client: Client, address: string, count: number): Promise<Floor> {
  Runtime.install({ logger });
  const activities: BareActivities = { nothing: async () => undefined };
  const connection = await NativeConnection.connect({ address });
  try {
    const worker = await Worker.create({
      maxConcurrentActivityTaskExecutions: SHOP_SLOTS,
      connection,
      namespace: client.options.namespace,
      taskQueue: TASK_QUEUE,
      workflowBundle: await bundleWorkflowCode({ workflowsPath: require.resolve('./bare-workflow'), logger }),
      activities,
    });
    return await worker.runUntil(() => carry(client, count));
  } finally {
    await connection.close();
  }
}

async function carry(client: Client, count: number): Promise<Floor> {
  const ids = Array.from({ length: count }, (_, index) => `bench-floor/${index}`);
  const began = performance.now();
  const start = { taskQueue: TASK_QUEUE, args: [] as [], signal: bareNews };
  const handles = await Promise.all(
    ids.map((workflowId) => client.workflow.signalWithStart<typeof bare>('bare', { ...start, workflowId })),
  );
  for (let signal = 2; signal <= BARE_SIGNALS; signal += 1)
    await Promise.all(handles.map((handle) => handle.signal(bareNews)));
  await Promise.all(handles.map((handle) => handle.result()));
  const seconds = (performance.now() - began) / 1000;
  const histories = await Promise.all(handles.map((handle) => handle.describe()));
  const events = histories.reduce((sum, { historyLength }) => sum + historyLength, 0);
  return { ordersPerSecond: count / seconds, historyEvents: events / count };
}
