import { AsyncLocalStorage } from 'node:async_hooks';
import { type DestinationStream, type Logger, pino } from 'pino';
import { outsideTraces, traceId } from './trace-context';

export type { Logger };

const SECRET_FIELDS = [
  'authorization',
  'password',
  'secret',
  'serviceSecret',
  'licenseKey',
  'apiKey',
  'token',
  'adminToken',
  'masterKey',
  'databaseUrl',
];

/** Every secret field at the top of a log entry and one or two levels below it (`headers.authorization`, `req.headers.authorization`). */
const REDACTED = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);

/** What a line is about, by the names under which it is found in every log. */
export interface LogFields {
  readonly shopId?: string;
  readonly orderNumber?: string;
  readonly workflowId?: string;
  readonly runId?: string;
  readonly activity?: string;
  readonly attempt?: number;
  readonly requestId?: string;
}

const about = new AsyncLocalStorage<LogFields>();

/** Runs something whose log lines all say what they are about. */
export const withLogFields = <T>(fields: LogFields, run: () => T): T =>
  about.run({ ...about.getStore(), ...fields }, run);

/** Runs something whose log lines are about nothing that goes on around it: what one caller set off for many. */
export const detached = <T>(run: () => T): T => outsideTraces(() => about.run({}, run));

const fieldsNow = (): object => {
  const trace = traceId();
  return { ...about.getStore(), ...(trace === undefined ? {} : { traceId: trace }) };
};

/**
 * A logger for one process or room: JSON lines on stdout, or one readable line each on a terminal.
 * Fields that carry secrets are replaced before they are written; personal data must not be passed in.
 */
export function createLogger(name: string, destination: DestinationStream = stdout()): Logger {
  const redact = { paths: REDACTED, censor: '(hidden)' };
  return pino({ name, redact, serializers: { err: shown }, mixin: fieldsNow }, destination);
}

/** An error as a log shows it: with its causes, and without the values of a failed query. */
function shown(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  return { type: error.name, message: messagesOf(error), code, stack: framesOf(error) };
}

/** What an error says, and in turn its causes. A failed query is shown without its values: they may be personal data. */
export function messagesOf(error: Error): string {
  const own = 'query' in error && 'params' in error ? `Failed query: ${error.query}` : error.message;
  return error.cause instanceof Error ? `${own}: ${messagesOf(error.cause)}` : own;
}

/** Where an error was raised, without its message. */
export function framesOf({ stack = '' }: Error): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}

function stdout(): DestinationStream {
  return process.stdout.isTTY
    ? { write: (line) => process.stdout.write(readable(line)) }
    : pino.destination(1);
}

/** Turns one JSON line of pino into `12:03:04 warn worker: message {rest}`. */
function readable(line: string): string {
  const { time, level, name, msg, pid, hostname, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const clock = new Date(Number(time)).toTimeString().slice(0, 8);
  const label = pino.levels.labels[Number(level)] ?? String(level);
  const extra = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : '';
  return `${clock} ${label} ${name}: ${msg ?? ''}${extra}\n`;
}
