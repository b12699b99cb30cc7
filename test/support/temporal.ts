import { TestWorkflowEnvironment } from '@temporalio/testing';

/** The dev server that Jest's global set-up started for this run; files keep apart by task queues and ids of their own. */
export async function temporalForTests(): Promise<{ address: string; namespace: string }> {
  return { address: set('TEST_TEMPORAL_ADDRESS'), namespace: 'default' };
}

/** A new server that skips time, for one test file; tear it down in `afterAll`. */
export function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const path = set('TEST_TIME_SKIPPING_SERVER');
  return TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
}

function set(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run this test through Jest's global set-up`);
  return value;
}
