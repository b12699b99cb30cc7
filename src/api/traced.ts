import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { RequestHandler } from 'express';
import { withTraceparent } from '../trace-context';

const ORDER_NUMBER = /^\d{6}-\d{8}-\d{10}$/;
const SHOP_ID = /^[a-z0-9-]{1,64}$/;

/** The ids in a path, and only in the form of ids: a path may hold anything. */
export const idsIn = (params: Record<string, unknown>): { shopId?: string; orderNumber?: string } => {
  const { shopId, orderNumber } = params;
  return {
    ...(typeof shopId === 'string' && SHOP_ID.test(shopId) ? { shopId } : {}),
    ...(typeof orderNumber === 'string' && ORDER_NUMBER.test(orderNumber) ? { orderNumber } : {}),
  };
};

/** Makes a span of each request, in the trace that the caller names if it names one; does nothing where nothing is traced. */
export const traceRequests = (): RequestHandler => (request, response, next) => {
  const { method } = request;
  withTraceparent(request.get('traceparent'), () => {
    const span = trace.getTracer('okuri').startSpan(method, { kind: SpanKind.SERVER });
    if (!span.isRecording()) {
      next();
      return;
    }
    response.once('close', () => {
      const route: unknown = request.route?.path;
      if (typeof route === 'string') span.updateName(`${method} ${route}`).setAttribute('http.route', route);
      const { shopId, orderNumber } = idsIn(request.params);
      span.setAttributes({
        'http.request.method': method,
        'http.response.status_code': response.statusCode,
        'okuri.request_id': response.get('x-request-id') ?? '',
        ...(shopId && { 'okuri.shop_id': shopId }),
        ...(orderNumber && { 'okuri.order_number': orderNumber }),
      });
      if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    context.with(trace.setSpan(context.active(), span), next);
  });
};
