import { join } from 'node:path';
import { atAddress, type Config } from '../config';
import { secret } from '../secret';
import { masterKeyFiles, readIfThere, readKey, readState } from './data-dir';
import { postgresUrl } from './postgres';

/**
 * Fills in what the configuration leaves out with what the instance on the data directory wrote down: the database,
 * Temporal and the secrets. So `okuri doctor` and `okuri migrate` work beside `npm start` without further variables.
 */
export async function attach(config: Config): Promise<Config> {
  const known = await readState(join(config.dataDir, 'instance.json'));
  if (known === undefined) return config;
  const { postgresHome: home, ports } = known;
  const { postgres: port, temporal } = ports;
  const embedded = home === undefined || port === undefined ? undefined : await postgresUrl(home, port);
  const address = config.temporal.address ?? (temporal === undefined ? undefined : `127.0.0.1:${temporal}`);
  return {
    ...config,
    databaseUrl: config.databaseUrl ?? secret(embedded),
    temporal: atAddress(config.temporal, address),
    adminToken: config.adminToken ?? secret((await readIfThere(join(config.dataDir, 'admin-token')))?.trim()),
    masterKey: config.masterKey ?? secret(await readKey(masterKeyFiles(config.dataDir).current)),
  };
}
