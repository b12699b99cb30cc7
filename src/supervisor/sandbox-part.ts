import type { Config } from '../config';
import type { Logger } from '../log';
import { freePort } from '../machine';
import { type RunningSandbox, startSandbox } from '../sandbox';
import { readVault } from '../store/keyring';
import { withDatabase } from './database';

/** The sandbox was asked for without what it needs; the message names it. */
class SandboxConfigError extends Error {
  override readonly name = 'SandboxConfigError';
}

const ANY_ADDRESS = new Set(['0.0.0.0', '::']);

/**
 * Starts the sandbox with the demo shop. Its warehouse reports to the API of this configuration, signed as the API
 * expects it of each shop. Raises SandboxConfigError without a database or master key.
 */
export async function startDemoSandbox(config: Config, log: Logger): Promise<RunningSandbox> {
  const { api, databaseUrl, masterKey, sandbox } = config;
  if (databaseUrl === undefined || masterKey === undefined) {
    throw new SandboxConfigError(
      'The sandbox needs DATABASE_URL and OKURI_MASTER_KEY: set both, or use npm start.',
    );
  }
  const url = databaseUrl.reveal();
  const vault = await withDatabase(url, (db) => readVault(db, masterKey.reveal()));
  const apiHost = ANY_ADDRESS.has(api.host) ? '127.0.0.1' : api.host;
  return startSandbox({
    databaseUrl: url,
    host: '127.0.0.1',
    port: sandbox.port ?? (await freePort()),
    preset: 'demo',
    warehouse: {
      callbackUrl: `http://${apiHost}:${api.port}/v1/fulfilment/events`,
      signingSecret: vault.signingSecret,
    },
    log: (line) => log.info(line),
  });
}
