import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryAndWorkflowId } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { bundleWorkflows } from '../../src/worker/bundle';
import { asideOf } from '../../src/worker/replay-check';
import { sharedBundle } from '../support/workflow-bundle';
import '../support/quiet-runtime';

const HISTORIES = join(__dirname, 'histories');

/**
 * Histories of workflows that were in use. Each must replay with the code of today: a change that would strand running
 * orders shows here and is guarded by `patched`. A new one is recorded with RECORD_HISTORIES=1 by the tests that
 * carry such an order; recorded ones are never replaced.
 */
describe('workflows that were started by an earlier version', () => {
  let code: string;
  const problems: Record<string, (Error | undefined)[]> = {};
  beforeAll(async () => {
    code = await sharedBundle();
    for (const bundle of [code, await bundleWorkflows('traced')]) await replayAll(bundle);
  }, 120_000);

  /** Replays every history with this code, and keeps what each came to. */
  const replayAll = async (bundle: string): Promise<void> => {
    const sinks = { exporter: { export: { fn: () => undefined } } };
    const histories = names.map((name) => {
      const history: HistoryAndWorkflowId['history'] = JSON.parse(
        readFileSync(join(HISTORIES, name), 'utf8'),
      );
      return { history, workflowId: workflowIdOf(history) };
    });
    const left = [...names];
    for await (const { error } of Worker.runReplayHistories({ ...asideOf(bundle), sinks }, histories)) {
      const name = left.shift() ?? '';
      problems[name] = [...(problems[name] ?? []), error];
    }
  };

  const names = readdirSync(HISTORIES).filter((name) => name.endsWith('.json'));

  it('are kept for each way an order can go', () => {
    expect(names.length).toBeGreaterThanOrEqual(4);
  });

  it.each(names)('replay without a difference, traced or not: %s', (name) => {
    expect(problems[name]).toEqual([undefined, undefined]);
  });

  it('do not replay with code that takes another step, which is how such code is found', async () => {
    const changed = code.replace(/let run = assessOrder;/, 'let run = EFFECTS.fetch;');
    expect(changed).not.toBe(code);
    const history: unknown = JSON.parse(readFileSync(join(HISTORIES, 'order-0.1.0-completed.json'), 'utf8'));
    await expect(Worker.runReplayHistory(asideOf(changed), history, workflowIdOf(history))).rejects.toThrow(
      DeterminismViolationError,
    );
  }, 20_000);
});

/** The id that the workflow was started with, as its first event has it. */
const workflowIdOf = (history: unknown): string => {
  const id =
    /"workflowId":"((?:order|sync|import|file|listings|stock|test-connection|credential)[^"]*)"/.exec(
      JSON.stringify(history),
    )?.[1];
  return id ?? 'order/test-shop/unknown';
};
