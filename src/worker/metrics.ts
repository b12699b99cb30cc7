import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Config } from '../config';

/** The metrics of a worker that are being shown. */
interface ShownMetrics {
  close(): Promise<void>;
}

/** The metrics port of a worker cannot be listened on; the message says what to do. */
class MetricsPortError extends Error {
  override readonly name = 'MetricsPortError';
}

const SDK_TIMEOUT_MS = 5_000;

/**
 * Shows what this process and Temporal's SDK in it measure at `/metrics`, as Prometheus text.
 * @param sdk host:port on which the SDK shows its own
 * @throws MetricsPortError
 */
export const showMetrics = async (
  { host, port }: Config['workerMetrics'],
  sdk: string,
): Promise<ShownMetrics> => {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const text = async (): Promise<string> => {
    const answer = await fetch(`http://${sdk}/metrics`, { signal: AbortSignal.timeout(SDK_TIMEOUT_MS) });
    return `${await register.metrics()}\n${await answer.text()}`;
  };
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') return end(response, 404, 'There is /metrics and nothing else.');
    text().then(
      (shown) => end(response, 200, shown),
      () => end(response, 503, 'The SDK does not show its metrics.'),
    );
  });
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MetricsPortError(
      `The metrics of the worker cannot be shown on ${host}:${port} (${reason}). Free the port, or set OKURI_METRICS_PORT to another; each worker on a machine needs its own.`,
      { cause },
    );
  }
  return {
    close: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await closed;
    },
  };
};

const end = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4' }).end(text);
};
