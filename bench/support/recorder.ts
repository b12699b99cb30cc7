import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/** A search as it went over the wire. */
export interface RecordedSearch {
  /** What the window was compared with (order reference §3.1): 1 ordered, 2 confirmed, 3 fixed, 5 reported. */
  readonly dateType: number;
  readonly statuses: readonly number[];
  readonly found: readonly string[];
}

/** Stands between a shop and its Rakuten, changes nothing, and writes down the searches. */
export interface Recorder {
  readonly url: string;
  /** Searches that were answered, oldest first. */
  searches(): readonly RecordedSearch[];
  /** Forgets what came so far. */
  clear(): void;
  close(): Promise<void>;
}

const TIMEOUT_MS = 60_000;

const asked = z.object({ dateType: z.number(), orderProgressList: z.array(z.number()).default([]) });
const answered = z.object({ orderNumberList: z.array(z.string()).nullish() });

/** Starts a recorder before this server. */
export async function startRecorder(target: string): Promise<Recorder> {
  let searches: RecordedSearch[] = [];
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await textOf(request);
    const { headers, method = 'GET', url = '/' } = request;
    const { host: _host, connection: _connection, 'content-length': _length, ...rest } = headers;
    const answer = await fetch(target + url, {
      method,
      headers: Object.entries(rest).flatMap(([name, value]) => [value ?? []].flat().map((one) => [name, one] as [string, string])),
      ...(body === '' ? {} : { body }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await answer.text();
    if (url.includes('/searchOrder/') && answer.ok) {
      const { dateType, orderProgressList } = asked.parse(JSON.parse(body));
      const found = answered.parse(JSON.parse(text)).orderNumberList ?? [];
      searches.push({ dateType, statuses: orderProgressList, found });
    }
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' });
    response.end(text);
  };
  const server = createServer((request, response) => {
    // Whoever called sees what it would see of a Rakuten that hangs up.
    pass(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    searches: () => searches,
    clear: () => {
      searches = [];
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
