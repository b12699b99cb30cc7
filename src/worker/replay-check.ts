import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, HistoryAndWorkflowId } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { isFinal, STAGES } from '../domain/order';
import { WORKFLOW } from '../temporal/ids';
import { OkuriStage } from '../temporal/search-attributes';

/** What workflows did so far, made again with other code. */
export interface Replayed {
  readonly replayed: number;
  /** Workflows that this code would carry in another way than they went: they would stand still with it. */
  readonly differing: readonly { readonly workflowId: string; readonly problem: string }[];
}

/** The check did not come to its end; the code is not said to be good. */
class ReplayCheckTimeout extends Error {
  override readonly name = 'ReplayCheckTimeout';
}

const OPEN = 'ExecutionStatus = "Running"';

/** Every kind of workflow, and orders by where they stand: what goes other ways through the code. */
const KINDS: readonly string[] = [
  ...Object.values(WORKFLOW)
    .filter((type) => type !== WORKFLOW.order)
    .map((type) => `WorkflowType = "${type}"`),
  ...STAGES.filter((stage) => !isFinal(stage)).map(
    (stage) => `WorkflowType = "${WORKFLOW.order}" AND ${OkuriStage.name} = "${stage}"`,
  ),
];

/** How much is looked at. */
export interface ReplayBounds {
  /** How many open workflows of each kind; all without it. */
  readonly perKind?: number;
  /** After this long no more are begun than one of each kind: a slow machine looks at fewer. Without it none is left out. */
  readonly budgetMs?: number;
  /** After this long it is given up: a history may keep the replay from ever ending. */
  readonly timeoutMs: number;
}

/**
 * Replays the histories of open workflows with this workflow code, without any effect.
 * @throws ReplayCheckTimeout
 */
export const replayOpenWorkflows = async (
  client: Client,
  code: string,
  bounds: ReplayBounds,
): Promise<Replayed> => {
  const { timeoutMs } = bounds;
  const late = new AbortController();
  const tooLate = async (): Promise<never> => {
    await sleep(timeoutMs, undefined, { signal: late.signal });
    throw new ReplayCheckTimeout(
      `Replaying open workflows took longer than ${timeoutMs / 1000} seconds and was given up.`,
    );
  };
  try {
    return await Promise.race([replayAll(code, historiesOf(client, bounds)), tooLate()]);
  } finally {
    late.abort();
  }
};

const replayAll = async (code: string, histories: AsyncIterable<HistoryAndWorkflowId>): Promise<Replayed> => {
  const differing: { workflowId: string; problem: string }[] = [];
  let replayed = 0;
  for await (const { workflowId, error } of Worker.runReplayHistories(asideOf(code), histories)) {
    replayed += 1;
    if (error !== undefined) differing.push({ workflowId, problem: error.message });
  }
  return { replayed, differing };
};

/**
 * What replays this code in a thread of its own. The SDK does it in the thread of whoever asks, and leaves a hook on every
 * promise there for as long as the process lives, which costs a worker a tenth of its time.
 */
export const asideOf = (code: string) => ({ workflowBundle: { code }, debugMode: false });

/** One of each kind in turn, so that none is left out for want of time. */
async function* historiesOf(
  client: Client,
  { perKind = Number.POSITIVE_INFINITY, budgetMs = Number.POSITIVE_INFINITY }: ReplayBounds,
): AsyncIterable<HistoryAndWorkflowId> {
  const until = performance.now() + budgetMs;
  let kinds = KINDS.map((kind) =>
    client.workflow.list({ query: `${OPEN} AND ${kind}` })[Symbol.asyncIterator](),
  );
  for (let round = 0; round < perKind && kinds.length > 0; round += 1) {
    const left: typeof kinds = [];
    for (const workflows of kinds) {
      if (round > 0 && performance.now() > until) return;
      const { done, value } = await workflows.next();
      if (done) continue;
      left.push(workflows);
      const { workflowId, runId } = value;
      yield { workflowId, history: await client.workflow.getHandle(workflowId, runId).fetchHistory() };
    }
    kinds = left;
  }
}
