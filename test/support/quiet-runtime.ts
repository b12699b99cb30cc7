import { DefaultLogger, Runtime } from '@temporalio/worker';

/** Workers of tests say only what went wrong with themselves; failing activities are part of many tests. */
Runtime.install({ logger: new DefaultLogger('ERROR') });
