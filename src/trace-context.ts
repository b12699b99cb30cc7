import { context, defaultTextMapGetter, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';

/** What is going on is known by its trace, where traces are made; without `tracing.ts` these functions do nothing. */

/** The trace that the code that calls this runs in, as W3C's `traceparent`; null where there is none. */
export const traceparent = (): string | null => {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent ?? null;
};

/** Runs something in a trace that was begun elsewhere. What else its sender may have given along is left out. */
export const withTraceparent = <T>(known: string | null | undefined, run: () => T): T =>
  known === null || known === undefined
    ? run()
    : context.with(propagation.extract(ROOT_CONTEXT, { traceparent: known }, defaultTextMapGetter), run);

/** The id of the trace that the code that calls this runs in, for its log lines. */
export const traceId = (): string | undefined => trace.getSpan(context.active())?.spanContext().traceId;

/** Runs something that belongs to no trace. */
export const outsideTraces = <T>(run: () => T): T => context.with(ROOT_CONTEXT, run);
