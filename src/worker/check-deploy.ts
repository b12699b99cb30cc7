import { Client } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { Config } from '../config';
import { connectTemporal } from '../temporal/connection';
import { routingIfAny } from '../temporal/deployment';
import { loadBundle } from './bundle';
import { buildIdOf, describeReplay } from './deploy';
import { replayOpenWorkflows } from './replay-check';

const ALL = { timeoutMs: 3_600_000 };

/**
 * Replays every open workflow with the workflow code of this build and changes nothing.
 * @returns whether it can be made current, and what to say
 * @throws TemporalUnreachable
 */
export const checkDeploy = async (config: Config): Promise<{ fits: boolean; text: string }> => {
  // What differs is told in the end: the SDK need not log each of them.
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {} } } });
  const { namespace } = config.temporal;
  const connection = await connectTemporal(config);
  try {
    const code = await loadBundle();
    const { current = 'none' } = (await routingIfAny({ connection, namespace })) ?? {};
    const found = await replayOpenWorkflows(new Client({ connection, namespace }), code, ALL);
    const versions = `Current is ${current}. This is version ${buildIdOf(code)}`;
    return { fits: found.differing.length === 0, text: `${versions}: ${describeReplay(found)}` };
  } finally {
    await connection.close();
  }
};
