import { Client, Connection } from '@temporalio/client';
import { startBareWorker } from '../support/floor';
import type { Served } from '../support/forked';

/** A worker for bare workflows in a process of its own, as orders have one. */
export async function serve({ address }: { readonly address: string }): Promise<Served<null, null>> {
  const connection = await Connection.connect({ address });
  const worker = await startBareWorker(new Client({ connection }), address);
  return {
    ready: null,
    stop: async () => {
      await worker.close();
      await connection.close();
      return null;
    },
  };
}
