import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { Secret, secret } from './secret';

/** Options that Temporal's client and worker connections take: address, API key, TLS, metadata. */
type TemporalConnectionOptions = ReturnType<typeof loadClientConnectConfig>['connectionOptions'];

/** Everything a process of Okuri reads from its environment, checked and typed. What is secret in it does not show. */
export interface Config {
  production: boolean;
  api: {
    host: string;
    port: number;
    /** How often one caller may call in a minute. */
    requestsPerMinute: number;
    /** Addresses of proxies whose `X-Forwarded-For` is believed. */
    trustedProxies: string[];
  };
  /** Absolute path of the data directory. */
  dataDir: string;
  /** PostgreSQL elsewhere; undefined means the embedded one. */
  databaseUrl?: Secret<string>;
  temporal: {
    /** host:port of a Temporal elsewhere; undefined means the dev server. */
    address?: string;
    namespace: string;
    /** The whole of what `@temporalio/envconfig` read: API key, TLS and headers included. */
    connection: Secret<TemporalConnectionOptions>;
  };
  /** Ports of the dev server that were asked for; undefined means the usual one or, when taken, a free one. */
  temporalPorts: { grpc?: number; ui?: number };
  /** Path of a Temporal CLI to use. */
  temporalCli?: string;
  /** Where people reach Temporal UI; the supervisor tells its children. */
  temporalUiUrl?: string;
  rms: { baseUrl: string; allowedHosts: string[] };
  /** `enabled` is undefined when nobody said; `port` when any free one will do. */
  sandbox: { enabled?: boolean; port?: number };
  adminToken?: Secret<string>;
  /** 32 bytes that wrap the keys that secrets and personal data are encrypted with at rest. */
  masterKey?: Secret<Buffer>;
  /** What the master key is to be changed to. */
  newMasterKey?: Secret<Buffer>;
  /** Whether traces are made: an OTLP endpoint is set. */
  tracing: boolean;
  /** Where a worker shows its metrics; without a port it shows none. */
  workerMetrics: { host: string; port?: number };
}

/** The environment is wrong. The message lists every missing or wrong variable, with secrets masked. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

const MASTER_KEY_BYTES = 32;
const MASTER_KEYS = ['OKURI_MASTER_KEY', 'OKURI_NEW_MASTER_KEY'] as const;
const SECRETS: ReadonlySet<string> = new Set([...MASTER_KEYS, 'OKURI_ADMIN_TOKEN', 'DATABASE_URL']);
/** Of 32 random bytes about 30 differ; that fewer than half do never happens. */
const FEWEST_DIFFERENT_BYTES = 16;

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number')
  .transform(Number)
  .refine((value) => value >= 1 && value <= 65_535, 'must be between 1 and 65535');
const boolean = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https address' });
const list = z.string().transform((text) => text.split(',').flatMap((item) => item.trim() || []));
const count = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, 'must be a whole number above 0')
  .transform(Number);
