import { type Context, context, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { Resource } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { ClientInterceptors } from '@temporalio/client';
import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry/lib/client';
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
} from '@temporalio/interceptors-opentelemetry/lib/worker';
import type { WorkerOptions } from '@temporalio/worker';
import type { CallObserver } from './rms/ports';
import { VERSION } from './version';

/** Traces of one process. Loaded only where an endpoint is set. */
export interface Tracing {
  /** For clients of Temporal. */
  readonly client: ClientInterceptors;
  /** For workers; that of the workflows needs the traced bundle too. */
  readonly worker: Pick<WorkerOptions, 'interceptors' | 'sinks'>;
  /** Makes a span of each request to Rakuten, in the trace of every caller that shared it. */
  readonly calls: CallObserver;
  /** Sends what is left, for at most as long as one export may take. */
  close(): Promise<void>;
}

/** What may leave in a span: ids, names of functions and codes. Nothing else does, whoever set it. */
const KEPT: ReadonlySet<string> = new Set([
  ...['http.request.method', 'http.route', 'http.response.status_code'],
  ...['okuri.request_id', 'okuri.shop_id', 'okuri.order_number'],
  ...['okuri.function', 'okuri.outcome', 'okuri.batch_size', 'okuri.waited_ms'],
  // As Temporal's interceptors call them.
  ...['run_id', 'temporalWorkflowId', 'temporalActivityId'],
  ...['workflowId', 'runId', 'workflowType', 'taskQueue', 'namespace', 'attempt'],
]);

/** Errors are told by their status alone: their texts belong in the log, which is redacted. */
const stripped = (span: ReadableSpan): ReadableSpan => ({
  name: span.name,
  kind: span.kind,
  spanContext: () => span.spanContext(),
  ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
  startTime: span.startTime,
  endTime: span.endTime,
  duration: span.duration,
  ended: span.ended,
  status: { code: span.status.code },
  attributes: Object.fromEntries(Object.entries(span.attributes).filter(([name]) => KEPT.has(name))),
  links: [],
  events: [],
  resource: span.resource,
  instrumentationLibrary: span.instrumentationLibrary,
  droppedAttributesCount: 0,
  droppedEventsCount: 0,
  droppedLinksCount: 0,
});

const strippedBefore = (next: SpanProcessor): SpanProcessor => ({
  onStart: (span, parent) => next.onStart(span, parent),
  onEnd: (span) => next.onEnd(stripped(span)),
  forceFlush: () => next.forceFlush(),
  shutdown: () => next.shutdown(),
});

/**
 * Begins to make traces and sends them to the OTLP endpoint that the environment names (`OTEL_EXPORTER_OTLP_…`). An
 * endpoint that does not answer costs spans and nothing else. Once per process.
 * @param service how the process is called, unless `OTEL_SERVICE_NAME` says it
 */
export const startTracing = (service: string): Tracing => {
  const resource = new Resource({
    'service.name': process.env.OTEL_SERVICE_NAME || service,
    'service.version': VERSION,
  });
  const processor = strippedBefore(new BatchSpanProcessor(new OTLPTraceExporter()));
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  provider.register({
    contextManager: new AsyncLocalStorageContextManager().enable(),
    propagator: new W3CTraceContextPropagator(),
  });
  return {
    client: { workflow: [new OpenTelemetryWorkflowClientInterceptor()] },
    worker: {
      interceptors: {
        activity: [
          (ctx) => ({
            inbound: new OpenTelemetryActivityInboundInterceptor(ctx),
            outbound: new OpenTelemetryActivityOutboundInterceptor(ctx),
          }),
        ],
      },
      sinks: { exporter: makeWorkflowExporter(processor, resource) },
    },
    calls: callSpans(),
    close: () => provider.shutdown().catch(() => undefined),
  };
};

const callSpans = (): CallObserver => {
  const tracer = trace.getTracer('okuri');
  return {
    mark: () => (trace.getSpan(context.active()) === undefined ? undefined : context.active()),
    call: ({ marks = [], operation, startedAt, durationMs, outcome, httpStatus, ...call }) => {
      const attributes = {
        'okuri.shop_id': call.shopId,
        'okuri.function': operation,
        'okuri.outcome': outcome,
        'okuri.batch_size': call.batchSize,
        'okuri.waited_ms': Math.round(call.waitedMs),
        ...(httpStatus === undefined ? {} : { 'http.response.status_code': httpStatus }),
      };
      for (const mark of marks.filter(isContext)) {
        const options = { kind: SpanKind.CLIENT, startTime: startedAt, attributes };
        const span = tracer.startSpan(`rms ${operation}`, options, mark);
        if (outcome !== 'ok') span.setStatus({ code: 2 });
        span.end(new Date(startedAt.getTime() + durationMs));
      }
    },
  };
};

const isContext = (mark: unknown): mark is Context =>
  typeof mark === 'object' && mark !== null && 'getValue' in mark;
