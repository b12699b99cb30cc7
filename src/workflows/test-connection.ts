import { proxyActivities } from '@temporalio/workflow';
import type { ConnectionActivities } from '../activities/test-connection';
import { shopTaskQueue } from '../temporal/ids';
import { rethrowCancellation } from './failures';
import type { ConnectionTestInput, ConnectionTestResult } from './messages';

const withShop = ({ shopId }: ConnectionTestInput) =>
  proxyActivities<ConnectionActivities>({
    taskQueue: shopTaskQueue(shopId),
    startToCloseTimeout: '5 minutes',
    scheduleToCloseTimeout: '10 minutes',
    heartbeatTimeout: '15 seconds',
    summary: '接続テスト / test the connection',
    retry: { initialInterval: '1 second', maximumAttempts: 2 },
  });

/** Tests which of Rakuten's functions a shop's key may call. What it finds stands in PostgreSQL. */
export async function testConnection(input: ConnectionTestInput): Promise<ConnectionTestResult> {
  try {
    return await withShop(input).testConnection(input);
  } catch (error) {
    rethrowCancellation(error);
    return { state: 'failed' };
  }
}
