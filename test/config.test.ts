import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { format, inspect } from 'node:util';
import { ConfigError, loadConfig } from '../src/config';
import { createLogger } from '../src/log';

const key = randomBytes(32).toString('base64');
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
    expect(loadConfig({ NODE_ENV: 'production', OKURI_MASTER_KEY: key }).masterKey?.reveal()).toHaveLength(
      32,
    );
  });

  test.each([
    ['of zeros', Buffer.alloc(32)],
    ['of one byte', Buffer.alloc(32, 7)],
    ['of a short word', Buffer.from('okuri123'.repeat(4))],
  ])('production refuses a master key %s', (_, weak) => {
    const text = weak.toString('base64');
    for (const name of ['OKURI_MASTER_KEY', 'OKURI_NEW_MASTER_KEY']) {
      const message = refusal({ NODE_ENV: 'production', OKURI_MASTER_KEY: key, [name]: text });
      expect(message).toMatch(new RegExp(`${name} is no random key`));
      expect(message).not.toContain(text);
    }
    expect(loadConfig({ OKURI_MASTER_KEY: text }).masterKey).toBeDefined();
  });

  test('Temporal is configured by the names of its own SDK', () => {
    const { temporal } = loadConfig({
      TEMPORAL_ADDRESS: 'eu.example:7233',
      TEMPORAL_NAMESPACE: 'shop.abc',
      TEMPORAL_API_KEY: 'k',
    });
    expect(temporal).toMatchObject({ address: 'eu.example:7233', namespace: 'shop.abc' });
    expect(temporal.connection.reveal()).toMatchObject({ tls: true, apiKey: 'k' });
  });
});

describe('the secrets of a configuration', () => {
  const pem = (what: string, text: string) => `-----BEGIN ${what}-----\n${text}\n-----END ${what}-----\n`;
  const planted = {
    OKURI_ADMIN_TOKEN: 'token-of-the-admin-7Fq2',
    OKURI_MASTER_KEY: randomBytes(32).toString('base64'),
    OKURI_NEW_MASTER_KEY: randomBytes(32).toString('base64'),
    DATABASE_URL: 'postgres://okuri:hunter2-of-the-database@db.example/okuri',
    TEMPORAL_ADDRESS: 'eu.example:7233',
    TEMPORAL_API_KEY: 'key-of-temporal-8Zk4',
    TEMPORAL_TLS_CLIENT_CERT_DATA: pem('CERTIFICATE', 'certificate-of-the-client-3Rw1'),
    TEMPORAL_TLS_CLIENT_KEY_DATA: pem('PRIVATE KEY', 'private-key-of-the-client-9Tx6'),
    TEMPORAL_GRPC_META_AUTHORIZATION: 'Bearer metadata-of-temporal-5Yb0',
  };
  const config = loadConfig(planted);
  const words = [
    ...[planted.OKURI_ADMIN_TOKEN, planted.OKURI_MASTER_KEY, planted.OKURI_NEW_MASTER_KEY],
    ...['hunter2', 'key-of-temporal', 'certificate-of-the-client', 'private-key-of-the-client'],
    'metadata-of-temporal',
  ];
  /** In every spelling in which a Buffer may be printed. */
  const spellings = words.flatMap((word) => {
    const bytes = Buffer.from(word, /^[A-Za-z0-9+/]{43}=$/.test(word) ? 'base64' : 'utf8');
    const hex = bytes.toString('hex');
    const spaced = hex.replace(/(..)(?=.)/g, '$1 ').slice(0, 40);
    return [word, bytes.toString('base64'), hex, spaced, [...bytes].slice(0, 8).join(',')];
  });
  const lines: string[] = [];
  const ways: Record<string, () => string> = {
    'console.log': () => format('%s %o %O %j', config, config, config, config),
    'inspect, with everything that is hidden': () =>
      inspect(config, { depth: null, showHidden: true, customInspect: false, getters: true }),
    'JSON.stringify': () => JSON.stringify(config),
    'an error that holds it': () => inspect(Object.assign(new Error(`failed: ${config}`), { config })),
    'a text made of its parts': () =>
      Object.values({ ...config, ...config.temporal })
        .map(String)
        .join(),
    'a structured clone': () => inspect(structuredClone(JSON.parse(JSON.stringify(config))), { depth: null }),
    'the log': () => {
      createLogger('test', { write: (line) => lines.push(line) }).info({
        config,
        rest: { deep: { config } },
      });
      return lines.join('');
    },
  };

  test.each(Object.keys(ways))('do not show in %s', (way) => {
    const text = ways[way]?.() ?? '';
    expect(text.length).toBeGreaterThan(10);
    for (const spelling of spellings) expect(text).not.toContain(spelling);
  });

  test('are there for what needs them', () => {
    expect(config.databaseUrl?.reveal()).toBe(planted.DATABASE_URL);
    expect(config.adminToken?.reveal()).toBe(planted.OKURI_ADMIN_TOKEN);
    expect(config.masterKey?.reveal().toString('base64')).toBe(planted.OKURI_MASTER_KEY);
    expect(JSON.stringify(config.temporal.connection.reveal())).toContain('key-of-temporal');
  });

  test.each(Object.keys(planted))('do not show when %s is refused', (name) => {
    const message = refusal({ ...planted, PORT: 'none', [name]: `${words.join('\u0000')}` });
    for (const word of words) expect(message).not.toContain(word);
  });
});
