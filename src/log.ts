import { type DestinationStream, type Logger, pino } from 'pino';

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

/**
 * A logger for one process or room: JSON lines on stdout, or one readable line each on a terminal.
 * Fields that carry secrets are replaced before they are written; personal data must not be passed in.
 */
export function createLogger(name: string, destination: DestinationStream = stdout()): Logger {
  return pino({ name, redact: { paths: REDACTED, censor: '(hidden)' } }, destination);
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
