import { DefaultLogger, type LogEntry, type LogLevel, Runtime } from '@temporalio/worker';
import type { Level, Logger } from 'pino';

const LEVELS: Readonly<Record<LogLevel, Level>> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/**
 * Gives Temporal's SDK, its native part included, our log, so that all of a worker's lines are of one form. Signals are
 * left to us: whoever closes the worker drains it. Once per process, before the first connection.
 */
export const installRuntimeLog = (log: Logger): void => {
  const write = ({ level, message, meta }: LogEntry): void => {
    const { error, ...fields } = meta ?? {};
    log[LEVELS[level]](error === undefined ? fields : { ...fields, err: error }, message);
  };
  Runtime.install({
    logger: new DefaultLogger('INFO', write),
    telemetryOptions: { logging: { forward: {} } },
    shutdownSignals: [],
  });
};
