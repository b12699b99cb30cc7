import { Runtime } from '@temporalio/worker';
import { createLogger } from '../../src/log';
import { installRuntime } from '../../src/worker/runtime';
import { eventually } from '../support/eventually';

test("what Temporal's SDK logs stands in our log as JSON, with the cause of an error", async () => {
  const lines: string[] = [];
  installRuntime(createLogger('worker', { write: (line) => void lines.push(line) }));
  const { logger } = Runtime.instance();
  logger.warn('an activity failed', {
    activityType: 'confirm',
    workflowId: 'order/tea/123456-20261101-0000000001',
    error: new Error('no route'),
  });
  logger.debug('not worth a line');
  await eventually(
    async () => lines.length,
    (count) => count > 0,
  );
  await Runtime.instance().shutdown();
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      name: 'worker',
      level: 40,
      msg: 'an activity failed',
      activity: 'confirm',
      shopId: 'tea',
      orderNumber: '123456-20261101-0000000001',
      err: expect.objectContaining({ message: 'no route' }),
    }),
  ]);
});
