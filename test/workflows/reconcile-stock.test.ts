import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { ReconciliationActivities } from '../../src/activities/reconcile-stock';
import { shopTaskQueue, TASK_QUEUE, WORKFLOW } from '../../src/temporal/ids';
import { reconciliationStartOptions } from '../../src/temporal/start';
import { recordHistory } from '../support/histories';
import { timeSkippingEnvironment } from '../support/time-skipping';
import { sharedBundle } from '../support/workflow-bundle';
import '../support/quiet-runtime';

/** As a day passes; what Rakuten would say is played by a script, since the promise is about when one gives up. */
describe('a comparison of stock that Rakuten refuses', () => {
  let environment: TestWorkflowEnvironment;
  beforeAll(async () => {
    environment = await timeSkippingEnvironment();
  });
  afterAll(() => environment?.teardown());

  it('is noted as waiting, and given up after a day', async () => {
    const noted: string[] = [];
    const refuse = async () => {
      throw ApplicationFailure.nonRetryable('refused', 'key_refused');
    };
    const activities: Pick<
      ReconciliationActivities,
      'reconcileStock' | 'noteReconciliationWaits' | 'finishReconciliation'
    > = {
      reconcileStock: refuse,
      noteReconciliationWaits: async (_input, cause) => {
        noted.push(cause);
      },
      finishReconciliation: async (_input, state) => ({ state }),
    };
    const connection = environment.nativeConnection;
    const bundle = { code: await sharedBundle() };
    const [workflows, shop] = await Promise.all([
      Worker.create({ connection, activities, taskQueue: TASK_QUEUE, workflowBundle: bundle }),
      Worker.create({ connection, activities, taskQueue: shopTaskQueue('test-shop') }),
    ]);
    const input = { shopId: 'test-shop', reconciliationId: 'a-reconciliation' };
    const { typedSearchAttributes: _, ...options } = reconciliationStartOptions(input);
    const started = await environment.currentTimeMs();
    const handle = await environment.client.workflow.start(WORKFLOW.reconcileStock, options);
    expect(await workflows.runUntil(shop.runUntil(handle.result()))).toMatchObject({ state: 'failed' });
    expect(Math.round(((await environment.currentTimeMs()) - started) / 86_400_000)).toBe(1);
    expect(new Set(noted)).toEqual(new Set(['key_refused']));
    await recordHistory('reconcile-stock-0.1.0-given-up', handle);
  }, 60_000);
});
