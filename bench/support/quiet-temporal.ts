import { DefaultLogger, Runtime } from '@temporalio/worker';

/** A worker that is busier than Temporal likes is what is measured; only what went wrong with it is said. */
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
});
