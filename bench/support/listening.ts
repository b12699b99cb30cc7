import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { Served } from './forked';

/** Listens on a free port of this machine until it is stopped. @param close what is closed with it */
export const listening = async (
  listener: RequestListener,
  close: () => Promise<void>,
): Promise<Served<number, null>> => {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the API has no port');
  return {
    ready: address.port,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await close();
      return null;
    },
  };
};
