import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { ImportActivities, ImportInput, ImportResult } from '../../src/activities/import-range';
import { shopTaskQueue, TASK_QUEUE, WORKFLOW } from '../../src/temporal/ids';
import { importStartOptions } from '../../src/temporal/start';
import { recordHistory } from '../support/histories';
import { timeSkippingEnvironment } from '../support/time-skipping';
import { sharedBundle } from '../support/workflow-bundle';
import '../support/quiet-runtime';

const INPUT: ImportInput = { shopId: 'test-shop', importId: 'an-import' };
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * What an import does by itself as days pass. What Rakuten would say is played by a script here, since the promise is
 * about when it is asked; what an import does stands in the tests with the real parts.
 */
describe('an import that Rakuten refuses', () => {
  let environment: TestWorkflowEnvironment;
  let code: string;
  beforeAll(async () => {
    [environment, code] = await Promise.all([timeSkippingEnvironment(), sharedBundle()]);
  });
  afterAll(() => environment?.teardown());

  const run = async (attempt: (count: number) => ImportResult) => {
    const started = await environment.currentTimeMs();
    const tried: number[] = [];
    const noted: string[] = [];
    const activities: ImportActivities = {
      importRange: async () => {
        tried.push(Math.round(((await environment.currentTimeMs()) - started) / MINUTE));
        return attempt(tried.length);
      },
      noteImportWaits: async (_input, cause) => {
        noted.push(cause);
      },
      finishImport: async (_input, state, cause) => {
        noted.push(`${state} ${cause}`);
        return { state };
      },
    };
    const connection = environment.nativeConnection;
    const [workflows, shop] = await Promise.all([
      Worker.create({ connection, activities, taskQueue: TASK_QUEUE, workflowBundle: { code } }),
      Worker.create({ connection, activities, taskQueue: shopTaskQueue(INPUT.shopId) }),
    ]);
    const { typedSearchAttributes: _, ...options } = importStartOptions(INPUT);
    const handle = await environment.client.workflow.start(WORKFLOW.import, {
      ...options,
      workflowId: `import/${Math.random()}`,
    });
    const result: ImportResult = await workflows.runUntil(shop.runUntil(handle.result()));
    await recordHistory(`import-0.1.0-refused-${result.state}`, handle);
    return { result, tried, noted };
  };
  const refuse = (): never => {
    throw ApplicationFailure.nonRetryable('refused', 'key_refused');
  };

  it('waits a minute, five, fifteen and then hours, and goes on when it is served again', async () => {
    const { result, tried, noted } = await run((count) => (count < 6 ? refuse() : { state: 'done' }));
    expect(result).toEqual({ state: 'done' });
    expect(tried).toEqual([0, 1, 6, 21, 81, 141]);
    expect(noted).toEqual(Array(5).fill('key_refused'));
  }, 60_000);

  it('is given up after a week, and says for what it waited', async () => {
    const { result, tried, noted } = await run(refuse);
    expect(result).toEqual({ state: 'failed' });
    expect(noted.at(-1)).toBe('failed key_refused');
    expect(((tried.at(-1) ?? 0) * MINUTE) / DAY).toBeCloseTo(7, 0);
  }, 120_000);
});
