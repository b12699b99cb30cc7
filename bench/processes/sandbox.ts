import { startSandbox } from '../../src/sandbox';
import type { Served } from '../support/forked';

/** A quiet sandbox: it judges arrivals, and what keeps another process busy must not keep it from looking at the clock. */
export async function serve(databaseUrl: string): Promise<Served<string, null>> {
  const log = (line: string): void => console.error(line);
  const sandbox = await startSandbox({ databaseUrl, host: '127.0.0.1', port: 0, log });
  return {
    ready: sandbox.url,
    stop: async () => {
      await sandbox.close();
      return null;
    },
  };
}
