import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { ensureSearchAttributes } from '../../src/temporal/search-attributes';
import { temporalForTests } from './temporal';

/**
 * A namespace for one test file alone, so that no other file's worker takes its tasks; of the run's Temporal, unless the
 * file has a server of its own.
 */
export async function createTestNamespace(own?: string): Promise<{
  address: string;
  namespace: string;
  client: Client;
  close(): Promise<void>;
}> {
  const address = own ?? (await temporalForTests()).address;
  const namespace = `test-${randomBytes(6).toString('hex')}`;
  const connection = await Connection.connect({ address });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  const client = new Client({ connection, namespace });
  await until(() => ensureSearchAttributes(connection, namespace));
  await until(() => client.workflow.count());
  return { address, namespace, client, close: () => connection.close() };
}

/** A new namespace is known to all parts of the server only after a moment. */
async function until(run: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await run();
      return;
    } catch (error) {
      if (attempt >= 100) throw error;
      await sleep(100);
    }
  }
}
