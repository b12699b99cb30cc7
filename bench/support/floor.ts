import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { SHOP_SLOTS } from '../../src/worker/options';
import { type BareActivities, type BareShape, type bare, bareNews } from './bare-workflow';
import './quiet-temporal';
import { percentile } from './report';

/** What the server and this machine manage when there is nothing to do but to keep history. */
export interface Floor {
  /** Until nine tenths of the workflows had ended. */
  readonly ordersPerSecond: number;
  /** Of one bare workflow, on average. */
  readonly historyEvents: number;
}

const TASK_QUEUE = 'bench-floor';
/** An order's news come when it waits for them, and not in a heap. */
const NEWS_AFTER_MS = 20;
const COUNTED = 0.9;
const logger = new DefaultLogger('WARN');

/** Runs a worker for bare workflows until it is closed; it sends them their signals, as an order's worker does. */
export async function startBareWorker(client: Client, address: string): Promise<{ close(): Promise<void> }> {
  const activities: BareActivities = {
    nothing: async (asksForNews) => {
      if (!asksForNews) return;
      const { workflowId } = Context.current().info.workflowExecution ?? {};
      if (workflowId === undefined) return;
      const handle = client.workflow.getHandle(workflowId);
      setTimeout(() => void handle.signal(bareNews).catch(console.error), NEWS_AFTER_MS);
    },
  };
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    maxConcurrentActivityTaskExecutions: SHOP_SLOTS,
    connection,
    namespace: client.options.namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: await bundleWorkflowCode({ workflowsPath: require.resolve('./bare-workflow'), logger }),
    activities,
  });
  const ended = worker.run();
  return {
    close: async () => {
      worker.shutdown();
      await ended;
      await connection.close();
    },
  };
}

/** Carries this many bare workflows, all begun at once, through the server at this address. */
export async function measureFloor(
  client: Client,
  address: string,
  count: number,
  shape: BareShape,
): Promise<Floor> {
  const { close } = await startBareWorker(client, address);
  try {
    return await carryBare(client, 'floor', count, shape);
  } finally {
    await close();
  }
}

/** How many of so many that began together ended in a second, until nine tenths of them had. */
export const perSecond = (tookMs: readonly number[], count: number): number =>
  (1000 * COUNTED * count) / percentile(tookMs, COUNTED);

/** The same where a worker for them runs already. `round` tells these from others. */
export async function carryBare(
  client: Client,
  round: string,
  count: number,
  shape: BareShape,
): Promise<Floor> {
  const ids = Array.from({ length: count }, (_, index) => `bench-floor/${round}/${index}`);
  const began = performance.now();
  const start = { taskQueue: TASK_QUEUE, args: [shape] as [BareShape], signal: bareNews };
  const handles = await Promise.all(
    ids.map((workflowId) => client.workflow.signalWithStart<typeof bare>('bare', { ...start, workflowId })),
  );
  const tookMs = await Promise.all(
    handles.map((handle) => handle.result().then(() => performance.now() - began)),
  );
  const histories = await Promise.all(handles.map((handle) => handle.describe()));
  const events = histories.reduce((sum, { historyLength }) => sum + historyLength, 0);
  return { ordersPerSecond: perSecond(tookMs, count), historyEvents: events / count };
}

/** Bare workflows of one shape; those that wait were started before, and only their news is still to come. */
export interface BareKind {
  readonly shape: BareShape;
  readonly count: number;
  readonly waiting: boolean;
}

const AT_ONCE = 100;
const LOOK_MS = 250;

/** Seconds until the last of all these bare workflows has ended, from the moment at which their news begin to be sent. */
export async function drainBare(client: Client, kinds: readonly BareKind[]): Promise<number> {
  const all = kinds.flatMap((kind, which) =>
    Array.from({ length: kind.count }, (_, index) => ({
      waiting: kind.waiting,
      options: {
        taskQueue: TASK_QUEUE,
        workflowId: `bench-drain/${which}/${index}`,
        args: [kind.shape] as [BareShape],
      },
    })),
  );
  const before = all.filter(({ waiting }) => waiting);
  await eachOf(before, ({ options }) => client.workflow.start<typeof bare>('bare', options));
  const began = performance.now();
  await eachOf(all, ({ options }) =>
    client.workflow.signalWithStart<typeof bare>('bare', { ...options, signal: bareNews }),
  );
  while ((await runningBare(client)) > 0) await sleep(LOOK_MS);
  return (performance.now() - began) / 1000;
}

const runningBare = async (client: Client): Promise<number> =>
  (await client.workflow.count(`WorkflowType = 'bare' and ExecutionStatus = 'Running'`)).count;

/** Does this for all of them, so many at once, as the worker's outbox wakes orders. */
const eachOf = async <T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> => {
  const left = [...all];
  const one = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
};
