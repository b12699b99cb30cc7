import type { LogMetadata } from '@temporalio/common';
import { DefaultLogger, type LogEntry, type LogLevel, Runtime } from '@temporalio/worker';
import type { Level, Logger } from 'pino';
import { orderOfWorkflowId } from '../temporal/ids';

const LEVELS: Readonly<Record<LogLevel, Level>> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/** The SDK's fields under the names that our own lines have, with the order that a workflow is about. */
const named = ({
  taskToken: _,
  trace_flags: __,
  span_id: ___,
  trace_id: traceId,
  activityType,
  workflowRunId,
  ...fields
}: LogMetadata): LogMetadata => ({
  ...fields,
  ...(activityType === undefined ? {} : { activity: activityType }),
  ...(workflowRunId === undefined ? {} : { runId: workflowRunId }),
  ...(traceId === undefined ? {} : { traceId }),
  ...(typeof fields.workflowId === 'string' ? orderOfWorkflowId(fields.workflowId) : {}),
});

/**
 * Gives Temporal's SDK, its native part included, our log, so that all of a worker's lines are of one form. Signals are
 * left to us: whoever closes the worker drains it. Once per process, before the first connection.
 * @param metricsAt host:port on which the SDK shows its metrics; undefined: nowhere
 */
export const installRuntime = (log: Logger, metricsAt?: string): void => {
  const write = ({ level, message, meta }: LogEntry): void => {
    const { error, ...fields } = meta ?? {};
    log[LEVELS[level]]({ ...named(fields), ...(error === undefined ? {} : { err: error }) }, message);
  };
  Runtime.install({
    logger: new DefaultLogger('INFO', write),
    telemetryOptions: {
      logging: { forward: {} },
      ...(metricsAt !== undefined && {
        metrics: {
          prometheus: {
            bindAddress: metricsAt,
            countersTotalSuffix: true,
            unitSuffix: true,
            useSecondsForDurations: true,
          },
        },
      }),
    },
    shutdownSignals: [],
  });
};
