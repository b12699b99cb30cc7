import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RmsConnection } from '../../../src/rms/transport';

/** A request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

/** Answers one request, with whatever a server can do: literal payloads, silence, a cut connection. */
export type Script = (request: Arrived, response: ServerResponse) => void | Promise<void>;

export interface FakeRms {
  readonly connection: RmsConnection;
  readonly requests: Arrived[];
  script: Script;
  close(): Promise<void>;
}

export const json =
  (status: number, payload: unknown, headers: Record<string, string> = {}): Script =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json;charset=UTF-8', ...headers });
    response.end(payload === undefined ? undefined : JSON.stringify(payload));
  };

export const raw =
  (status: number, contentType: string, text: string): Script =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': contentType });
    response.end(text);
  };

/** A local server that records what arrives and answers by its script. */
export async function startFakeRms(script: Script = json(200, {})): Promise<FakeRms> {
  const requests: Arrived[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const url = new URL(request.url ?? '/', 'http://localhost');
    const arrived: Arrived = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: text === '' ? {} : JSON.parse(text),
    };
    requests.push(arrived);
    await fake.script(arrived, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fake: FakeRms = {
    connection: {
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { serviceSecret: 'SP000000_secret', licenseKey: 'SL000000_key' },
      timeoutMs: 5000,
    },
    requests,
    script,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return fake;
}