const isProxy = (text: string): boolean => {
  const [address = '', bits, ...rest] = text.split('/');
  if (rest.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return false;
  const longest = isIP(address) === 4 ? 32 : 128;
  return isIP(address) !== 0 && Number(bits ?? 0) <= longest;
};
const base64 = z.string().regex(/^[A-Za-z0-9+/_-]+={0,2}$/, 'must be base64');
const masterKey = base64
  .transform((text) => Buffer.from(text, 'base64'))
  .refine((key) => key.length === MASTER_KEY_BYTES, `must be ${MASTER_KEY_BYTES} bytes in base64`);

const environment = z.object({
  NODE_ENV: z.string().optional(),
  PORT: port.default(3000),
  OKURI_HOST: z.string().default('127.0.0.1'),
  OKURI_REQUESTS_PER_MINUTE: count.default(30_000),
  OKURI_TRUSTED_PROXIES: list
    .refine((proxies) => proxies.every(isProxy), 'must be addresses or networks, as 10.0.0.1,10.1.0.0/16')
    .default([]),
  OKURI_DATA_DIR: z.string().default('.okuri'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// address' }).optional(),
  OKURI_TEMPORAL_PORT: port.optional(),
  OKURI_TEMPORAL_UI_PORT: port.optional(),
  OKURI_TEMPORAL_UI_URL: httpUrl.optional(),
  TEMPORAL_CLI: z.string().optional(),
  RMS_BASE_URL: httpUrl.default('https://api.rms.rakuten.co.jp'),
  OKURI_ALLOWED_RMS_HOSTS: list.default([]),
  OKURI_SANDBOX: boolean.optional(),
  OKURI_SANDBOX_PORT: port.optional(),
  OKURI_ADMIN_TOKEN: z.string().min(16, 'must be at least 16 characters').optional(),
  OKURI_MASTER_KEY: masterKey.optional(),
  OKURI_NEW_MASTER_KEY: masterKey.optional(),
  OKURI_METRICS_HOST: z.string().default('127.0.0.1'),
  OKURI_METRICS_PORT: port.optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpUrl.optional(),
});
const KNOWN = Object.keys(environment.shape);

/**
 * Reads the configuration from environment variables (the table in the contract). An empty variable counts as unset.
 * Raises ConfigError, which names every variable that is missing, wrong or unknown.
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(given);
  const problems = [...unknownVariables(given), ...(parsed.success ? [] : describe(parsed.error, given))];
  const temporal = readTemporal(given, problems);
  if (given.NODE_ENV === 'production') problems.push(...unfitForProduction(given, parsed.data));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const values = parsed.data;
  return {
    production: values.NODE_ENV === 'production',
    api: {
      host: values.OKURI_HOST,
      port: values.PORT,
      requestsPerMinute: values.OKURI_REQUESTS_PER_MINUTE,
      trustedProxies: values.OKURI_TRUSTED_PROXIES,
    },
    dataDir: resolve(values.OKURI_DATA_DIR),
    databaseUrl: secret(values.DATABASE_URL),
    temporal,
    temporalPorts: { grpc: values.OKURI_TEMPORAL_PORT, ui: values.OKURI_TEMPORAL_UI_PORT },
    temporalCli: values.TEMPORAL_CLI,
    temporalUiUrl: values.OKURI_TEMPORAL_UI_URL,
    rms: { baseUrl: values.RMS_BASE_URL, allowedHosts: values.OKURI_ALLOWED_RMS_HOSTS },
    sandbox: { enabled: values.OKURI_SANDBOX, port: values.OKURI_SANDBOX_PORT },
    adminToken: secret(values.OKURI_ADMIN_TOKEN),
    masterKey: secret(values.OKURI_MASTER_KEY),
    newMasterKey: secret(values.OKURI_NEW_MASTER_KEY),
    tracing: (values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? values.OTEL_EXPORTER_OTLP_ENDPOINT) !== undefined,
    workerMetrics: { host: values.OKURI_METRICS_HOST, port: values.OKURI_METRICS_PORT },
  };
}

const MAKE_ONE = 'make one with: openssl rand -base64 32';

function unfitForProduction(
  given: Record<string, string | undefined>,
  values: z.infer<typeof environment> | undefined,
): string[] {
  const missing = `OKURI_MASTER_KEY must be given when NODE_ENV=production (${MAKE_ONE})`;
  const weak = MASTER_KEYS.filter((name) => {
    const key = values?.[name];
    return key !== undefined && new Set(key).size < FEWEST_DIFFERENT_BYTES;
  }).map(
    (name) => `${name} is no random key, which NODE_ENV=production needs (${MAKE_ONE}), and is (hidden)`,
  );
  return given.OKURI_MASTER_KEY === undefined ? [missing, ...weak] : weak;
}

/** The same Temporal at another address. */
export function atAddress(temporal: Config['temporal'], address: string | undefined): Config['temporal'] {
  return { ...temporal, address, connection: new Secret({ ...temporal.connection.reveal(), address }) };
}

function describe(error: z.ZodError, given: Record<string, string | undefined>): string[] {
  return error.issues.map((issue) => {
    const name = String(issue.path[0]);
    const shown = SECRETS.has(name) ? '(hidden)' : JSON.stringify(given[name]);
    return `${name} ${issue.message}, and is ${shown}`;
  });
}

/** Reads Temporal's own variables. Its configuration file counts only when it is named, so that one on the machine changes nothing. */
function readTemporal(given: Record<string, string | undefined>, problems: string[]): Config['temporal'] {
  const overrideEnvVars = Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const fileNamed = given.TEMPORAL_CONFIG_FILE !== undefined || given.TEMPORAL_PROFILE !== undefined;
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({
      overrideEnvVars,
      disableFile: !fileNamed,
    });
    const { address } = connectionOptions;
    return { address, namespace: namespace ?? 'default', connection: new Secret(connectionOptions) };
  } catch (error) {
    problems.push(`TEMPORAL_*: ${error instanceof Error ? error.message : String(error)}`);
    return { namespace: 'default', connection: new Secret({}) };
  }
}

function unknownVariables(given: Record<string, string | undefined>): string[] {
  return Object.keys(given)
    .filter((name) => name.startsWith('OKURI_') && !KNOWN.includes(name))
    .map((name) => `${name} is not known; did you mean ${nearest(name)}?`);
}

function nearest(name: string): string {
  const candidates = KNOWN.filter((known) => known.startsWith('OKURI_'));
  return candidates.reduce((best, known) => (distance(name, known) < distance(name, best) ? known : best));
}

/** Levenshtein distance: how many letters must be put in, taken out or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
