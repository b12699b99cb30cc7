import { resolve } from 'node:path';
import { ConfigError, loadConfig } from '../src/config';

const key = Buffer.alloc(32, 7).toString('base64');
const refusal = (env: NodeJS.ProcessEnv): string => {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the configuration was accepted');
};

describe('the configuration', () => {
  test('an empty environment gives the defaults of the contract', () => {
    expect(loadConfig({})).toMatchObject({
      production: false,
      api: { host: '127.0.0.1', port: 3000 },
      dataDir: resolve('.okuri'),
      temporal: { address: undefined, namespace: 'default' },
      rms: { baseUrl: 'https://api.rms.rakuten.co.jp', allowedHosts: [] },
      sandbox: { enabled: undefined },
    });
  });

  test('an empty variable counts as unset', () => {
    expect(loadConfig({ DATABASE_URL: '', OKURI_SANDBOX: '', PORT: '' })).toEqual(loadConfig({}));
  });

  test('every wrong value is named in one message', () => {
    const message = refusal({ PORT: '99999', OKURI_SANDBOX: 'yes', DATABASE_URL: 'mysql://u:hunter2@db/x' });
    expect(message).toMatch(/PORT .*99999/);
    expect(message).toMatch(/OKURI_SANDBOX must be true or false/);
    expect(message).toMatch(/DATABASE_URL/);
  });

  test('no secret is shown in a message', () => {
    const message = refusal({
      DATABASE_URL: 'mysql://u:hunter2@db/x',
      OKURI_MASTER_KEY: 'c2hvcnQ=',
      OKURI_ADMIN_TOKEN: 'tiny',
    });
    expect(message).not.toMatch(/hunter2|c2hvcnQ|tiny/);
    expect(message).toMatch(/OKURI_MASTER_KEY must be 32 bytes/);
  });

  test('a misspelt variable is an error that names the nearest known one', () => {
    expect(refusal({ OKURI_SANDBX: 'true' })).toMatch(
      /OKURI_SANDBX is not known; did you mean OKURI_SANDBOX\?/,
    );
  });

  test('production demands a master key', () => {
    expect(refusal({ NODE_ENV: 'production' })).toMatch(/OKURI_MASTER_KEY must be given/);
    expect(loadConfig({ NODE_ENV: 'production', OKURI_MASTER_KEY: key }).masterKey).toHaveLength(32);
  });

  test('Temporal is configured by the names of its own SDK', () => {
    const { temporal } = loadConfig({
      TEMPORAL_ADDRESS: 'eu.example:7233',
      TEMPORAL_NAMESPACE: 'shop.abc',
      TEMPORAL_API_KEY: 'k',
    });
    expect(temporal).toMatchObject({
      address: 'eu.example:7233',
      namespace: 'shop.abc',
      connection: { tls: true },
    });
  });
});
