import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A Rakuten that takes its time. */
export interface SlowRakuten {
  readonly url: string;
  /** How many requests have come. */
  calls(): number;
  close(): Promise<void>;
}

const NOTHING_FOUND = JSON.stringify({
  orderNumberList: [],
  MessageModelList: [],
  PaginationResponseModel: null,
});

/** Starts a server that finds no order, and says so after this time. */
export async function startSlowRakuten(answersAfterMs: number): Promise<SlowRakuten> {
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    request.resume();
    const answer = setTimeout(() => {
      response.setHeader('content-type', 'application/json;charset=UTF-8');
      response.end(NOTHING_FOUND);
    }, answersAfterMs);
    response.on('close', () => clearTimeout(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
