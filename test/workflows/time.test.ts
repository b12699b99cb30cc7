import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { Assessment } from '../../src/activities/assess';
import type { OrderActivities } from '../../src/activities/order';
import type { OrderRef } from '../../src/domain/order';
import type { OrderInput } from '../../src/temporal/ids';
import { ORDER_DRIVER, shopTaskQueue, TASK_QUEUE, WORKFLOW } from '../../src/temporal/ids';
import { timeSkippingEnvironment } from '../support/time-skipping';
import { sharedBundle } from '../support/workflow-bundle';
import '../support/quiet-runtime';

const REF: OrderRef = { shopId: 'test-shop', orderNumber: '123456-20261122-0000000001' };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * What the driver does by itself as days pass. What the activities would find is played by a script here, since the
 * promise is about when each of them is called; what they do stands in the tests with the real parts.
 */
describe('an order that waits for a long time', () => {
  let environment: TestWorkflowEnvironment;
  let code: string;
  let lastId = '';
  beforeAll(async () => {
    [environment, code] = await Promise.all([timeSkippingEnvironment(), sharedBundle()]);
  });
  afterAll(() => environment?.teardown());

  const run = async (
    script: (name: string, calls: number) => Assessment | Error,
    input: OrderInput = { ...REF, driver: ORDER_DRIVER },
    hasEnded = false,
  ): Promise<{ name: string; at: number }[]> => {
    const started = await environment.currentTimeMs();
    const calls: { name: string; at: number }[] = [];
    const step = (name: string) => async (): Promise<Assessment> => {
      calls.push({ name, at: (await environment.currentTimeMs()) - started });
      const outcome = script(name, calls.length);
      if (outcome instanceof Error) throw outcome;
      return outcome;
    };
    const activities: OrderActivities = {
      assessOrder: step('assess'),
      fetchOrder: step('fetch'),
      confirmOrder: step('confirm'),
      instructFulfilment: step('instruct'),
      recallFulfilment: step('recall'),
      reportShipping: step('report'),
      cancelOrder: step('cancel'),
      noteParked: async () => hasEnded,
    };
    const connection = environment.nativeConnection;
    const [workflows, shop] = await Promise.all([
      Worker.create({ connection, activities, taskQueue: TASK_QUEUE, workflowBundle: { code } }),
      Worker.create({ connection, activities, taskQueue: shopTaskQueue(REF.shopId) }),
    ]);
    lastId = `order/${Math.random()}`;
    const ended = environment.client.workflow.execute(WORKFLOW.order, {
      workflowId: lastId,
      taskQueue: TASK_QUEUE,
      args: [input],
    });
    await workflows.runUntil(shop.runUntil(ended));
    return calls;
  };
  const waiting: Assessment = { stage: 'awaiting_rakuten', step: 'wait', holds: [] };
  const done: Assessment = { stage: 'completed', step: 'end', holds: [] };

  it('is read again once a day where it was started before synchronisation did that', async () => {
    const calls = await run((_name, count) => (count < 4 ? waiting : done), REF);
    expect(calls.map((call) => call.name)).toEqual(['assess', 'fetch', 'fetch', 'fetch']);
    const days = calls.slice(1).map((call) => Math.round(call.at / (24 * HOUR)));
    expect(days).toEqual([1, 2, 3]);
  }, 60_000);

  it('tries a parked step again after 15 seconds, 1, 5 and then every 15 minutes, and never gives up', async () => {
    const { ApplicationFailure } = await import('@temporalio/common');
    const refused = ApplicationFailure.nonRetryable('refused', 'key_refused');
    const calls = await run((name, count) => {
      if (name === 'assess') return { stage: 'confirming', step: 'confirm', holds: [] };
      return count < 8 ? refused : done;
    });
    expect(calls.map((call) => call.name)).toEqual(['assess', ...Array<string>(7).fill('confirm')]);
    const pauses = calls
      .slice(2)
      .map((call, index) => Math.round((call.at - (calls[index + 1]?.at ?? 0)) / 1000));
    expect(pauses).toEqual([15, 60, 300, 900, 900, 900]);
  }, 60_000);

  it('is looked at again when it is time for that, once a report is under way', async () => {
    const started = await environment.currentTimeMs();
    const lookAt = new Date(started + 5 * MINUTE).toISOString();
    const settling: Assessment = { stage: 'instructed', step: 'wait', holds: [], lookAt };
    for (const input of [REF, { ...REF, driver: ORDER_DRIVER } as const]) {
      const calls = await run((_name, count) => (count < 2 ? settling : done), input);
      expect(calls.map((call) => call.name)).toEqual(['assess', 'assess']);
    }
  }, 60_000);

  it('waits sixty days for its deadline without a task in between, by one timer', async () => {
    const started = await environment.currentTimeMs();
    const lookAt = new Date(started + 60 * 24 * HOUR).toISOString();
    const calls = await run((_name, count) => (count < 2 ? { ...waiting, lookAt } : done));
    expect(calls.map((call) => call.name)).toEqual(['assess', 'assess']);
    expect(Math.round((calls[1]?.at ?? 0) / (24 * HOUR))).toBe(60);
    const { events } = await environment.client.workflow.getHandle(lastId).fetchHistory();
    expect(events?.filter((event) => event.timerStartedEventAttributes)).toHaveLength(1);
    expect(events?.filter((event) => event.workflowTaskStartedEventAttributes)).toHaveLength(2);
  }, 60_000);

  it('has its timer set anew only for an earlier deadline', async () => {
    const started = await environment.currentTimeMs();
    const at = (days: number) => new Date(started + days * 24 * HOUR).toISOString();
    const days = [10, 20, 30];
    const calls = await run((_name, count) => {
      const next = days[count - 1];
      return next === undefined ? done : { ...waiting, lookAt: at(next) };
    });
    expect(calls.map((call) => Math.round(call.at / (24 * HOUR)))).toEqual([0, 10, 20, 30]);
  }, 60_000);

  it('waits for its shop, and not for a time of its own, while the whole shop is parked', async () => {
    const { ApplicationFailure } = await import('@temporalio/common');
    const parked = ApplicationFailure.nonRetryable('parked', 'key_refused', { shopParked: true });
    const calls = await run((name, count) => {
      if (name === 'assess') return { stage: 'confirming', step: 'confirm', holds: [] };
      return count < 4 ? parked : done;
    });
    const pauses = calls.slice(2).map((call, index) => call.at - (calls[index + 1]?.at ?? 0));
    expect(pauses.map((pause) => Math.round(pause / HOUR))).toEqual([1, 1]);
  }, 60_000);

  it('waits for nothing once it has ended, although the attempt after the one that ended it failed', async () => {
    const { ApplicationFailure } = await import('@temporalio/common');
    const parked = ApplicationFailure.nonRetryable('parked', 'key_refused', { shopParked: true });
    const script = (name: string, count: number) => {
      if (name === 'report') return parked;
      return count === 1 ? ({ stage: 'instructed', step: 'report', holds: [] } as const) : done;
    };
    const calls = await run(script, undefined, true);
    expect(calls.map((call) => call.name)).toEqual(['assess', 'report', 'assess']);
    expect((calls[2]?.at ?? 0) - (calls[1]?.at ?? 0)).toBeLessThan(HOUR / 2);
  }, 60_000);

  it('stops a step that leads to itself again instead of turning in a circle', async () => {
    const confirming: Assessment = { stage: 'confirming', step: 'confirm', holds: [] };
    const calls = await run((_name, count) => (count < 30 ? confirming : done));
    const pauses = calls.slice(1).map((call, index) => call.at - (calls[index]?.at ?? 0));
    expect(pauses.filter((pause) => pause >= 15_000)).toHaveLength(1);
  }, 60_000);
});
