import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/machine';
import { type DevServer, startDevServer } from '../../src/temporal/dev-server';

/** The dev server that Jest's global set-up started for this run; files keep apart by task queues and ids of their own. */
export async function temporalForTests(): Promise<{ address: string; namespace: string }> {
  return { address: set('TEST_TEMPORAL_ADDRESS'), namespace: 'default' };
}

/** A dev server for one test file alone, whose dynamic configuration is other than usual; stop it in `afterAll`. */
export async function temporalWith(...dynamicConfig: readonly string[]): Promise<DevServer> {
  const dir = await mkdtemp(join(tmpdir(), 'okuri-test-'));
  const server = await startDevServer({
    cli: set('TEMPORAL_CLI'),
    port: await freePort(),
    namespace: 'default',
    dynamicConfig,
    logFile: join(dir, 'temporal.log'),
  });
  return {
    ...server,
    stop: async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** What Jest's global set-up found or started. Raises an error outside of it. */
export function set(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run this test through Jest's global set-up`);
  return value;
}
