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

/** `perKind`: how many open workflows of each kind are looked at; all without it. */
export interface ReplayBounds {
  readonly perKind?: number;
  readonly timeoutMs: number;
}

/**
 * Replays the histories of open workflows with this workflow code, without any effect.
 * @throws ReplayCheckTimeout
 */
export const replayOpenWorkflows = async (
  client: Client,
  code: string,
  { perKind = Number.POSITIVE_INFINITY, timeoutMs }: ReplayBounds,
): Promise<Replayed> => {
  const late = new AbortController();
  const tooLate = async (): Promise<never> => {
    await sleep(timeoutMs, undefined, { signal: late.signal });
    throw new ReplayCheckTimeout(
      `Replaying open workflows took longer than ${timeoutMs / 1000} seconds and was given up.`,
    );
  };
  try {
    return await Promise.race([replayAll(code, historiesOf(client, perKind)), tooLate()]);
  } finally {
    late.abort();
  }
};

const replayAll = async (code: string, histories: AsyncIterable<HistoryAndWorkflowId>): Promise<Replayed> => {
  const differing: { workflowId: string; problem: string }[] = [];
  let replayed = 0;
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle: { code } },
    histories,
  )) {
    replayed += 1;
    if (error !== undefined) differing.push({ workflowId, problem: error.message });
  }
  return { replayed, differing };
};

async function* historiesOf(client: Client, perKind: number): AsyncIterable<HistoryAndWorkflowId> {
  for (const kind of KINDS) {
    let left = perKind;
    for await (const { workflowId, runId } of client.workflow.list({ query: `${OPEN} AND ${kind}` })) {
      if (left === 0) break;
      left -= 1;
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      yield { workflowId, history };
    }
  }
}
