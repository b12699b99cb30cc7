import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { bundleWorkflows } from '../../src/worker/bundle';
import { sharedBundle } from '../support/workflow-bundle';
import '../support/quiet-runtime';

const HISTORIES = join(__dirname, 'histories');

/**
 * Histories of workflows that were in use. Each must replay with the code of today: a change that would strand running
 * orders shows here and is guarded by `patched`. A new one is recorded with RECORD_HISTORIES=1 by the tests that
 * carry such an order; recorded ones are never replaced.
 */
describe('workflows that were started by an earlier version', () => {
  const bundles = { plain: '', traced: '' };
  beforeAll(async () => {
    bundles.plain = await sharedBundle();
    bundles.traced = await bundleWorkflows('traced');
  });

  const names = readdirSync(HISTORIES).filter((name) => name.endsWith('.json'));

  it('are kept for each way an order can go', () => {
    expect(names.length).toBeGreaterThanOrEqual(4);
  });

  it.each(names)(
    'replay without a difference, traced or not: %s',
    async (name) => {
      const history: unknown = JSON.parse(readFileSync(join(HISTORIES, name), 'utf8'));
      const sinks = { exporter: { export: { fn: () => undefined } } };
      for (const code of Object.values(bundles))
        await Worker.runReplayHistory({ workflowBundle: { code }, sinks }, history, workflowIdOf(history));
    },
    40_000,
  );

  it('do not replay with code that takes another step, which is how such code is found', async () => {
    const changed = bundles.plain.replace(/let run = assessOrder;/, 'let run = EFFECTS.fetch;');
    expect(changed).not.toBe(bundles.plain);
    const history: unknown = JSON.parse(readFileSync(join(HISTORIES, 'order-0.1.0-completed.json'), 'utf8'));
    await expect(
      Worker.runReplayHistory({ workflowBundle: { code: changed } }, history, workflowIdOf(history)),
    ).rejects.toThrow(DeterminismViolationError);
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
