import { createServer } from 'node:http';
import { parse } from 'protobufjs';
import { z } from 'zod';

/** What of OTLP the tests read (opentelemetry-proto, trace/v1). */
const { root } = parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resourceSpans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopeSpans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span { bytes traceId = 1; bytes spanId = 2; bytes parentSpanId = 4; string name = 5; repeated KeyValue attributes = 9; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { string stringValue = 1; bool boolValue = 2; int64 intValue = 3; double doubleValue = 4; }
`);
const requestType = root.lookupType('Request');

/** A span as a collector gets it; ids in hexadecimal. */
export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

const attributes = z.array(
  z.object({ key: z.string(), value: z.record(z.string(), z.unknown()).optional() }),
);
const request = z.object({
  resourceSpans: z
    .array(
      z.object({
        resource: z.object({ attributes: attributes.default([]) }).optional(),
        scopeSpans: z
          .array(
            z.object({
              spans: z
                .array(
                  z.object({
                    name: z.string(),
                    traceId: z.string(),
                    spanId: z.string(),
                    parentSpanId: z.string().default(''),
                    attributes: attributes.default([]),
                  }),
                )
                .default([]),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});

const valuesOf = (pairs: z.infer<typeof attributes> = []): Record<string, unknown> =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value ?? {})[0]]));
const hex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');

const spansIn = (body: Buffer): ReceivedSpan[] => {
  const { resourceSpans } = request.parse(
    requestType.toObject(requestType.decode(body), { bytes: String, longs: Number }),
  );
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        service: String(valuesOf(resource?.attributes)['service.name']),
        name: span.name,
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId),
        attributes: valuesOf(span.attributes),
      })),
    ),
  );
};

/** A collector of OTLP over HTTP that keeps what it gets. */
export const startCollector = async () => {
  const spans: ReceivedSpan[] = [];
  const bodies: Buffer[] = [];
  const server = createServer(async (sent, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of sent) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    bodies.push(body);
    spans.push(...spansIn(body));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    bodies,
    close: () => new Promise<void>((done) => server.close(() => done()).closeAllConnections()),
  };
};
